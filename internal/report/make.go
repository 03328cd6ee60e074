package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/region"
)

// How many reports are made and told of in one transaction.
const (
	orgBatch    = 100
	personBatch = 250
)

// MakeAll is the handler of the weekly slot (Monday 08:00 in China; a slot that was missed is handled later): it makes
// the reports of the week that was over at the slot, for every bureau that has staff and those above it, for every
// organization that has something on show or to answer, and for every person who has something to be told. What was
// made before, by a run that was killed or because somebody asked, is left as it is; each report is told of once, with
// it or later.
func (s *Service) MakeAll(ctx context.Context, job *outbox.Job) error {
	week := calendar.WeekOf(outbox.SlotOf(job)).Add(-1)
	w, err := s.window(ctx, week)
	if err != nil {
		return err
	}
	if w.running {
		return errs.Fields{"week": {Key: "report.week.running"}}.Err()
	}
	if w, err = s.closed(ctx, w); err != nil {
		return err
	}
	if err := s.makeBureaus(ctx, w); err != nil {
		return fmt.Errorf("reports of bureaus: %w", err)
	}
	if err := s.makeOrgs(ctx, w); err != nil {
		return fmt.Errorf("reports of organizations: %w", err)
	}
	if err := s.makePersons(ctx, w); err != nil {
		return fmt.Errorf("digests of persons: %w", err)
	}
	return nil
}

// draft is a report that is to be stored, and whom it is for.
type draft struct {
	kind  Kind
	scope string
	body  any
	text  func(*Service, row) (map[i18n.Lang]string, error) // what the stored report says, which may be older
	to    func(context.Context, db.Q) ([]id.ID, error)
}

// tell stores reports that nobody has stored yet and passes the news on of those that nobody has been told of, all in
// one transaction: a run that is killed has told of a batch wholly or not at all.
func (s *Service) tell(ctx context.Context, w window, drafts []draft) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		for _, d := range drafts {
			r, err := keep(ctx, tx, d.kind, w.week.String(), d.scope, d.body)
			if err != nil {
				return err
			}
			n, err := tx.Exec(ctx, `UPDATE report SET told_at = ? WHERE id = ? AND told_at IS NULL`, db.At(tx.Now), r.ID)
			if err != nil {
				return err
			}
			if n == 0 { // told before
				continue
			}
			to, err := d.to(ctx, tx)
			if err != nil {
				return err
			}
			text, err := d.text(s, r)
			if err != nil {
				return err
			}
			ready := Ready{Report: r.ID, Kind: d.kind, Scope: d.scope, Week: w.week, Text: text, To: to}
			if err := s.Tell(ctx, tx, ready); err != nil {
				return err
			}
		}
		return nil
	})
}

// makeBureaus counts once for all regions and folds the report of each from that.
func (s *Service) makeBureaus(ctx context.Context, w window) error {
	staff, err := s.staffed(ctx)
	if err != nil || len(staff) == 0 {
		return err
	}
	var c cube
	if err := s.db.Snapshot(ctx, func(q db.Q) (err error) {
		c, err = takeCube(ctx, q, w, everywhere())
		return err
	}); err != nil {
		return err
	}
	for _, code := range s.withAncestors(staff) {
		to := func(context.Context, db.Q) ([]id.ID, error) { return staff[code], nil }
		if err := s.tell(ctx, w, []draft{{ForBureau, code, s.bureau(w, c, code), said[BureauBody], to}}); err != nil {
			return err
		}
	}
	return nil
}

// staffed lists the accounts that work for bureaus, by region.
func (s *Service) staffed(ctx context.Context) (map[string][]id.ID, error) {
	var all []struct {
		Account id.ID  `db:"account_id"`
		Region  string `db:"region_code"`
	}
	if err := s.db.Select(ctx, &all, `
		SELECT st.account_id, st.region_code FROM staff st JOIN account a ON a.id = st.account_id
		WHERE a.disabled_at IS NULL ORDER BY st.region_code, st.account_id`); err != nil {
		return nil, err
	}
	staff := map[string][]id.ID{}
	for _, one := range all {
		staff[one.Region] = append(staff[one.Region], one.Account)
	}
	return staff, nil
}

// withAncestors lists the regions that have staff and those above them, in order of code.
func (s *Service) withAncestors(staff map[string][]id.ID) []string {
	codes := []string{}
	for code := range staff {
		codes = append(codes, s.Tree.Path(code)...)
	}
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(region.LevelOf(a), region.LevelOf(b)), strings.Compare(a, b))
	})
	return slices.Compact(codes)
}

// makeOrgs makes the reports of organizations that have posts on show, did something, or have applicants to deal with.
func (s *Service) makeOrgs(ctx context.Context, w window) error {
	orgs, err := s.concerned(ctx, w, ForOrg, "org_id", active, handled, promised, decided)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(orgs, orgBatch) {
		var bodies []OrgBody
		if err := s.db.Snapshot(ctx, func(q db.Q) (err error) {
			bodies, err = orgBodies(ctx, q, w, batch)
			return err
		}); err != nil {
			return err
		}
		drafts := make([]draft, len(bodies))
		for n, b := range bodies {
			to := func(ctx context.Context, q db.Q) ([]id.ID, error) { return org.Editors(ctx, q, b.Org.ID) }
			drafts[n] = draft{ForOrg, b.Org.ID.String(), b, said[OrgBody], to}
		}
		if err := s.tell(ctx, w, drafts); err != nil {
			return err
		}
	}
	return nil
}

// makePersons makes the digests of persons who applied, wait for answers, or have saved searches, where there is
// something to tell.
func (s *Service) makePersons(ctx context.Context, w window) error {
	persons, err := s.concerned(ctx, w, ForPerson, "person_id", moving, promised, searching)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(persons, personBatch) {
		var all map[id.ID]*DigestBody
		if err := s.db.Snapshot(ctx, func(q db.Q) (err error) {
			all, err = digests(ctx, q, w, batch)
			return err
		}); err != nil {
			return err
		}
		var drafts []draft
		for _, person := range batch {
			if body := all[person]; !body.Empty() {
				to := func(context.Context, db.Q) ([]id.ID, error) { return []id.ID{person}, nil }
				drafts = append(drafts, draft{ForPerson, person.String(), body, said[DigestBody], to})
			}
		}
		if err := s.tell(ctx, w, drafts); err != nil {
			return err
		}
	}
	return nil
}

// moving and searching are rowsets of persons only: whose applications moved in the week, and who has saved searches.
const (
	moving rowset = `
	SELECT a.person_id FROM application_event e JOIN application a ON a.id = e.application_id JOIN org o ON o.id = a.org_id
	WHERE :scope AND e.at >= :from AND e.at < :to`
	searching rowset = `
	SELECT o.id AS person_id FROM account o
	WHERE :scope AND o.mail_only = 0 AND o.id IN (SELECT s.account_id FROM saved_search s WHERE s.ended_at IS NULL)`
)

// concerned lists the organizations or accounts that appear in rowsets, in order of id, after the last that the
// reports of this week have been told to: they are made in that order, so that a run that was killed goes on where it
// stopped. Accounts that are disabled are left out. A list of ids is small: 8 MB for a million people.
func (s *Service) concerned(ctx context.Context, w window, kind Kind, column string, from ...rowset) ([]id.ID, error) {
	var last string
	if err := s.db.Get(ctx, &last, `
		SELECT COALESCE(MAX(scope), '') FROM report WHERE kind = ? AND week = ? AND told_at IS NOT NULL`,
		kind, w.week.String()); err != nil {
		return nil, err
	}
	var after id.ID
	if err := after.UnmarshalText([]byte(last)); err != nil {
		return nil, fmt.Errorf("scope of a %s report: %w", kind, err)
	}
	parts, args := make([]string, len(from)), []any{}
	for n, r := range from {
		text, values := w.bind(r, everywhere())
		parts[n] = `SELECT r.` + column + ` AS id FROM (` + text + `) r`
		args = append(args, values...)
	}
	all := []id.ID{}
	err := s.db.Select(ctx, &all, `
		SELECT c.id FROM (`+strings.Join(parts, " UNION ")+`) c
		WHERE c.id > ? AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = c.id AND a.disabled_at IS NOT NULL)
		ORDER BY c.id`, append(args, int64(after))...)
	return all, err
}
