package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/secret"
)

// A POST may carry an Idempotency-Key: sent again with the same key it is answered as before and does nothing.
//
// The key is written down before the verb runs, and the answer after the verb has committed: the two are not one
// transaction. When the process dies in between, the key is taken over by the next request that carries it, once the first
// can no longer be running, and the verb runs again. The verbs see to it that this does no harm: a state is left once, a
// person applies once, a credit code is registered once. Where nothing else would tell the second time from the first,
// handlers look for what the first has made; see isResumed. A copy of a post, and a file, may then be there twice.
//
// Only what was done is kept: a request that was refused may be put right and sent again with the same key.

// answerTime is longer than any request may take, see Server: a key whose answer is not there by then has been left.
const answerTime = 3 * time.Minute

// keyReplayed and keyResumed mark requests that come again.
const (
	headerReplayed = "Idempotency-Replayed"
	keyResumed     = "resumed"
)

// isResumed reports whether the request takes over from one whose end is not known.
func isResumed(c *gin.Context) bool { return c.GetBool(keyResumed) }

// once runs do, unless the request carries a key under which it was done before: then it answers what was answered then.
func (h *handlers) once(c *gin.Context, do apiHandler) (reply, error) {
	who := actor(c)
	key, err := idempotencyKey(c)
	if err != nil || key == "" || !who.Known() {
		return orElse(err, c, do)
	}
	hash, err := requestHash(c)
	if err != nil {
		return reply{}, err
	}
	r := replays{h.DB, h.Keys}
	claim, before, err := r.begin(c.Request.Context(), who.Account, key, hash)
	if err != nil {
		return reply{}, err
	}
	if before != nil {
		c.Header(headerReplayed, "true")
		return *before, nil
	}
	c.Set(keyResumed, claim.resumed)
	isKept := false
	defer func() {
		if !isKept {
			h.finish(c, "idempotency key cannot be given back", func(ctx context.Context) error { return r.forget(ctx, claim) })
		}
	}()
	out, err := do(c)
	if err != nil || out.sent {
		return out, err
	}
	isKept = true
	h.finish(c, "answer cannot be kept", func(ctx context.Context) error { return r.keep(ctx, claim, out) })
	return out, nil
}

// finish runs the last step of a request even when whoever asked has gone by now. That it fails is noted and changes no
// answer: what was done is done.
func (h *handlers) finish(c *gin.Context, failed string, step func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), 10*time.Second)
	defer cancel()
	if err := step(ctx); err != nil {
		h.Log.Warn("request cannot be finished", "request", requestID(c), "step", failed, "error", err)
	}
}

func orElse(err error, c *gin.Context, do apiHandler) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	return do(c)
}

// idempotencyKey returns the key of a POST, with or without the quotes of a structured field; "" for none.
func idempotencyKey(c *gin.Context) (string, error) {
	key := c.GetHeader("Idempotency-Key")
	if c.Request.Method != http.MethodPost || key == "" {
		return "", nil
	}
	if n := len(key); n > 2 && key[0] == '"' && key[n-1] == '"' {
		key = key[1 : n-1]
	}
	if len(key) > 200 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errs.Fields{"Idempotency-Key": {Key: "api.idempotency.form", Params: errs.Params{"max": 200}}}.Err()
	}
	return key, nil
}

// requestHash says what is asked for: two requests with the same hash are the same. The parts of a form count, not the
// boundary between them, which is another each time.
func requestHash(c *gin.Context) (string, error) {
	sum := sha256.New()
	part := func(texts ...string) {
		for _, text := range texts {
			own := sha256.Sum256([]byte(text))
			sum.Write(own[:])
		}
	}
	part(c.Request.Method, c.Request.URL.RequestURI())
	media, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if media != "multipart/form-data" {
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			return "", broken(err)
		}
		c.Request.Body = io.NopCloser(bytes.NewReader(body))
		part(media, string(body))
		return hex.EncodeToString(sum.Sum(nil)), nil
	}
	if err := c.Request.ParseMultipartForm(formMemory); err != nil {
		return "", badUpload(err)
	}
	form := c.Request.MultipartForm
	for _, name := range sortedKeys(form.Value) {
		part(append([]string{name}, form.Value[name]...)...)
	}
	for _, name := range sortedKeys(form.File) {
		for _, head := range form.File[name] {
			part(name, head.Filename)
			f, err := head.Open()
			if err != nil {
				return "", err
			}
			_, err = io.Copy(sum, f)
			if err = errors.Join(err, f.Close()); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// replays keeps answers by account and key. They are sealed: what a program was told may be about people.
type replays struct {
	db   *db.DB
	keys *secret.Keys
}

type replayRow struct {
	Account   id.ID   `db:"account_id"`
	Key       string  `db:"idem_key"`
	Hash      string  `db:"request_hash"`
	Status    int     `db:"status"` // 0 while nothing has been answered
	Body      string  `db:"body"`
	CreatedAt db.Time `db:"created_at"`
}

// claim is the right to run a request.
type claim struct {
	row     replayRow
	resumed bool
}

// kept is an answer as it is sealed.
type kept struct {
	Location string          `json:"location,omitempty"`
	ETag     string          `json:"etag,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
}

// begin returns the right to run a request, or what it was answered before. Invalid when the key belongs to another
// request, Conflict while the same one is running.
func (r replays) begin(ctx context.Context, account id.ID, key, hash string) (mine claim, before *reply, err error) {
	var was replayRow
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		mine = claim{row: replayRow{Account: account, Key: key, Hash: hash, CreatedAt: db.At(tx.Now)}}
		was = replayRow{}
		added, err := tx.InsertNew(ctx, "idempotency", mine.row)
		if err != nil || added {
			return err
		}
		if err := tx.Get(ctx, &was, `SELECT `+db.Columns[replayRow]("i")+` FROM idempotency i WHERE account_id = ? AND idem_key = ?`, account, key); err != nil {
			return err
		}
		switch {
		case was.Hash != hash:
			return errs.Fields{"Idempotency-Key": {Key: "api.idempotency.other"}}.Err()
		case was.Status != 0:
			return nil
		case tx.Now.Sub(was.CreatedAt.Time) < answerTime:
			return errs.Conflict("api.idempotency.running").With("seconds", 1)
		}
		mine.resumed = true
		n, err := tx.Exec(ctx, `
			UPDATE idempotency SET created_at = ? WHERE account_id = ? AND idem_key = ? AND status = 0 AND created_at = ?`,
			mine.row.CreatedAt, account, key, was.CreatedAt)
		if err == nil && n == 0 { // somebody else took it over
			return errs.Conflict("api.idempotency.running").With("seconds", 1)
		}
		return err
	})
	if err == nil && was.Status != 0 {
		before, err = r.open(was)
	}
	return mine, before, err
}

func (r replays) place(row replayRow) string {
	return "idempotency.body|" + row.Account.String() + "|" + row.Key
}

func (r replays) open(row replayRow) (*reply, error) {
	sealed, err := base64.StdEncoding.DecodeString(row.Body)
	if err != nil {
		return nil, err
	}
	plain, err := r.keys.Open(r.place(row), sealed)
	if err != nil {
		return nil, err
	}
	var k kept
	if err := json.Unmarshal(plain, &k); err != nil {
		return nil, err
	}
	out := &reply{Status: row.Status, Location: k.Location, ETag: k.ETag}
	if k.Body != nil {
		out.Body = k.Body
	}
	return out, nil
}

// keep writes an answer down.
func (r replays) keep(ctx context.Context, c claim, out reply) error {
	k := kept{Location: out.Location, ETag: out.ETag}
	if out.Body != nil {
		body, err := encode(out.Body)
		if err != nil {
			return err
		}
		k.Body = body
	}
	plain, err := encode(k)
	if err != nil {
		return err
	}
	sealed := base64.StdEncoding.EncodeToString(r.keys.Seal(r.place(c.row), plain))
	return r.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE idempotency SET status = ?, body = ? WHERE account_id = ? AND idem_key = ? AND status = 0 AND created_at = ?`,
			out.Status, sealed, c.row.Account, c.row.Key, c.row.CreatedAt)
		return err
	})
}

// forget gives a key back that nothing was done under.
func (r replays) forget(ctx context.Context, c claim) error {
	return r.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM idempotency WHERE account_id = ? AND idem_key = ? AND status = 0 AND created_at = ?`,
			c.row.Account, c.row.Key, c.row.CreatedAt)
		return err
	})
}
