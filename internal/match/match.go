// Package match keeps saved searches (订阅) and finds, for each position that comes on show, the people who look for it.
//
// A saved search and a position meet in the ledger once:
//
//	found ──▶ told (with the notice that told it)
//	  │  ▲
//	  ▼  │ on show again
//	dropped: it was closed, or changed, before anybody was told
package match

import (
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// Every is how often somebody wants to hear of new positions.
type Every string

// The rhythms. Digests are told at the hour that their owner wants: see Telling.
const (
	Instant Every = "instant"
	Daily   Every = "daily"
	Weekly  Every = "weekly" // on Mondays
)

// Everies lists the rhythms in the order of menus.
func Everies() []Every { return []Every{Instant, Daily, Weekly} }

// Bounds of saved searches.
const (
	// MaxSearches is how many one person may have at a time.
	MaxSearches = 20
	// LifeMonths is how long one lives unless it is renewed.
	LifeMonths = 12
	// maxQuery bounds the canonical query in bytes: what is longer is no search, and no key of an index.
	maxQuery = 2000
)

// SavedSearch is what somebody wants to be told about.
type SavedSearch struct {
	ID        id.ID   `db:"id" json:"id"`
	Account   id.ID   `db:"account_id" json:"-"`
	Query     string  `db:"query" json:"query"` // canonical: search.Query.Criteria, encoded
	Every     Every   `db:"every" json:"every"`
	ByMail    db.Bool `db:"by_mail" json:"by_mail"`
	EndedAt   db.Time `db:"ended_at" json:"-"`
	ExpiresAt db.Time `db:"expires_at" json:"expires_at"`
	NextAt    db.Time `db:"next_at" json:"-"`
	Asks      int     `db:"asks" json:"-"`
	CreatedAt db.Time `db:"created_at" json:"created_at"`
	Version   int     `db:"version" json:"-"`
	Pause             // of this search alone
	// HeldUntil is until when what it found waits for a good reason; zero when it waits for none.
	HeldUntil db.Time `db:"held_until" json:"-"`
	// OverShare says that it waits because there were messages enough that day.
	OverShare db.Bool `db:"over_share" json:"-"`
	// ToldAt is when its owner got the last message of it; ToldN says the how-manieth of that day it was.
	ToldAt db.Time `db:"told_at" json:"-"`
	ToldN  int     `db:"told_n" json:"-"`
	// RemindedAt is when its owner was told that it runs out; zero when they were not in this life of it.
	RemindedAt db.Time `db:"reminded_at" json:"-"`
}

// LiveOn reports whether the search finds anything at instant t: it has neither been ended nor run out.
func (s SavedSearch) LiveOn(t time.Time) bool { return s.EndedAt.IsZero() && s.ExpiresAt.After(t) }

// Criteria returns the query, to be shown.
func (s SavedSearch) Criteria(tree *region.Tree) (search.Query, error) {
	return parse(s.Query, search.Reader{Tree: tree})
}

func parse(query string, r search.Reader) (search.Query, error) {
	v, err := url.ParseQuery(query)
	if err != nil {
		return search.Query{}, fmt.Errorf("saved query: %w", err)
	}
	return r.Parse(v)
}

// canonical returns the text under which a query is saved. Invalid when it limits nothing, finds nothing whatever there
// is, or says too much.
func canonical(q search.Query, r search.Reader) (string, error) {
	text := q.Criteria().Encode()
	if !q.Asks() {
		return "", errs.Invalid("match.empty")
	}
	if q.Wanted().Nothing(q) {
		return "", errs.Fields{"q": {Key: "match.wordless"}}.Err()
	}
	if len(text) > maxQuery {
		return "", errs.Fields{"q": {Key: "match.long"}}.Err()
	}
	again, err := parse(text, r) // what comes from a program and not from a form is checked here
	return again.Criteria().Encode(), err
}

func checkEvery(e Every) error {
	if !slices.Contains(Everies(), e) {
		return errs.Fields{"every": {Key: "error.choice"}}.Err()
	}
	return nil
}

// Service holds the verbs on saved searches and on the ledger.
type Service struct {
	db      *db.DB
	outbox  *outbox.Outbox
	tree    *region.Tree
	reader  search.Reader
	log     *slog.Logger
	queries *queries
	parts   int

	following followers
}

// New returns the Service.
func New(d *db.DB, o *outbox.Outbox, r search.Reader, log *slog.Logger) *Service {
	return &Service{
		db: d, outbox: o, tree: r.Tree, reader: r, log: log, queries: newQueries(r), parts: 1,
		following: followers{byPart: map[outbox.Part]*follower{}},
	}
}

// Divide lets each position be matched by parts, each with its own saved searches. Call it before the first task is run.
func (s *Service) Divide(parts int) { s.parts = parts }
