package match

import (
	"context"
	"slices"
	"strings"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
)

const (
	// together is how many positions one run takes at most: who finds several of them is read once.
	together = 100
	// pageSize is how many saved searches are read at a time, one after the other.
	pageSize = 5000
	// lookSize is how many of those that find a position are looked up at a time: for more, PostgreSQL would rather read all
	// accounts there are.
	lookSize = 1000
	// writeSize bounds the ledger rows of one transaction, so that no other writer waits long.
	writeSize = 1000
)

// MatchPosition is the task that follows position.PublishedFact and position.ChangedFact: every live saved search that
// finds the position is entered in the ledger. Where matching is divided, each part is asked to do its own.
func (s *Service) MatchPosition(ctx context.Context, job *outbox.Job) error {
	subjects, err := job.Siblings(ctx, together-1)
	if err != nil {
		return err
	}
	if s.parts < 2 {
		return s.match(ctx, job, subjects, outbox.Whole())
	}
	return job.Finish(ctx, func(tx *db.Tx) error { return s.outbox.Divide(ctx, tx, PartTask, subjects, s.parts) })
}

// MatchPart is MatchPosition for the saved searches of one part. A row that was taken back meanwhile, to be divided again,
// is divided.
func (s *Service) MatchPart(ctx context.Context, job *outbox.Job) error {
	if outbox.PartOf(job.Queue) == outbox.Whole() {
		return s.MatchPosition(ctx, job)
	}
	subjects, err := job.Siblings(ctx, together-1)
	if err != nil {
		return err
	}
	return s.match(ctx, job, subjects, outbox.PartOf(job.Queue))
}

// match enters in the ledger every live saved search of a part that finds one of the positions, and asks that instant ones
// be told: these come first, for the others are told in the morning, and may be very many. Killed half-way and run again, it
// finds what it wrote in its place and asks for nothing twice.
func (s *Service) match(ctx context.Context, job *outbox.Job, subjects []id.ID, part outbox.Part) error {
	run, err := s.begin(ctx, subjects)
	if err != nil || len(run.candidates) == 0 {
		return err
	}
	waiting, err := s.finders(ctx, run, part)
	if err != nil {
		return err
	}
	var later []entry
	for some := range slices.Chunk(waiting, lookSize) {
		now, rest, err := s.evaluate(ctx, run, some)
		if err != nil {
			return err
		}
		if len(waiting) <= writeSize { // few: one transaction for all
			later = append(now, rest...)
			break
		}
		later = append(later, rest...)
		for part := range slices.Chunk(now, writeSize) {
			if err := s.enter(ctx, part); err != nil {
				return err
			}
		}
	}
	for ; len(later) > writeSize; later = later[writeSize:] {
		if err := s.enter(ctx, later[:writeSize]); err != nil {
			return err
		}
	}
	return job.Finish(ctx, func(tx *db.Tx) error { return s.write(ctx, tx, later) })
}

// finders returns the saved searches of a part that find one of the positions, in the order of their ids.
func (s *Service) finders(ctx context.Context, r *run, part outbox.Part) ([]id.ID, error) {
	index, err := s.searches(ctx, part)
	if err != nil {
		return nil, err
	}
	var all []id.ID
	for _, c := range r.candidates {
		for _, hit := range index.Find(c.doc) {
			all = append(all, hit.ID)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func (s *Service) enter(ctx context.Context, found []entry) error {
	if len(found) == 0 {
		return nil
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.write(ctx, tx, found) })
}

// wanted is the part of a saved search that matching needs.
type wanted struct {
	ID      id.ID  `db:"id"`
	Account id.ID  `db:"account_id"`
	Query   string `db:"query"`
	Every   Every  `db:"every"`
}

// live reads those of the saved searches that are live, of accounts that are active.
func (s *Service) live(ctx context.Context, ids []id.ID) ([]wanted, error) {
	var live []wanted
	err := s.db.Select(ctx, &live, `
		SELECT s.id, s.account_id, s.query, s.every FROM saved_search s JOIN account a ON a.id = s.account_id
		WHERE s.id IN (?) AND s.ended_at IS NULL AND s.expires_at > ? AND a.disabled_at IS NULL
		ORDER BY s.id`, ids, db.At(s.db.Clock().Now()))
	return live, err
}

// run is one pass over the saved searches that find one of some positions.
type run struct {
	verdicts
	// apart are the accounts that are not told of a position: who applied for it, and who works for its organization.
	apart map[pair]bool
}

type pair struct{ position, account id.ID }

// begin loads those of the positions that are on show.
func (s *Service) begin(ctx context.Context, subjects []id.ID) (*run, error) {
	slices.Sort(subjects)
	listed, err := position.OnShowByID(ctx, s.db, slices.Compact(subjects), calendar.DayOf(s.db.Clock().Now()))
	if err != nil {
		return nil, err
	}
	r := &run{apart: map[pair]bool{}, verdicts: verdicts{known: map[*query][]hit{}}}
	shown := make([]id.ID, len(listed))
	for n, l := range listed {
		r.candidates = append(r.candidates, newCandidate(l, s.tree))
		shown[n] = l.ID
	}
	for _, query := range []string{
		`SELECT position_id, person_id AS account_id FROM application WHERE position_id IN (?)`,
		`SELECT p.id AS position_id, m.account_id FROM position p JOIN org_member m ON m.org_id = p.org_id WHERE p.id IN (?)`,
	} {
		var rows []struct {
			Position id.ID `db:"position_id"`
			Account  id.ID `db:"account_id"`
		}
		if err := s.db.Select(ctx, &rows, query, shown); err != nil {
			return nil, err
		}
		for _, row := range rows {
			r.apart[pair{row.Position, row.Account}] = true
		}
	}
	return r, nil
}

// entry is a row of the ledger that is to be written.
type entry struct {
	search, position id.ID
	reason           string
}

// evaluate returns what those of the saved searches find that are live, and why: what is told at once apart from the rest.
func (s *Service) evaluate(ctx context.Context, r *run, ids []id.ID) (now, later []entry, err error) {
	live, err := s.live(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range live {
		q := s.queries.get(w.Query)
		for _, h := range r.of(q) {
			p := r.candidates[h.n].doc.ID
			switch e := (entry{w.ID, p, h.reason}); {
			case r.apart[pair{p, w.Account}]:
			case w.Every == Instant:
				now = append(now, e)
			default:
				later = append(later, e)
			}
		}
	}
	return now, later, nil
}

// write enters what was found in the ledger and asks for the delivery of what is new to instant searches. A row that
// was dropped because its position had closed counts as new: nobody was told of it.
func (s *Service) write(ctx context.Context, tx *db.Tx, found []entry) error {
	const row = "(?, ?, ?, ?)"
	var searches []id.ID
	for some := range slices.Chunk(found, 500) {
		args := make([]any, 0, 4*len(some))
		for _, e := range some {
			args = append(args, e.search, e.position, e.reason, db.At(tx.Now))
		}
		var added []id.ID
		if err := tx.Select(ctx, &added, `
			INSERT INTO match (saved_search_id, position_id, reason, found_at)
			VALUES `+row+strings.Repeat(", "+row, len(some)-1)+`
			ON CONFLICT (saved_search_id, position_id)
			DO UPDATE SET reason = excluded.reason, found_at = excluded.found_at, dropped_at = NULL
			WHERE match.notice_id IS NULL AND match.dropped_at IS NOT NULL
			RETURNING saved_search_id`, args...); err != nil {
			return err
		}
		searches = append(searches, added...)
	}
	slices.Sort(searches)
	return s.ask(ctx, tx, slices.Compact(searches))
}

// ask asks that those of the searches be told that are instant, unless that was asked and has not begun. The rows stay
// locked until the end of the transaction: a delivery either sees what this one wrote, or is asked for again.
func (s *Service) ask(ctx context.Context, tx *db.Tx, searches []id.ID) error {
	instant, err := locked(ctx, tx, searches, ` AND s.every = 'instant' AND s.ended_at IS NULL`)
	if err != nil || len(instant) == 0 {
		return err
	}
	var asked []struct {
		ID   id.ID `db:"id"`
		Asks int   `db:"asks"`
	}
	if err := tx.Select(ctx, &asked, `UPDATE saved_search SET asks = asks + 1 WHERE id IN (?) RETURNING id, asks`, instant); err != nil {
		return err
	}
	var first []id.ID
	for _, a := range asked {
		if a.Asks == 1 {
			first = append(first, a.ID)
		}
	}
	return s.outbox.AddAll(ctx, tx, FoundFact, first)
}
