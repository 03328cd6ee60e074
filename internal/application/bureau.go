package application

import (
	"context"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/org"
)

// PlacementFilter limits a list of placements; a zero field does not.
type PlacementFilter struct {
	Placement id.ID
	Org       id.ID
	State     PlacementState
	// Unsettled leaves only disputes that the bureau has not settled since the person's last word, oldest first.
	Unsettled bool
	After     id.ID // for the next page: the last id of the page before
	Limit     int   // at most 200; 0 means 50
}

// ListedPlacement is a placement together with what the ledger shows of its position, organization and person.
type ListedPlacement struct {
	Placement
	Title     string `db:"title"`
	Employer  string `db:"employer"`
	OrgName   string `db:"org_name"`
	OrgRegion string `db:"org_region"`
	Name      string `db:"masked_name"` // 王**: the full name is for the organization, not for a list
}

// unsettled is the SQL condition for a placement (pl) that is disputed and waits for the bureau.
const unsettled = `pl.state = 'disputed' AND NOT EXISTS (
	SELECT 1 FROM placement_event s WHERE s.placement_id = pl.id AND s.verb = 'settle' AND s.id > (
		SELECT MAX(d.id) FROM placement_event d WHERE d.placement_id = pl.id AND d.verb = 'dispute'))`

// PlacementsOfBureau lists the placements in the bureau's region, newest first, disputes that wait for the bureau
// oldest first. Forbidden unless the actor works for a bureau.
func (s *Service) PlacementsOfBureau(
	ctx context.Context, who auth.Actor, f PlacementFilter,
) ([]ListedPlacement, error) {
	if err := who.NeedBureau(auth.Reviewer); err != nil {
		return nil, err
	}
	where, args := bureauScope(who)
	query := `
		SELECT ` + db.Columns[Placement]("pl") + `, p.title, p.employer, o.name AS org_name,
			o.region_code AS org_region, SUBSTR(ac.name, 1, 1) || '**' AS masked_name
		FROM placement pl
			JOIN position p ON p.id = pl.position_id
			JOIN org o ON o.id = pl.org_id
			JOIN account ac ON ac.id = pl.person_id
		WHERE ` + where
	add := func(cond string, values ...any) {
		query += " AND " + cond
		args = append(args, values...)
	}
	if f.Placement != 0 {
		add("pl.id = ?", f.Placement)
	}
	if f.Org != 0 {
		add("pl.org_id = ?", f.Org)
	}
	if f.State != "" {
		add("pl.state = ?", f.State)
	}
	after, order := "pl.id < ?", " ORDER BY pl.id DESC"
	if f.Unsettled {
		add(unsettled)
		after, order = "pl.id > ?", " ORDER BY pl.id"
	}
	if f.After != 0 {
		add(after, f.After)
	}
	limit := f.Limit
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	all := []ListedPlacement{}
	err := s.db.Select(ctx, &all, query+order+" LIMIT ?", append(args, limit)...)
	return all, err
}

// bureauScope limits org o to what the actor's bureau may see, whatever organizations the actor works for.
func bureauScope(who auth.Actor) (where string, args []any) {
	who.Orgs = nil
	return org.Scope(who, "o")
}

// PlacementCounts counts the placements in a bureau's region by state; Unsettled are those of Disputed that wait for
// it.
type PlacementCounts struct {
	Claimed   int `db:"claimed"`
	Confirmed int `db:"confirmed"`
	Disputed  int `db:"disputed"`
	Unsettled int `db:"unsettled"`
}

// CountPlacements counts what PlacementsOfBureau lists; owner limits it to one organization when it is not zero.
func (s *Service) CountPlacements(ctx context.Context, who auth.Actor, owner id.ID) (PlacementCounts, error) {
	var n PlacementCounts
	if err := who.NeedBureau(auth.Reviewer); err != nil {
		return n, err
	}
	where, args := bureauScope(who)
	if owner != 0 {
		where, args = where+" AND pl.org_id = ?", append(args, owner)
	}
	err := s.db.Get(ctx, &n, `
		SELECT COALESCE(SUM(CASE WHEN pl.state = 'claimed' THEN 1 ELSE 0 END), 0) AS claimed,
			COALESCE(SUM(CASE WHEN pl.state = 'confirmed' THEN 1 ELSE 0 END), 0) AS confirmed,
			COALESCE(SUM(CASE WHEN pl.state = 'disputed' THEN 1 ELSE 0 END), 0) AS disputed,
			COALESCE(SUM(CASE WHEN `+unsettled+` THEN 1 ELSE 0 END), 0) AS unsettled
		FROM placement pl JOIN org o ON o.id = pl.org_id WHERE `+where, args...)
	return n, err
}

// LedgersOf returns the rows of the ledgers of placements in the bureau's region, oldest first.
func (s *Service) LedgersOf(
	ctx context.Context, who auth.Actor, placements []id.ID,
) (map[id.ID][]PlacementEvent, error) {
	if err := who.NeedBureau(auth.Reviewer); err != nil {
		return nil, err
	}
	where, args := bureauScope(who)
	var all []PlacementEvent
	if err := s.db.Select(ctx, &all, `
		SELECT `+db.Columns[PlacementEvent]("e")+`
		FROM placement_event e JOIN placement pl ON pl.id = e.placement_id JOIN org o ON o.id = pl.org_id
		WHERE `+where+` AND pl.id IN (?) ORDER BY e.at, e.id`, append(args, placements)...); err != nil {
		return nil, err
	}
	out := make(map[id.ID][]PlacementEvent, len(placements))
	for _, e := range all {
		out[e.Placement] = append(out[e.Placement], e)
	}
	return out, nil
}

// Overdue is how many applications to one position wait for an answer beyond the promised day.
type Overdue struct {
	Org       id.ID        `db:"org_id"`
	OrgName   string       `db:"org_name"`
	OrgRegion string       `db:"org_region"`
	Position  id.ID        `db:"position_id"`
	Title     string       `db:"title"`
	Count     int          `db:"n"`
	Promised  calendar.Day `db:"promised"` // the earliest of the promised days
}

// OverdueOfBureau lists what is overdue in the bureau's region, at most limit positions, those promised first at the
// top.
func (s *Service) OverdueOfBureau(ctx context.Context, who auth.Actor, limit int) ([]Overdue, error) {
	if err := who.NeedBureau(auth.Reviewer); err != nil {
		return nil, err
	}
	where, args := bureauScope(who)
	all := []Overdue{}
	err := s.db.Select(ctx, &all, `
		SELECT a.org_id, o.name AS org_name, o.region_code AS org_region, a.position_id, p.title,
			COUNT(*) AS n, MIN(a.answer_by) AS promised
		FROM application a JOIN position p ON p.id = a.position_id JOIN org o ON o.id = a.org_id
		WHERE a.answered_at IS NULL AND a.state IN ('received', 'viewed') AND a.answer_by < ? AND `+where+`
		GROUP BY a.org_id, o.name, o.region_code, a.position_id, p.title
		ORDER BY promised, a.org_id, a.position_id LIMIT ?`,
		append(append([]any{calendar.DayOf(s.db.Clock().Now())}, args...), limit)...)
	return all, err
}
