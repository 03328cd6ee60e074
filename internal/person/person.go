// Package person keeps what people say of themselves (求职者 / 毕业生 / 志愿者), and what they agreed to.
package person

import (
	"context"
	"slices"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/text"
)

// Profile is what a person says once, to apply in one page. Its id is that of the account.
type Profile struct {
	ID          id.ID             `db:"id"`
	Degree      string            `db:"degree"` // as position.Degree
	School      string            `db:"school"`
	Major       string            `db:"major"`
	GraduatedOn calendar.Day      `db:"graduated_on"` // or the day it is expected
	Skills      db.JSON[[]string] `db:"skills"`
	About       string            `db:"about"`
	WantKinds   db.JSON[[]string] `db:"want_kinds"` // as position.Kind
	WantRegions db.JSON[[]string] `db:"want_regions"`
	WantPay     int64             `db:"want_pay"` // fen a month, at least
	CVID        id.ID             `db:"cv_id"`
	UpdatedAt   db.Time           `db:"updated_at"`
	Version     int               `db:"version"`
}

// Missing lists the fields that must be filled before the person can apply for paid work; volunteers need none of them.
func (p Profile) Missing() []string {
	var missing []string
	for _, f := range []struct{ name, value string }{
		{"degree", p.Degree}, {"school", p.School}, {"major", p.Major}, {"graduated_on", string(p.GraduatedOn)},
	} {
		if f.value == "" {
			missing = append(missing, f.name)
		}
	}
	return missing
}

// Blank reports whether nothing was said by which a position could be compared.
func (p Profile) Blank() bool {
	return p.Degree == "" && p.Major == "" && len(p.Skills.V) == 0 && len(p.WantKinds.V) == 0 && len(p.WantRegions.V) == 0 && p.WantPay == 0
}

// degrees that a person can have; kept here as text because a person stands left of positions on the shelf.
var degrees = []string{"", "junior", "senior", "college", "bachelor", "master", "doctor"}

const (
	maxLine = 100
	maxText = 3000
	maxList = 20
	// Between these days somebody can have graduated, or will: the oldest volunteers, and who has just begun a doctorate.
	earliest = calendar.Day("1940-01-01")
	furthest = 10 * 366 // days
)

// kinds that a person can look for; as text for the same reason.
var kinds = []string{"job", "internship", "flexible", "talent", "volunteer"}

// check tidies the profile and returns what is wrong with it on day today.
func (p *Profile) check(tree *region.Tree, today calendar.Day) error {
	p.School, p.Major, p.About = text.Line(p.School), text.Line(p.Major), text.Block(p.About)
	f := errs.Fields{}
	f.Text("school", p.School, false, maxLine)
	f.Text("major", p.Major, false, maxLine)
	f.Text("about", p.About, false, maxText)
	if !slices.Contains(degrees, p.Degree) {
		f.Add("degree", "error.required")
	}
	switch _, err := calendar.ParseDay(string(p.GraduatedOn)); {
	case p.GraduatedOn == "":
	case err != nil:
		f.Add("graduated_on", "error.day")
	case p.GraduatedOn < earliest || p.GraduatedOn > today.Add(furthest):
		f.Add("graduated_on", "error.day.between", errs.Params{"min": earliest, "max": today.Add(furthest)})
	}
	for field, list := range map[string]*db.JSON[[]string]{"skills": &p.Skills, "want_kinds": &p.WantKinds, "want_regions": &p.WantRegions} {
		list.V = text.List(list.V)
		if len(list.V) > maxList {
			f.Add(field, "error.many", errs.Params{"max": maxList})
		}
	}
	for _, skill := range p.Skills.V {
		f.Text("skills", skill, false, maxLine)
	}
	for _, kind := range p.WantKinds.V {
		if !slices.Contains(kinds, kind) {
			f.Add("want_kinds", "error.choice")
		}
	}
	for _, code := range p.WantRegions.V {
		if _, ok := tree.Get(code); !ok {
			f.Add("want_regions", "error.region")
		}
	}
	if p.WantPay < 0 || p.WantPay > 1_000_000*100 {
		f.Add("want_pay", "error.between", errs.Params{"min": 0, "max": 1_000_000})
	}
	return f.Err()
}

// Service holds the verbs on profiles.
type Service struct {
	db   *db.DB
	tree *region.Tree
}

// New returns the Service.
func New(d *db.DB, tree *region.Tree) *Service { return &Service{db: d, tree: tree} }

// Get returns the actor's own profile, empty when nothing was said yet.
func (s *Service) Get(ctx context.Context, who auth.Actor) (Profile, error) {
	return Get(ctx, s.db, who.Account)
}

// Get returns the profile of an account, empty when nothing was said yet. The caller has checked that it may be read.
func Get(ctx context.Context, q db.Q, account id.ID) (Profile, error) {
	var p Profile
	err := q.Get(ctx, &p, `SELECT `+db.Columns[Profile]("p")+` FROM person p WHERE id = ?`, account)
	if errs.Is(err, errs.KindNotFound) {
		return Profile{ID: account}, nil
	}
	return p, err
}

// Save replaces the actor's profile. p.Version is what was read; Conflict when it was changed since.
func (s *Service) Save(ctx context.Context, who auth.Actor, p Profile) error {
	if who.Account == 0 {
		return errs.Unauthenticated("error.unauthenticated")
	}
	if err := p.check(s.tree, calendar.DayOf(s.db.Clock().Now())); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		p.ID, p.UpdatedAt = who.Account, db.At(tx.Now)
		if p.Version > 0 {
			return tx.Update(ctx, "person", p)
		}
		p.Version = 1
		err := tx.Insert(ctx, "person", p)
		if errs.KeyOf(err) == "error.exists" {
			return errs.Conflict("error.changed")
		}
		return err
	})
}

// Consent is what a person agreed to: for which purpose, who receives which fields, under which wording.
type Consent struct {
	ID       id.ID             `db:"id"`
	Account  id.ID             `db:"account_id"`
	Purpose  string            `db:"purpose"`
	Receiver string            `db:"receiver"`
	Org      id.ID             `db:"org_id"`
	Fields   db.JSON[[]string] `db:"fields"`
	Version  string            `db:"version"`
	At       db.Time           `db:"at"`
}

// AddConsent writes a consent down, in the transaction of what it allows (PIPL art 23: separate, naming the receiver).
func AddConsent(ctx context.Context, tx *db.Tx, c Consent) (id.ID, error) {
	c.ID, c.At = tx.NewID(), db.At(tx.Now)
	return c.ID, tx.Insert(ctx, "consent", c)
}

// Consents lists what the actor has agreed to, newest first.
func (s *Service) Consents(ctx context.Context, who auth.Actor) ([]Consent, error) {
	all := []Consent{}
	err := s.db.Select(ctx, &all, `SELECT `+db.Columns[Consent]("c")+` FROM consent c WHERE account_id = ? ORDER BY id DESC`, who.Account)
	return all, err
}
