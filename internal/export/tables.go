package export

import (
	"context"
	"io"
	"strings"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/sheet"
)

// Positions writes the posts that have left the desk of their organization: no drafts. It returns how many. Invalid for a
// filter or a format that makes no sense.
func (e *Exporter) Positions(ctx context.Context, out io.Writer, format Format, f Filter, p i18n.Printer) (int, error) {
	return write(ctx, e, e.positions(), f, out, format, p)
}

// Applications writes who applied where and what came of it, without what they sent. Otherwise as Positions.
func (e *Exporter) Applications(ctx context.Context, out io.Writer, format Format, f Filter, p i18n.Printer) (int, error) {
	return write(ctx, e, e.applications(), f, out, format, p)
}

// Placements writes the ledger of placements with the state in which each stands. Otherwise as Positions.
func (e *Exporter) Placements(ctx context.Context, out io.Writer, format Format, f Filter, p i18n.Printer) (int, error) {
	return write(ctx, e, e.placements(), f, out, format, p)
}

// post is what all tables say of a post and its organization.
type post struct {
	Position  id.ID         `db:"position_id" json:"position"`
	Title     string        `db:"title" json:"title"`
	Kind      position.Kind `db:"kind" json:"kind"`
	Org       id.ID         `db:"org_id" json:"org"`
	OrgName   string        `db:"org_name" json:"org_name"`
	OrgCode   string        `db:"org_code" json:"org_code"`
	OrgRegion string        `db:"org_region" json:"org_region"`
	Employer  string        `db:"employer" json:"employer"` // "" is the organization itself
}

const postColumns = `p.id AS position_id, p.title, p.kind, o.id AS org_id, o.name AS org_name, COALESCE(o.code, '') AS org_code,
	o.region_code AS org_region, p.employer`

// postCells are the columns for what post says.
func postCells[R row](e *Exporter, of func(R) post) []column[R] {
	cell := func(name string, width float64, format sheet.Format, value func(post, i18n.Printer) any) column[R] {
		return column[R]{name, width, format, func(r R, p i18n.Printer) any { return value(of(r), p) }}
	}
	return []column[R]{
		cell("position", 16, sheet.Code, func(x post, _ i18n.Printer) any { return x.Position.String() }),
		cell("title", 28, sheet.Text, func(x post, _ i18n.Printer) any { return x.Title }),
		cell("kind", 10, sheet.Text, func(x post, p i18n.Printer) any { return p.T("kind."+string(x.Kind), nil) }),
		cell("org", 32, sheet.Text, func(x post, _ i18n.Printer) any { return x.OrgName }),
		cell("org_code", 21, sheet.Code, func(x post, _ i18n.Printer) any { return x.OrgCode }),
		cell("org_region", 20, sheet.Text, func(x post, _ i18n.Printer) any { return e.tree.FullName(x.OrgRegion) }),
		cell("employer", 28, sheet.Text, func(x post, _ i18n.Printer) any { return x.Employer }),
	}
}

// positionRow is a post.
type positionRow struct {
	post
	Region        string            `db:"region_code" json:"region"`
	Address       string            `db:"address" json:"address"`
	Headcount     int               `db:"headcount" json:"headcount"`
	Filled        int               `db:"filled" json:"filled"`
	PayMin        int64             `db:"pay_min" json:"pay_min"` // fen
	PayMax        int64             `db:"pay_max" json:"pay_max"`
	PayUnit       position.Unit     `db:"pay_unit" json:"pay_unit"`
	PayMonths     int               `db:"pay_months" json:"pay_months"`
	PayNegotiable db.Bool           `db:"pay_negotiable" json:"pay_negotiable"`
	Degree        position.Degree   `db:"degree" json:"degree"`
	Majors        db.JSON[[]string] `db:"majors" json:"-"`
	Skills        db.JSON[[]string] `db:"skills" json:"-"`
	State         position.State    `db:"state" json:"state"` // a post whose last day is over is expired
	PublishedAt   db.Time           `db:"published_at" json:"published_at,omitzero"`
	ValidUntil    calendar.Day      `db:"valid_until" json:"valid_until"`
	ClosedAt      db.Time           `db:"closed_at" json:"closed_at,omitzero"`
	Outcome       position.Outcome  `db:"close_outcome" json:"outcome"`
	CreatedAt     db.Time           `db:"created_at" json:"created_at"`
}

func (r positionRow) key() id.ID { return r.Position }

func (e *Exporter) positions() table[positionRow] {
	today := calendar.DayOf(e.db.Clock().Now())
	cell := func(name string, width float64, format sheet.Format, value func(positionRow, i18n.Printer) any) column[positionRow] {
		return column[positionRow]{name, width, format, value}
	}
	return table[positionRow]{
		title: "export.positions", at: "p.created_at", args: []any{today},
		query: `
			SELECT ` + postColumns + `, p.region_code, p.address, p.headcount, p.filled, p.pay_min, p.pay_max, p.pay_unit, p.pay_months,
				p.pay_negotiable, p.degree, p.majors, p.skills, p.published_at, p.valid_until, p.closed_at, p.close_outcome, p.created_at,
				CASE WHEN p.state = 'published' AND p.valid_until < ? THEN 'expired' ELSE p.state END AS state
			FROM position p JOIN org o ON o.id = p.org_id
			WHERE p.state <> 'draft' AND %s AND p.id > CAST(? AS BIGINT) ORDER BY p.id LIMIT ?`,
		columns: append(postCells(e, func(r positionRow) post { return r.post }),
			cell("region", 24, sheet.Text, func(r positionRow, _ i18n.Printer) any { return e.place(r.Region) }),
			cell("address", 30, sheet.Text, func(r positionRow, _ i18n.Printer) any { return r.Address }),
			cell("headcount", 10, sheet.Whole, func(r positionRow, _ i18n.Printer) any { return r.Headcount }),
			cell("filled", 10, sheet.Whole, func(r positionRow, _ i18n.Printer) any { return r.Filled }),
			cell("pay_min", 12, sheet.Decimal, func(r positionRow, _ i18n.Printer) any { return fen(r.PayMin) }),
			cell("pay_max", 12, sheet.Decimal, func(r positionRow, _ i18n.Printer) any { return fen(r.PayMax) }),
			cell("pay_unit", 10, sheet.Text, func(r positionRow, p i18n.Printer) any { return p.T("export.unit."+string(r.PayUnit), nil) }),
			cell("pay_negotiable", 10, sheet.Text, func(r positionRow, p i18n.Printer) any { return yesNo(p, r.PayNegotiable) }),
			cell("pay_months", 10, sheet.Whole, func(r positionRow, _ i18n.Printer) any { return positive(r.PayMonths) }),
			cell("degree", 12, sheet.Text, func(r positionRow, p i18n.Printer) any { return p.T("degree."+string(r.Degree), nil) }),
			cell("majors", 24, sheet.Text, func(r positionRow, p i18n.Printer) any { return list(p, r.Majors.V) }),
			cell("skills", 24, sheet.Text, func(r positionRow, p i18n.Printer) any { return list(p, r.Skills.V) }),
			cell("state", 10, sheet.Text, func(r positionRow, p i18n.Printer) any { return p.T("position.state."+string(r.State), nil) }),
			cell("published_at", 17, sheet.Instant, func(r positionRow, _ i18n.Printer) any { return r.PublishedAt }),
			cell("valid_until", 12, sheet.Day, func(r positionRow, _ i18n.Printer) any { return r.ValidUntil }),
			cell("closed_at", 17, sheet.Instant, func(r positionRow, _ i18n.Printer) any { return r.ClosedAt }),
			cell("created_at", 17, sheet.Instant, func(r positionRow, _ i18n.Printer) any { return r.CreatedAt }),
		),
	}
}

// applicationRow is an application.
type applicationRow struct {
	ID id.ID `db:"id" json:"application"`
	post
	Name       string                     `db:"masked_name" json:"name"` // 王**
	State      application.State          `db:"state" json:"state"`
	CreatedAt  db.Time                    `db:"created_at" json:"created_at"`
	AnswerBy   calendar.Day               `db:"answer_by" json:"answer_by"`
	AnsweredAt db.Time                    `db:"answered_at" json:"answered_at,omitzero"`
	Placement  application.PlacementState `db:"placement_state" json:"placement"` // "" for none
}

func (r applicationRow) key() id.ID { return r.ID }

func (e *Exporter) applications() table[applicationRow] {
	cell := func(name string, width float64, format sheet.Format, value func(applicationRow, i18n.Printer) any) column[applicationRow] {
		return column[applicationRow]{name, width, format, value}
	}
	first := []column[applicationRow]{
		cell("application", 16, sheet.Code, func(r applicationRow, _ i18n.Printer) any { return r.ID.String() }),
	}
	return table[applicationRow]{
		title: "export.applications", at: "a.created_at",
		query: `
			SELECT a.id, ` + postColumns + `, SUBSTR(ac.name, 1, 1) || '**' AS masked_name, a.state, a.created_at, a.answer_by, a.answered_at,
				COALESCE(pl.state, '') AS placement_state
			FROM application a JOIN position p ON p.id = a.position_id JOIN org o ON o.id = a.org_id JOIN account ac ON ac.id = a.person_id
			LEFT JOIN placement pl ON pl.application_id = a.id
			WHERE %s AND a.id > CAST(? AS BIGINT) ORDER BY a.id LIMIT ?`,
		columns: append(append(first, postCells(e, func(r applicationRow) post { return r.post })...),
			cell("name", 10, sheet.Text, func(r applicationRow, _ i18n.Printer) any { return r.Name }),
			cell("state", 10, sheet.Text, func(r applicationRow, p i18n.Printer) any { return p.T("export.application."+string(r.State), nil) }),
			cell("applied_at", 17, sheet.Instant, func(r applicationRow, _ i18n.Printer) any { return r.CreatedAt }),
			cell("answer_by", 12, sheet.Day, func(r applicationRow, _ i18n.Printer) any { return r.AnswerBy }),
			cell("answered_at", 17, sheet.Instant, func(r applicationRow, _ i18n.Printer) any { return r.AnsweredAt }),
			cell("placement", 14, sheet.Text, func(r applicationRow, p i18n.Printer) any { return placementText(p, r.Placement) }),
		),
	}
}

// placementRow is a placement.
type placementRow struct {
	ID          id.ID `db:"id" json:"placement"`
	Application id.ID `db:"application_id" json:"application"`
	post
	Name       string                     `db:"masked_name" json:"name"` // 王**
	Employment db.Bool                    `db:"employment" json:"employment"`
	State      application.PlacementState `db:"state" json:"state"`
	StartOn    calendar.Day               `db:"start_on" json:"start_on"`
	ClaimedAt  db.Time                    `db:"claimed_at" json:"claimed_at"`
	DecidedAt  db.Time                    `db:"decided_at" json:"decided_at,omitzero"` // when the person last confirmed or disputed it
}

func (r placementRow) key() id.ID { return r.ID }

func (e *Exporter) placements() table[placementRow] {
	cell := func(name string, width float64, format sheet.Format, value func(placementRow, i18n.Printer) any) column[placementRow] {
		return column[placementRow]{name, width, format, value}
	}
	first := []column[placementRow]{
		cell("placement_id", 16, sheet.Code, func(r placementRow, _ i18n.Printer) any { return r.ID.String() }),
		cell("application", 16, sheet.Code, func(r placementRow, _ i18n.Printer) any { return r.Application.String() }),
	}
	return table[placementRow]{
		title: "export.placements", at: "pl.claimed_at",
		query: `
			SELECT pl.id, pl.application_id, ` + postColumns + `, SUBSTR(ac.name, 1, 1) || '**' AS masked_name, pl.employment, pl.state,
				pl.start_on, pl.claimed_at,
				(SELECT MAX(e.at) FROM placement_event e WHERE e.placement_id = pl.id AND e.verb IN ('confirm', 'dispute')) AS decided_at
			FROM placement pl JOIN position p ON p.id = pl.position_id JOIN org o ON o.id = pl.org_id JOIN account ac ON ac.id = pl.person_id
			WHERE %s AND pl.id > CAST(? AS BIGINT) ORDER BY pl.id LIMIT ?`,
		columns: append(append(first, postCells(e, func(r placementRow) post { return r.post })...),
			cell("name", 10, sheet.Text, func(r placementRow, _ i18n.Printer) any { return r.Name }),
			cell("employment", 10, sheet.Text, func(r placementRow, p i18n.Printer) any { return yesNo(p, r.Employment) }),
			cell("placement", 14, sheet.Text, func(r placementRow, p i18n.Printer) any { return placementText(p, r.State) }),
			cell("start_on", 12, sheet.Day, func(r placementRow, _ i18n.Printer) any { return r.StartOn }),
			cell("claimed_at", 17, sheet.Instant, func(r placementRow, _ i18n.Printer) any { return r.ClaimedAt }),
			cell("decided_at", 17, sheet.Instant, func(r placementRow, _ i18n.Printer) any { return r.DecidedAt }),
		),
	}
}

func placementText(p i18n.Printer, s application.PlacementState) any {
	if s == "" {
		return nil
	}
	return p.T("export.placement."+string(s), nil)
}

// place names a region; a post may have none yet.
func (e *Exporter) place(code string) any {
	if code == "" {
		return nil
	}
	return e.tree.FullName(code)
}

// fen and positive leave a cell blank where nothing is stated.
func fen(v int64) any {
	if v == 0 {
		return nil
	}
	return sheet.Fen(v)
}

func positive(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

func yesNo(p i18n.Printer, yes db.Bool) any {
	if yes {
		return p.T("export.yes", nil)
	}
	return p.T("export.no", nil)
}

func list(p i18n.Printer, all []string) any { return strings.Join(all, p.T("list.comma", nil)) }
