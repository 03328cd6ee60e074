package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/memo"
	"zhigang/internal/region"
)

// Ready says that a report was made and whom to tell. Nobody is told of the same report twice.
type Ready struct {
	Report id.ID
	Kind   Kind
	Scope  string // the region code, or the id of the organization or account, as text
	Week   calendar.Week
	Text   map[i18n.Lang]string // what the report says in a sentence, from its numbers
	To     []id.ID              // the accounts: staff of the region itself, owners and editors of the organization, or the person
}

// Options are what the Service needs besides the database.
type Options struct {
	Tree     *region.Tree
	Holidays *calendar.Holidays
	Texts    *i18n.Catalog
	// Tell passes the news on, in the transaction that notes it as told; an error leaves it untold.
	Tell func(context.Context, *db.Tx, Ready) error
	// ReviewDays and SettleDays are within how many working days a bureau promises to review, and to settle a dispute; 0
	// means DefaultReviewDays and DefaultSettleDays.
	ReviewDays, SettleDays int
}

// Service reads reports and makes them.
type Service struct {
	db   *db.DB
	memo *memo.Memo
	Options
}

// New returns the Service.
func New(d *db.DB, o Options) *Service {
	if o.ReviewDays == 0 {
		o.ReviewDays = DefaultReviewDays
	}
	if o.SettleDays == 0 {
		o.SettleDays = DefaultSettleDays
	}
	return &Service{db: d, memo: memo.New(d.Clock()), Options: o}
}

// firstYear is before the first line that any database can hold: see the epoch of package id.
const firstYear = 2020

// window returns the stretch of a week. Invalid for a week that has not begun, or before all records.
func (s *Service) window(ctx context.Context, week calendar.Week) (window, error) {
	now := s.db.Clock().Now()
	switch {
	case week.Year < firstYear:
		return window{}, errs.Fields{"week": {Key: "report.week.early", Params: errs.Params{"year": firstYear}}}.Err()
	case week.Start().After(now):
		return window{}, errs.Fields{"week": {Key: "report.week.future"}}.Err()
	}
	w := windowOf(week, now)
	var err error
	if !w.running {
		w.closed, err = closedBy(ctx, s.db, week)
	}
	return w, err
}

// needRegion returns Forbidden unless the actor works for a bureau, and NotFound when the region does not exist or lies
// outside that bureau's.
func (s *Service) needRegion(who auth.Actor, code string) error {
	if err := who.NeedBureau(auth.Reviewer); err != nil {
		return err
	}
	r, ok := s.Tree.Get(code)
	if !ok || r.Paper || !who.IsSystem() && !region.Within(code, who.Bureau.Region) {
		return errs.NotFound("error.not_found")
	}
	return nil
}

// Weekly returns the report of the bureau of a region: of a week that is over as it was stored, and stores it if
// nobody asked before; of the running week as it stood at MadeAt, which is now or, where counting takes long, up to
// two minutes ago. The maps are shared: do not change them. Forbidden and NotFound as the actor's bureau reaches,
// Invalid for a week that has not begun.
func (s *Service) Weekly(ctx context.Context, who auth.Actor, code string, week calendar.Week) (Bureau, error) {
	if err := s.needRegion(who, code); err != nil {
		return Bureau{}, err
	}
	body, stamp, err := take(ctx, s, ForBureau, code, week, func(q db.Q, w window) (BureauBody, error) {
		return s.count(ctx, q, w, code)
	})
	return Bureau{body, stamp}, err
}

// Recount counts a week anew and returns what its report would say if it were made now, without storing it: for whoever
// doubts a stored report. A week that is over gives the same, but for what List.Reported tells. Errors as for Weekly.
func (s *Service) Recount(ctx context.Context, who auth.Actor, code string, week calendar.Week) (BureauBody, error) {
	if err := s.needRegion(who, code); err != nil {
		return BureauBody{}, err
	}
	w, err := s.window(ctx, week)
	if err != nil {
		return BureauBody{}, err
	}
	var body BureauBody
	err = s.db.Snapshot(ctx, func(q db.Q) (err error) {
		body, err = s.count(ctx, q, w, code)
		return err
	})
	return body, err
}

func (s *Service) count(ctx context.Context, q db.Q, w window, code string) (BureauBody, error) {
	c, err := takeCube(ctx, q, w, inRegion(code))
	if err != nil {
		return BureauBody{}, err
	}
	return s.bureau(w, c, code), nil
}

// bureau writes the report of one region from a cube that holds it.
func (s *Service) bureau(w window, c cube, code string) BureauBody {
	b := BureauBody{Report: ForBureau, Definitions: Definitions, Region: place(s.Tree, code), Span: w.span()}
	b.Figures, b.ByKind, b.ByRegion = c.fold(s.Tree, code)
	r, _ := s.Tree.Get(code)
	b.Sentence = Sentence{
		Zh: sentence(s.Texts.For(i18n.ZhHans), r, b.Figures, b.ByKind),
		En: sentence(s.Texts.For(i18n.En), r, b.Figures, b.ByKind),
	}
	return b
}

// take returns what is stored of a report, or makes it and, when its week is over, stores it. Of several who make it
// at once one wins, and all return what that one stored.
func take[B any](
	ctx context.Context, s *Service, kind Kind, scope string, week calendar.Week, build func(db.Q, window) (B, error),
) (B, Stamp, error) {
	var body B
	w, err := s.window(ctx, week)
	if err != nil {
		return body, Stamp{}, err
	}
	snapshot := func() error {
		return s.db.Snapshot(ctx, func(q db.Q) (err error) {
			body, err = build(q, w)
			return err
		})
	}
	if w.running {
		type counted struct {
			body   B
			madeAt time.Time
		}
		now, err := memo.Remember(s.memo, string(kind)+"|"+scope+"|"+week.String(), func() (counted, error) {
			err := snapshot()
			return counted{body, w.now}, err
		})
		return now.body, Stamp{MadeAt: now.madeAt.In(calendar.China()), Running: true}, err
	}
	stored, err := find(ctx, s.db, kind, week.String(), scope)
	if errs.Is(err, errs.KindNotFound) {
		if w, err = s.closed(ctx, w); err != nil {
			return body, Stamp{}, err
		}
		if err := snapshot(); err != nil {
			return body, Stamp{}, err
		}
		err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
			stored, err = keep(ctx, tx, kind, week.String(), scope, body)
			return err
		})
	}
	if err != nil {
		return body, Stamp{}, err
	}
	var asStored B
	stamp, err := stored.read(&asStored)
	return asStored, stamp, err
}

// closed closes the week of a window and returns the window with the notes that hold for it.
func (s *Service) closed(ctx context.Context, w window) (window, error) {
	if err := s.closeWeek(ctx, w.week); err != nil {
		return w, err
	}
	var err error
	w.closed, err = closedBy(ctx, s.db, w.week)
	return w, err
}

// row is a report as it is stored.
type row struct {
	ID          id.ID   `db:"id"`
	Kind        Kind    `db:"kind"`
	Week        string  `db:"week"`
	Scope       string  `db:"scope"`
	Definitions int     `db:"definitions"`
	MadeAt      db.Time `db:"made_at"`
	Body        string  `db:"body"`
	Hash        string  `db:"hash"`
	ToldAt      db.Time `db:"told_at"`
}

// hash is SHA-256 in hex.
func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// read decodes the body and checks it against its hash.
func (r row) read(body any) (Stamp, error) {
	if hash([]byte(r.Body)) != r.Hash {
		return Stamp{}, fmt.Errorf("%s report %s was changed after it was made: its hash is another", r.Kind, r.ID)
	}
	if err := json.Unmarshal([]byte(r.Body), body); err != nil {
		return Stamp{}, fmt.Errorf("read report %s: %w", r.ID, err)
	}
	return Stamp{MadeAt: r.MadeAt.Time.In(calendar.China()), Hash: r.Hash}, nil
}

// keep stores a report unless one stands there already, and returns the one that stands.
func keep(ctx context.Context, tx *db.Tx, kind Kind, week, scope string, body any) (row, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return row{}, fmt.Errorf("write a %s report: %w", kind, err)
	}
	if _, err := tx.InsertNew(ctx, "report", row{
		ID: tx.NewID(), Kind: kind, Week: week, Scope: scope, Definitions: Definitions, MadeAt: db.At(tx.Now),
		Body: string(text), Hash: hash(text),
	}); err != nil {
		return row{}, err
	}
	return find(ctx, tx, kind, week, scope)
}

func find(ctx context.Context, q db.Q, kind Kind, week, scope string) (row, error) {
	var r row
	err := q.Get(ctx, &r, `SELECT `+db.Columns[row]("r")+` FROM report r WHERE kind = ? AND week = ? AND scope = ?`,
		kind, week, scope)
	return r, err
}
