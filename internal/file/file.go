// Package file keeps uploaded files in SQL, encrypted: what an organization proves itself with, CVs, letters of
// entrustment, spreadsheets on their way in.
package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"unicode"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/secret"
)

// Owner says whose file it is; who may read it follows from that.
type Owner struct {
	Kind string // "org", "person", "position" or "import"
	ID   id.ID
}

// Info is a file without its content.
type Info struct {
	ID        id.ID   `db:"id"`
	OwnerKind string  `db:"owner_kind"`
	OwnerID   id.ID   `db:"owner_id"`
	Purpose   string  `db:"purpose"` // "certificate", "cv", "entrustment", "sheet", "errors"
	Name      string  `db:"name"`    // as the user's computer named it, made harmless
	MediaType string  `db:"media_type"`
	Size      int64   `db:"size"`
	SHA256    string  `db:"sha256"`
	CreatedBy id.ID   `db:"created_by"`
	CreatedAt db.Time `db:"created_at"`
}

type row struct {
	Info
	Content []byte `db:"content"`
}

// Store keeps files.
type Store struct {
	db   *db.DB
	keys *secret.Keys
}

// New returns the Store.
func New(d *db.DB, keys *secret.Keys) *Store { return &Store{db: d, keys: keys} }

// Rule says what may be uploaded for a purpose.
type Rule struct {
	Types []string // media types
	Max   int64    // bytes
}

// Rules by purpose. Photographs and scans of certificates, CVs as people have them, sheets of posts.
func Rules() map[string]Rule {
	return map[string]Rule{
		"certificate": {[]string{PDF, JPEG, PNG}, 5 << 20},
		"cv":          {[]string{PDF, DOCX, JPEG, PNG}, 5 << 20},
		"entrustment": {[]string{PDF, JPEG, PNG}, 5 << 20},
		"sheet":       {[]string{XLSX, CSV}, 20 << 20},
		"errors":      {[]string{XLSX}, 40 << 20},
	}
}

// Add keeps content for owner. What it is, is read from its first bytes, not from its name; pictures are drawn anew, which
// drops the place and device that cameras write into them. TooLarge or Invalid, on the field that purpose names, for what
// the rule of the purpose does not allow.
func (s *Store) Add(ctx context.Context, tx *db.Tx, who auth.Actor, owner Owner, purpose, name string, content []byte) (id.ID, error) {
	rule := Rules()[purpose]
	if int64(len(content)) > rule.Max {
		return 0, errs.TooLarge("file.too_large").With("max", rule.Max>>20)
	}
	if len(content) == 0 {
		return 0, errs.Fields{purpose: {Key: "file.empty"}}.Err()
	}
	media, err := Sniff(content, rule.Types)
	if err != nil {
		return 0, errs.Fields{purpose: {Key: "file.type." + purpose}}.Err()
	}
	if content, err = redraw(media, content); err != nil {
		return 0, errs.Fields{purpose: {Key: "file.picture"}}.Err()
	}
	sum := sha256.Sum256(content)
	r := row{Info: Info{
		ID: tx.NewID(), OwnerKind: owner.Kind, OwnerID: owner.ID, Purpose: purpose, Name: named(CleanName(name), media), MediaType: media,
		Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), CreatedBy: who.Account, CreatedAt: db.At(tx.Now),
	}}
	r.Content = s.keys.Seal("file|"+r.ID.String(), content)
	return r.ID, tx.Insert(ctx, "file", r)
}

// Get returns a file with its content. The caller has checked that the actor may read what belongs to the owner.
func (s *Store) Get(ctx context.Context, q db.Q, file id.ID) (Info, []byte, error) {
	var r row
	if err := q.Get(ctx, &r, `SELECT `+db.Columns[row]("f")+` FROM file f WHERE id = ?`, file); err != nil {
		return Info{}, nil, err
	}
	plain, err := s.keys.Open("file|"+r.ID.String(), r.Content)
	return r.Info, plain, err
}

// Of lists the files of an owner for a purpose, newest first, without their content.
func (s *Store) Of(ctx context.Context, owner Owner, purpose string) ([]Info, error) {
	all := []Info{}
	err := s.db.Select(ctx, &all, `SELECT `+db.Columns[Info]("f")+` FROM file f WHERE owner_kind = ? AND owner_id = ? AND purpose = ? ORDER BY id DESC LIMIT 100`,
		owner.Kind, owner.ID, purpose)
	return all, err
}

// Info returns a file without its content.
func (s *Store) Info(ctx context.Context, file id.ID) (Info, error) {
	var i Info
	err := s.db.Get(ctx, &i, `SELECT `+db.Columns[Info]("f")+` FROM file f WHERE id = ?`, file)
	return i, err
}

// Delete takes a file away.
func (s *Store) Delete(ctx context.Context, tx *db.Tx, file id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM file WHERE id = ?`, file)
	return err
}

// named gives a name the ending of what the file is, when it has another: whoever saves it and opens it shall start no
// program that calls itself a CV.
func named(name, media string) string {
	endings := map[string][]string{PDF: {".pdf"}, JPEG: {".jpg", ".jpeg"}, PNG: {".png"}, DOCX: {".docx"}, XLSX: {".xlsx"}, CSV: {".csv", ".txt"}}[media]
	if slices.Contains(endings, strings.ToLower(path.Ext(name))) {
		return name
	}
	return name + endings[0]
}

// CleanName keeps of a file name what can stand in a header and on any disk; at most 100 characters.
func CleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`"<>|:*?/;`, r) || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[len(runes)-100:])
	}
	if name == "" || name == "." || name == ".." {
		return "file"
	}
	return name
}
