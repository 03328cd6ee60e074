package org

import (
	"context"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
)

// get returns an organization; hold is what to do with it meanwhile, see db.Tx.
func get(ctx context.Context, q db.Q, org id.ID, hold string) (Org, error) {
	var o Org
	err := q.Get(ctx, &o, `SELECT `+db.Columns[Org]("o")+` FROM org o WHERE id = ?`+hold, org)
	return o, err
}

// getScoped returns the organization if it lies in the bureau's region, or is the actor's own.
func getScoped(ctx context.Context, q db.Q, who auth.Actor, org id.ID, hold string) (Org, error) {
	where, args := Scope(who, "o")
	var o Org
	err := q.Get(ctx, &o, `SELECT `+db.Columns[Org]("o")+` FROM org o WHERE o.id = ? AND `+where+hold, append([]any{org}, args...)...)
	return o, err
}

// Scope returns the SQL condition that limits table org (known as alias) to what the actor may see: a bureau its region
// and below, a member their organizations, the program itself everything, everybody else nothing.
func Scope(who auth.Actor, alias string) (where string, args []any) {
	if who.IsSystem() {
		return "1 = 1", nil
	}
	orgs := make([]id.ID, 0, len(who.Orgs))
	for _, g := range who.Orgs {
		orgs = append(orgs, g.Org)
	}
	where, args = alias+".id IN (?)", []any{orgs}
	if who.Bureau != nil {
		lo, hi := region.Scope(who.Bureau.Region)
		where, args = "("+where+" OR "+alias+".region_code >= ? AND "+alias+".region_code < ?)", append(args, lo, hi)
	}
	return where, args
}

// Get returns an organization for its members or its bureau. NotFound for everybody else.
func (s *Service) Get(ctx context.Context, who auth.Actor, org id.ID) (Org, error) {
	return getScoped(ctx, s.db, who, org, "")
}

// Public returns an organization as everybody may see it. NotFound unless it is approved.
func (s *Service) Public(ctx context.Context, org id.ID) (Org, error) {
	o, err := get(ctx, s.db, org, "")
	if err == nil && o.State != Approved {
		return Org{}, errs.NotFound("error.not_found")
	}
	return o, err
}

// ByID returns the organizations with the given ids, in no order. For readers that have checked what may be seen.
func ByID(ctx context.Context, q db.Q, ids []id.ID) (map[id.ID]Org, error) {
	var all []Org
	if err := q.Select(ctx, &all, `SELECT `+db.Columns[Org]("o")+` FROM org o WHERE id IN (?)`, ids); err != nil {
		return nil, err
	}
	out := make(map[id.ID]Org, len(all))
	for _, o := range all {
		out[o.ID] = o
	}
	return out, nil
}

// ByCode returns the organization with a credit code, of several the one that was not returned. NotFound when there is
// none that the actor may see.
func (s *Service) ByCode(ctx context.Context, who auth.Actor, code Code) (Org, error) {
	where, args := Scope(who, "o")
	var o Org
	err := s.db.Get(ctx, &o, `SELECT `+db.Columns[Org]("o")+` FROM org o WHERE o.code = ? AND `+where+` ORDER BY CASE WHEN o.state = 'returned' THEN 1 ELSE 0 END, o.id DESC LIMIT 1`,
		append([]any{code}, args...)...)
	return o, err
}

// Filter limits a list of organizations; a zero field does not.
type Filter struct {
	State  State
	Region string
	Kind   Kind
	Name   string // part of the name
	After  id.ID  // for the next page: the last id of the page before
	Limit  int    // at most 200; 0 means 50
}

// List returns organizations that the actor may see: those that wait for review first come, first served; others newest first.
func (s *Service) List(ctx context.Context, who auth.Actor, f Filter) ([]Org, error) {
	where, args := Scope(who, "o")
	query := `SELECT ` + db.Columns[Org]("o") + ` FROM org o WHERE ` + where
	add := func(cond string, values ...any) {
		query += " AND " + cond
		args = append(args, values...)
	}
	if f.State != "" {
		add("o.state = ?", f.State)
	}
	if f.Kind != "" {
		add("o.kind = ?", f.Kind)
	}
	if f.Name != "" {
		add("o.name LIKE ? ESCAPE '!'", "%"+db.EscapeLike(f.Name)+"%")
	}
	if f.Region != "" {
		lo, hi := region.Scope(f.Region)
		add("o.region_code >= ? AND o.region_code < ?", lo, hi)
	}
	order := " ORDER BY o.id DESC"
	if f.State == Pending {
		order = " ORDER BY o.submitted_at, o.id"
	} else if f.After != 0 {
		add("o.id < ?", f.After)
	}
	limit := f.Limit
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	all := []Org{}
	err := s.db.Select(ctx, &all, query+order+" LIMIT ?", append(args, limit)...)
	return all, err
}

// Hosts lists approved, registered organizations of the region around code: those under which a filed one may live.
func (s *Service) Hosts(ctx context.Context, code string) ([]Org, error) {
	if region.LevelOf(code) == region.Street {
		code = region.Parent(code)
	}
	lo, hi := region.Scope(code)
	all := []Org{}
	err := s.db.Select(ctx, &all, `
		SELECT `+db.Columns[Org]("o")+` FROM org o
		WHERE state = 'approved' AND kind <> 'filed' AND region_code >= ? AND region_code < ?
		ORDER BY name LIMIT 500`, lo, hi)
	return all, err
}

// History lists what happened to an organization, oldest first, for those who may see it.
func (s *Service) History(ctx context.Context, who auth.Actor, org id.ID) ([]Event, error) {
	if _, err := s.Get(ctx, who, org); err != nil {
		return nil, err
	}
	all := []Event{}
	err := s.db.Select(ctx, &all, `SELECT `+db.Columns[Event]("e")+` FROM org_event e WHERE org_id = ? ORDER BY at, id`, org)
	return all, err
}

// Dated is an organization with when something last happened to it.
type Dated struct {
	ID        id.ID   `db:"id"`
	UpdatedAt db.Time `db:"updated_at"`
}

// Dates lists the approved organizations in the order in which they came, a page of limit after offset: for the site map.
func (s *Service) Dates(ctx context.Context, limit, offset int) ([]Dated, error) {
	all := []Dated{}
	err := s.db.Select(ctx, &all, `
		SELECT o.id, (SELECT MAX(e.at) FROM org_event e WHERE e.org_id = o.id) AS updated_at
		FROM org o WHERE o.state = 'approved' ORDER BY o.id LIMIT ? OFFSET ?`, limit, offset)
	return all, err
}

// CountApproved counts the organizations that everybody may see.
func (s *Service) CountApproved(ctx context.Context) (int, error) {
	var n int
	err := s.db.Get(ctx, &n, `SELECT COUNT(*) FROM org WHERE state = 'approved'`)
	return n, err
}
