package lexicon

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
)

// MaxEntries bounds how many entries may hold at a time: more are a program's work.
const MaxEntries = 2000

// Entry is a line of the bureau's.
type Entry struct {
	ID id.ID `db:"id"`
	Line
	// Off says that the line comes with the program and counts no more.
	Off       db.Bool `db:"off"`
	AddedIn   int64   `db:"added_in"`
	RemovedIn *int64  `db:"removed_in"`
}

// Version is a change of the entries.
type Version struct {
	Version int64   `db:"version"`
	Account id.ID   `db:"account_id"`
	MadeAt  db.Time `db:"made_at"`
	// Restores is the version that it brought back; nil when it brought back none. 0 is the lexicon as the program comes.
	Restores *int64 `db:"restores"`
}

// Service keeps the entries and their versions, and hands out the lexicon of the day.
type Service struct {
	db   *db.DB
	tree *region.Tree
	log  *slog.Logger
	journal

	mu      sync.Mutex // one asks, the others go on with what they have
	checked time.Time
	current atomic.Pointer[state]
}

// state is a version made ready; a nil lexicon is as the program comes.
type state struct {
	version int64
	lexicon *Lexicon
}

// New returns the Service.
func New(d *db.DB, tree *region.Tree, log *slog.Logger) *Service {
	s := &Service{db: d, tree: tree, log: log, journal: newJournal()}
	s.current.Store(&state{})
	return s
}

const (
	// follow is how long another process may go on with an earlier version.
	follow = 5 * time.Second
	// patience is how long a search waits for the version, before it goes on with the one it knows.
	patience = time.Second
)

// Current returns the lexicon of the day, at most some seconds behind a change by another process; nil when it is as the
// program comes. It is the same pointer as long as it is the same version. When SQL does not answer it is the last one
// that was known.
func (s *Service) Current() *Lexicon {
	if s.mu.TryLock() {
		defer s.mu.Unlock()
		if now := s.db.Clock().Now(); now.Sub(s.checked) >= follow || now.Before(s.checked) {
			s.checked = now
			s.catchUp()
		}
	}
	return s.current.Load().lexicon
}

// Version returns the version of the lexicon that Current last returned; 0 as the program comes.
func (s *Service) Version() int64 { return s.current.Load().version }

func (s *Service) catchUp() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	version, err := latest(ctx, s.db)
	if err == nil && version != s.current.Load().version {
		err = s.load(ctx, version)
	}
	if err != nil {
		s.log.Warn("lexicon cannot be read", "error", err)
	}
}

func (s *Service) load(ctx context.Context, version int64) error {
	entries, err := s.Entries(ctx, version)
	if err != nil {
		return err
	}
	next := &state{version: version}
	if len(entries) > 0 {
		next.lexicon = Of(together(entries))
	}
	s.current.Store(next)
	return nil
}

// together lists the lines that count: those that come with the program and were not switched off, and the bureau's.
func together(entries []Entry) []Line {
	lines := slices.Clone(BuiltIn())
	for _, e := range slices.Backward(entries) { // the oldest first: it is the nearest
		if e.Off {
			lines = slices.DeleteFunc(lines, func(l Line) bool { return l == e.Line })
		} else {
			lines = append(lines, e.Line)
		}
	}
	return lines
}

func latest(ctx context.Context, q db.Q) (version int64, err error) {
	err = q.Get(ctx, &version, `SELECT COALESCE(MAX(version), 0) FROM lexicon_version`)
	return version, err
}

// Entries lists the entries of a version, the newest first.
func (s *Service) Entries(ctx context.Context, version int64) ([]Entry, error) {
	return entriesOf(ctx, s.db, version)
}

func entriesOf(ctx context.Context, q db.Q, version int64) ([]Entry, error) {
	var all []Entry
	err := q.Select(ctx, &all, `
		SELECT id, kind, text, off, added_in, removed_in FROM lexicon_entry
		WHERE added_in <= ? AND (removed_in IS NULL OR removed_in > ?) ORDER BY id DESC`, version, version)
	return all, err
}

// Versions lists the last changes, the newest first.
func (s *Service) Versions(ctx context.Context, most int) ([]Version, error) {
	var all []Version
	err := s.db.Select(ctx, &all, `
		SELECT version, account_id, made_at, restores FROM lexicon_version ORDER BY version DESC LIMIT ?`, most)
	return all, err
}

// Add enters a line; off switches a line off that comes with the program. Invalid as Line.Check, when it names a region, or
// when the program has no such line to switch off; Conflict when there is such an entry already, or too many.
func (s *Service) Add(ctx context.Context, who auth.Actor, line Line, off bool) error {
	line, err := line.Check()
	if err != nil {
		return err
	}
	if place := s.placeIn(line); place != "" && !off { // a word of the lexicon is no filter any more
		return errs.Fields{"text": {Key: "lexicon.place", Params: errs.Params{"place": place}}}.Err()
	}
	if off != slices.Contains(BuiltIn(), line) {
		return errs.Fields{"text": {Key: "lexicon.builtin"}}.Err()
	}
	return s.change(ctx, who, "lexicon.add", nil, func(tx *db.Tx, version int64) error {
		var count int
		if err := tx.Get(ctx, &count, `SELECT COUNT(*) FROM lexicon_entry WHERE removed_in IS NULL`); err != nil {
			return err
		}
		if count >= MaxEntries {
			return errs.Conflict("lexicon.full").With("max", MaxEntries)
		}
		err := tx.Insert(ctx, "lexicon_entry", Entry{ID: tx.NewID(), Line: line, Off: db.Bool(off), AddedIn: version})
		if errs.Is(err, errs.KindConflict) {
			return errs.Conflict("lexicon.twice")
		}
		return err
	})
}

// placeIn returns a word of the line that names a region and is no word of the program's; "" when there is none.
func (s *Service) placeIn(line Line) string {
	for _, word := range line.Words() {
		if len(s.tree.Named(word)) > 0 && !Default().Has(word) {
			return word
		}
	}
	return ""
}

// Remove takes an entry out. Conflict when it holds no more.
func (s *Service) Remove(ctx context.Context, who auth.Actor, entry id.ID) error {
	return s.change(ctx, who, "lexicon.remove", nil, func(tx *db.Tx, version int64) error {
		return tx.One(ctx, `UPDATE lexicon_entry SET removed_in = ? WHERE id = ? AND removed_in IS NULL`, version, entry)
	})
}

// Restore brings an earlier version back, 0 being the lexicon as the program comes. That is a change like others, and can
// be taken back in the same way. NotFound when there is no such version.
func (s *Service) Restore(ctx context.Context, who auth.Actor, old int64) error {
	return s.change(ctx, who, "lexicon.restore", &old, func(tx *db.Tx, version int64) error {
		now, err := entriesOf(ctx, tx, version-1)
		if err != nil {
			return err
		}
		then, err := entriesOf(ctx, tx, old)
		if err != nil {
			return err
		}
		for _, e := range now {
			if !slices.ContainsFunc(then, e.same) {
				if err := tx.One(ctx, `UPDATE lexicon_entry SET removed_in = ? WHERE id = ?`, version, e.ID); err != nil {
					return err
				}
			}
		}
		for _, e := range then {
			if !slices.ContainsFunc(now, e.same) {
				again := Entry{ID: tx.NewID(), Line: e.Line, Off: e.Off, AddedIn: version}
				if err := tx.Insert(ctx, "lexicon_entry", again); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (e Entry) same(other Entry) bool { return e.Line == other.Line && e.Off == other.Off }

// change makes a new version. The audit comes first: its chain makes concurrent changes wait for each other.
func (s *Service) change(ctx context.Context, who auth.Actor, verb string, restores *int64, fn func(*db.Tx, int64) error) error {
	if who.Bureau == nil {
		return errs.Forbidden("error.forbidden")
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := audit.Add(ctx, tx, who, audit.Entry{Verb: verb, SubjectKind: "lexicon", Region: who.Bureau.Region}); err != nil {
			return err
		}
		version, err := latest(ctx, tx)
		if err != nil {
			return err
		}
		version++
		if restores != nil && (*restores < 0 || *restores >= version) {
			return errs.NotFound("error.not_found")
		}
		if err := tx.Insert(ctx, "lexicon_version", Version{version, who.Account, db.At(tx.Now), restores}); err != nil {
			return err
		}
		return fn(tx, version)
	})
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.catchUp() //nolint:contextcheck // whoever asked for the change may be gone
	}
	return err
}
