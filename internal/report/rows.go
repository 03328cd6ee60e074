package report

import (
	"context"
	"strings"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// Cell is one number of a bureau's report.
type Cell struct {
	Region string
	Week   calendar.Week
	Figure Figure
	Kind   position.Kind // "" for all kinds
	// Child is a region directly below Region, or Region itself for the organizations that are registered with its own
	// bureau; "" for all.
	Child string
}

// Row is one line behind a number. What a figure is not about is empty: an organization has no position.
type Row struct {
	ID     id.ID
	At     time.Time // of what happened; for a state, of what began it
	Kind   position.Kind
	Step   string // what happened: its text has the key StepKey
	Amount int64  // headcount or views where those are counted, else 1

	Org         Named
	Region      Place // of the organization
	Position    Named
	Employer    string // the member unit that hires; "" for the organization itself
	Application id.ID
	Placement   id.ID
	Person      string // masked: 王**
}

// StepKey is the translation key of what happened.
func (r Row) StepKey() string { return "report.step." + r.Step }

// List is a page of the rows behind a number.
type List struct {
	Cell       Cell
	Definition Definition
	// Total is what the rows of all pages add up to.
	Total int64
	// Reported is the number in the stored report of the week, nil where there is none. It differs from Total only when an
	// organization moved to another region since, or a post was changed into another kind.
	Reported *int64
	Rows     []Row
	// Next is what to ask for as after to get the next page; zero on the last one.
	Next id.ID
}

const (
	defaultPage = 50
	maxPage     = 200
)

// Rows returns the rows behind a number, newest first, from after on; limit is at most 200 and 50 when it is 0. Errors
// as for Weekly, and NotFound for a figure or a part that no report has.
func (s *Service) Rows(ctx context.Context, who auth.Actor, c Cell, after id.ID, limit int) (List, error) {
	if err := s.needRegion(who, c.Region); err != nil {
		return List{}, err
	}
	d, known := Define(c.Figure)
	if !known || c.Kind != "" && !d.ByKind || c.Child != "" && !region.Within(c.Child, c.Region) {
		return List{}, errs.NotFound("error.not_found")
	}
	w, err := s.window(ctx, c.Week)
	if err != nil {
		return List{}, err
	}
	out := List{Cell: c, Definition: d}
	err = s.db.Snapshot(ctx, func(q db.Q) error {
		in, args, err := s.cell(ctx, q, w, d, c)
		if err != nil {
			return err
		}
		if err := s.list(ctx, q, &out, in, args, after, limit); err != nil {
			return err
		}
		out.Reported, err = reported(ctx, q, c)
		return err
	})
	return out, err
}

// list fills a List with the sum and one page of the rows that from selects.
func (s *Service) list(ctx context.Context, q db.Q, out *List, from string, args []any, after id.ID, limit int) (err error) {
	if limit <= 0 || limit > maxPage {
		limit = defaultPage
	}
	if out.Total, err = total(ctx, q, out.Definition, from, args); err != nil {
		return err
	}
	if out.Rows, err = s.page(ctx, q, out.Definition, from, args, after, limit+1); err != nil {
		return err
	}
	if len(out.Rows) > limit {
		out.Rows = out.Rows[:limit]
		out.Next = out.Rows[limit-1].ID
	}
	return nil
}

// cell returns the rows of a rowset that belong to a cell, as SQL that other SQL reads from.
func (s *Service) cell(
	ctx context.Context, q db.Q, w window, d Definition, c Cell,
) (from string, args []any, err error) {
	inner, args := w.bind(d.rows, inRegion(c.Region))
	var conds []string
	add := func(cond string, values ...any) {
		conds = append(conds, cond)
		args = append(args, values...)
	}
	if len(d.steps) > 0 {
		add("c.step IN (?)", d.steps)
	}
	if c.Kind != "" {
		add("c.kind = ?", c.Kind)
	}
	switch c.Child {
	case "":
	case c.Region:
		own, err := s.ownCodes(ctx, q, c.Region)
		if err != nil {
			return "", nil, err
		}
		add("c.region_code IN (?)", own)
	default:
		lo, hi := region.Scope(c.Child)
		add("c.region_code >= ? AND c.region_code < ?", lo, hi)
	}
	from = "SELECT c.* FROM (" + inner + ") c"
	if len(conds) > 0 {
		from += " WHERE " + strings.Join(conds, " AND ")
	}
	return from, args, nil
}

// ownCodes lists the codes of organizations in a region that fold does not put into a region below it.
func (s *Service) ownCodes(ctx context.Context, q db.Q, code string) ([]string, error) {
	lo, hi := region.Scope(code)
	var all []string
	if err := q.Select(ctx, &all, `
		SELECT DISTINCT region_code FROM org WHERE region_code >= ? AND region_code < ?`, lo, hi); err != nil {
		return nil, err
	}
	own := []string{}
	for _, one := range all {
		if childOf(s.Tree, code, one) == code {
			own = append(own, one)
		}
	}
	return own, nil
}

// total adds up what the rows say.
func total(ctx context.Context, q db.Q, d Definition, from string, args []any) (int64, error) {
	what := map[measure]string{
		rows: "COUNT(*)", amounts: "COALESCE(CAST(SUM(r.amount) AS BIGINT), 0)", units: "COUNT(DISTINCT r.unit)",
	}[d.measure]
	var n int64
	err := q.Get(ctx, &n, `SELECT `+what+` FROM (`+from+`) r`, args...)
	return n, err
}

type rowRow struct {
	ID          id.ID         `db:"id"`
	At          db.Time       `db:"at"`
	Kind        position.Kind `db:"kind"`
	Step        string        `db:"step"`
	Amount      int64         `db:"amount"`
	Org         id.ID         `db:"org_id"`
	OrgName     string        `db:"org_name"`
	Region      string        `db:"region_code"`
	Position    id.ID         `db:"position_id"`
	Title       string        `db:"title"`
	Employer    string        `db:"employer"`
	Application id.ID         `db:"application_id"`
	Placement   id.ID         `db:"placement_id"`
	Person      string        `db:"person"`
}

// page reads rows with the names that a page shows. Of a unit it shows the row with the least id.
func (s *Service) page(
	ctx context.Context, q db.Q, d Definition, from string, args []any, after id.ID, limit int,
) ([]Row, error) {
	var where []string
	if d.measure == units {
		where = append(where, "r.id IN (SELECT MIN(u.id) FROM ("+from+") u GROUP BY u.unit)")
		args = append(append([]any{}, args...), args...)
	}
	if after != 0 {
		where = append(where, "r.id < ?")
		args = append(args, after)
	}
	query := `
		SELECT r.id, r.at, r.kind, r.step, r.amount, r.org_id, o.name AS org_name, r.region_code, r.position_id,
			COALESCE(p.title, '') AS title, COALESCE(p.employer, '') AS employer, r.application_id, r.placement_id,
			COALESCE(a.name, '') AS person
		FROM (` + from + `) r JOIN org o ON o.id = r.org_id
			LEFT JOIN position p ON p.id = r.position_id LEFT JOIN account a ON a.id = r.person_id`
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, " AND ")
	}
	var found []rowRow
	if err := q.Select(ctx, &found, query+` ORDER BY r.id DESC LIMIT ?`, append(args, limit)...); err != nil {
		return nil, err
	}
	out := make([]Row, len(found))
	for n, r := range found {
		out[n] = Row{
			ID: r.ID, At: r.At.Time, Kind: r.Kind, Step: r.Step, Amount: r.Amount,
			Org: Named{r.Org, r.OrgName}, Region: place(s.Tree, r.Region), Position: Named{r.Position, r.Title},
			Employer: r.Employer, Application: r.Application, Placement: r.Placement, Person: maskName(r.Person),
		}
	}
	return out, nil
}

// maskName keeps the first character of a name and hides how long it is: 王**.
func maskName(name string) string {
	for _, first := range name {
		return string(first) + "**"
	}
	return ""
}

// reported returns what the stored report of the cell's week says in that cell.
func reported(ctx context.Context, q db.Q, c Cell) (*int64, error) {
	r, err := find(ctx, q, ForBureau, c.Week.String(), c.Region)
	if errs.Is(err, errs.KindNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var body BureauBody
	if _, err := r.read(&body); err != nil {
		return nil, err
	}
	return body.in(c), nil
}

// in returns the number of a cell.
func (b BureauBody) in(c Cell) *int64 {
	figures, byKind := b.Figures, b.ByKind
	if c.Child != "" {
		figures, byKind = nil, nil
		for _, part := range b.ByRegion {
			if part.Region.Code == c.Child {
				figures, byKind = part.Figures, part.ByKind
			}
		}
	}
	if c.Kind != "" {
		figures = byKind[c.Kind]
	}
	n := figures[c.Figure]
	return &n
}
