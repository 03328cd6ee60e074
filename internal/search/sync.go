package search

import (
	"context"
	"errors"
	"slices"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
)

// syncBatch is how many positions are brought to the index at once.
const syncBatch = 500

// SyncPositions is the reaction to facts of positions: the index then holds what SQL holds of them. It takes waiting
// rows of the same task along.
func (s *Service) SyncPositions(ctx context.Context, job *outbox.Job) error {
	ids, err := job.Siblings(ctx, syncBatch-1)
	if err != nil {
		return err
	}
	return s.follow(ctx, ids)
}

// SyncOrg is the reaction to a change of an organization's name, standing or rating: all its posts follow.
func (s *Service) SyncOrg(ctx context.Context, job *outbox.Job) error {
	orgs, err := job.Siblings(ctx, syncBatch-1)
	if err != nil {
		return err
	}
	for last := id.ID(0); ; {
		var ids []id.ID
		if err := s.db.Select(ctx, &ids, `
			SELECT id FROM position WHERE org_id IN (?) AND state = 'published' AND id > CAST(? AS BIGINT)
			ORDER BY id LIMIT ?`,
			orgs, int64(last), syncBatch); err != nil {
			return err
		}
		if err := s.follow(ctx, ids); err != nil || len(ids) < syncBatch {
			return err
		}
		last = ids[len(ids)-1]
	}
}

// indexed is a position as the index needs it. A change of the post or of its organization raises the sum of their
// versions, which is the version of the document.
type indexed struct {
	position.Listed
	OrgVersion int `db:"org_version"`
}

func indexedColumns() string { return position.ListedColumns() + `, o.version AS org_version` }

func (s *Service) document(p indexed) Document {
	d := NewDocument(p.Listed, s.Tree)
	d.Version += p.OrgVersion
	return d
}

// follow brings the index to where SQL stands for the given positions, whatever happened to them: what is on show is
// put, everything else deleted.
//
// Two writers may read and write in any order, and the later write may be of the older reading. So each looks again
// after it wrote, and writes anew what has changed since it read: whoever writes last has then written what SQL held.
func (s *Service) follow(ctx context.Context, ids []id.ID) error {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), syncBatch) {
		if err := s.followBatch(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) followBatch(ctx context.Context, ids []id.ID) error {
	for len(ids) > 0 {
		build, err := s.runningBuild(ctx)
		if err != nil {
			return err
		}
		docs, err := s.documents(ctx, ids)
		if err != nil {
			return err
		}
		if err := s.write(ctx, build, ids, docs); err != nil {
			return err
		}
		if ids, err = s.changedSince(ctx, ids, docs); err != nil {
			return err
		}
	}
	return nil
}

// documents reads those of the positions that are on show.
func (s *Service) documents(ctx context.Context, ids []id.ID) ([]Document, error) {
	var rows []indexed
	if err := s.db.Select(ctx, &rows, `
		SELECT `+indexedColumns()+` FROM position p JOIN org o ON o.id = p.org_id
		WHERE `+position.OnShow+` AND p.id IN (?)`,
		s.today(), ids); err != nil {
		return nil, err
	}
	docs := make([]Document, len(rows))
	for n, row := range rows {
		docs[n] = s.document(row)
	}
	return docs, nil
}

func (s *Service) today() calendar.Day { return calendar.DayOf(s.db.Clock().Now()) }

// write puts docs, and deletes the others of ids. A build that is under way is written to first: if it is swapped in
// between, the live index that is written to afterwards is the build.
func (s *Service) write(ctx context.Context, build string, ids []id.ID, docs []Document) error {
	gone := make([]id.ID, 0, len(ids))
	for _, one := range ids {
		if !slices.ContainsFunc(docs, func(d Document) bool { return d.ID == one }) {
			gone = append(gone, one)
		}
	}
	if build != "" {
		b := s.index.Join(build)
		err := b.Put(ctx, docs...)
		if err == nil {
			err = b.Delete(ctx, gone...)
		}
		if err != nil && !errors.Is(err, ErrNoBuild) {
			return err
		}
	}
	if err := s.index.Put(ctx, docs...); err != nil {
		return err
	}
	return s.index.Delete(ctx, gone...)
}

// changedSince returns those of ids that are no longer as docs say.
func (s *Service) changedSince(ctx context.Context, ids []id.ID, docs []Document) ([]id.ID, error) {
	var rows []versionRow
	if err := s.db.Select(ctx, &rows, selectVersions+` AND p.id IN (?)`, s.today(), ids); err != nil {
		return nil, err
	}
	now, was := make(map[id.ID]int, len(rows)), make(map[id.ID]int, len(docs))
	for _, row := range rows {
		now[row.ID] = row.Version
	}
	for _, d := range docs {
		was[d.ID] = d.Version
	}
	var changed []id.ID
	for _, one := range ids {
		if now[one] != was[one] {
			changed = append(changed, one)
		}
	}
	return changed, nil
}

// versionRow is a position on show with its version as the index knows it.
type versionRow struct {
	ID      id.ID `db:"id"`
	Version int   `db:"version"`
}

const selectVersions = `
	SELECT p.id, p.version + o.version AS version FROM position p JOIN org o ON o.id = p.org_id
	WHERE ` + position.OnShow

// onShow returns the versions of all positions on show.
func (s *Service) onShow(ctx context.Context) (map[id.ID]int, error) {
	const batch = 10_000
	out := map[id.ID]int{}
	for last := id.ID(0); ; {
		var rows []versionRow
		if err := s.db.Select(ctx, &rows, selectVersions+` AND p.id > CAST(? AS BIGINT) ORDER BY p.id LIMIT ?`,
			s.today(), int64(last), batch); err != nil {
			return nil, err
		}
		for _, row := range rows {
			out[row.ID] = row.Version
		}
		if len(rows) < batch {
			return out, nil
		}
		last = rows[len(rows)-1].ID
	}
}

// Differences is what Reconcile found and repaired.
type Differences struct {
	Checked int `json:"checked"` // posts on show
	Missing int `json:"missing"` // on show, but not in the index
	Stale   int `json:"stale"`   // in the index as they were
	Extra   int `json:"extra"`   // in the index, but not on show
}

// Any reports whether there was anything to repair.
func (d Differences) Any() bool { return d.Missing+d.Stale+d.Extra > 0 }

// Reconcile compares SQL and index, id by id and version by version, and repairs what differs. Changes that are under
// way may be counted as differences.
func (s *Service) Reconcile(ctx context.Context) (Differences, error) {
	has := map[id.ID]int{}
	if err := s.index.Each(ctx, func(doc id.ID, version int) error { has[doc] = version; return nil }); err != nil {
		return Differences{}, err
	}
	// SQL is read after the index: what was published in between is missing, which is harmless, and nothing is extra
	// that has only just come.
	want, err := s.onShow(ctx)
	if err != nil {
		return Differences{}, err
	}
	d := Differences{Checked: len(want)}
	var wrong []id.ID
	for one, version := range want {
		switch at, ok := has[one]; {
		case !ok:
			d.Missing++
		case at != version:
			d.Stale++
		default:
			continue
		}
		wrong = append(wrong, one)
	}
	for one := range has {
		if _, ok := want[one]; !ok {
			d.Extra++
			wrong = append(wrong, one)
		}
	}
	return d, s.follow(ctx, wrong)
}

// ReconcileJob is Reconcile as a periodic task.
func (s *Service) ReconcileJob(ctx context.Context, _ *outbox.Job) error {
	d, err := s.Reconcile(ctx)
	if d.Any() {
		s.log.Warn("search index differed from the database",
			"checked", d.Checked, "missing", d.Missing, "stale", d.Stale, "extra", d.Extra)
	}
	return err
}
