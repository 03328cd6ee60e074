package position

import (
	"context"
	"reflect"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/memo"
	"zhigang/internal/org"
	"zhigang/internal/region"
)

// OnShow is the SQL condition for a position (p) of an organization (o) that everybody may see; its one mark is today.
const OnShow = `p.state = 'published' AND p.valid_until >= ? AND o.state = 'approved'`

func save(ctx context.Context, tx *db.Tx, p Position) error {
	p.UpdatedAt = db.At(tx.Now)
	return tx.Update(ctx, "position", p, "filled") // applications count it up and down meanwhile
}

func addEvent(ctx context.Context, tx *db.Tx, who auth.Actor, position id.ID, verb string, from, to State, note string) error {
	return tx.Insert(ctx, "position_event", Event{
		ID: tx.NewID(), Position: position, At: db.At(tx.Now), Account: who.Account, Verb: verb, From: from, To: to, Note: note,
	})
}

// getScoped returns a position of the actor's organizations or region; hold is what to do with it meanwhile, see db.Tx.
// A bureau knows nothing of drafts: they have never left the organization's desk.
func getScoped(ctx context.Context, q db.Q, who auth.Actor, position id.ID, hold string) (Position, error) {
	where, args := org.Scope(who, "o")
	var p Position
	err := q.Get(ctx, &p, `SELECT `+db.Columns[Position]("p")+` FROM position p JOIN org o ON o.id = p.org_id WHERE p.id = ? AND `+where+hold,
		append([]any{position}, args...)...)
	if err == nil && p.State == Draft && !who.InOrg(p.OrgID, auth.Viewer) {
		return Position{}, errs.NotFound("error.not_found")
	}
	return p, err
}

// Get returns a position for its organization or its bureau. NotFound for everybody else.
func (s *Service) Get(ctx context.Context, who auth.Actor, position id.ID) (Position, error) {
	return getScoped(ctx, s.db, who, position, "")
}

// keptDays is for how long a post that has ended keeps its page.
const keptDays = 90

// Public returns a position as everybody may see it, with its organization: one that is on show, or that was within the
// last 90 days, so that links keep working. NotFound for everything else.
func (s *Service) Public(ctx context.Context, position id.ID) (Position, org.Org, error) {
	var p Position
	if err := s.db.Get(ctx, &p, `SELECT `+db.Columns[Position]("p")+` FROM position p WHERE id = ?`, position); err != nil {
		return p, org.Org{}, err
	}
	o, err := ownerOf(ctx, s.db, p.OrgID)
	if err != nil {
		return p, o, err
	}
	today := calendar.DayOf(s.db.Clock().Now())
	ended := calendar.DayOf(p.ClosedAt.Time)
	if p.ClosedAt.IsZero() {
		ended = p.ValidUntil
	}
	seen := !p.PublishedAt.IsZero() && (p.State == Published || p.State == Expired || p.State == Closed || p.State == Withdrawn)
	if !seen || o.State != org.Approved || ended.Until(today) > keptDays {
		return Position{}, org.Org{}, errs.NotFound("position.gone")
	}
	return p, o, nil
}

// Listed is a position together with what a list shows of its organization.
type Listed struct {
	Position
	OrgName     string       `db:"org_name"`
	OrgKind     org.Kind     `db:"org_kind"`
	OrgRegion   string       `db:"org_region"`
	Rating      int          `db:"rating"`
	RatingUntil calendar.Day `db:"rating_until"`
}

// EmployerName returns who hires: the member unit, or the organization itself.
func (l Listed) EmployerName() string {
	if l.Employer != "" {
		return l.Employer
	}
	return l.OrgName
}

// ListedColumns are the columns of Listed for a query that joins position p and org o.
func ListedColumns() string {
	return db.Columns[Position]("p") + listedOrg
}

const listedOrg = `, o.name AS org_name, o.kind AS org_kind, o.region_code AS org_region, o.rating AS rating, o.rating_until AS rating_until`

// OnShowByID returns those of the given positions that are on show today, in the order of ids.
func (s *Service) OnShowByID(ctx context.Context, ids []id.ID) ([]Listed, error) {
	return OnShowByID(ctx, s.db, ids, calendar.DayOf(s.db.Clock().Now()))
}

// OnShowByID is the method of the same name, for readers that bring their own Q and day.
func OnShowByID(ctx context.Context, q db.Q, ids []id.ID, today calendar.Day) ([]Listed, error) {
	byID, err := onShow(ctx, q, ListedColumns(), ids, today)
	all := make([]Listed, 0, len(byID))
	for _, one := range ids {
		if l, ok := byID[one]; ok {
			all = append(all, l)
		}
	}
	return all, err
}

// BriefOnShow returns what lists show, which is no more of a position than a card does: what only its own page and the
// review show is left empty, the long texts above all. Reading them takes longer than all the rest.
func BriefOnShow(ctx context.Context, q db.Q, ids []id.ID, today calendar.Day) (map[id.ID]Listed, error) {
	return onShow(ctx, q, db.ColumnsBut[Position]("p",
		"employer_code", "employer_profile", "entrustment_id", "duties", "requirements", "employment", "conditions", "address",
		"source", "source_note", "risk_statement", "dangerous", "talent_form", "pay_month_min", "pay_month_max", "review_note",
		"review_fields", "close_outcome", "submitted_at", "closed_at", "import_key", "created_by", "created_at", "version",
	)+listedOrg, ids, today)
}

func onShow(ctx context.Context, q db.Q, columns string, ids []id.ID, today calendar.Day) (map[id.ID]Listed, error) {
	var found []Listed
	err := q.Select(ctx, &found, `SELECT `+columns+` FROM position p JOIN org o ON o.id = p.org_id WHERE `+OnShow+` AND p.id IN (?)`,
		today, ids)
	byID := make(map[id.ID]Listed, len(found))
	for _, l := range found {
		byID[l.ID] = l
	}
	return byID, err
}

// Newest returns positions that are on show, newest first: what the pages offer when the search index is down.
func (s *Service) Newest(ctx context.Context, limit, offset int) ([]Listed, error) {
	return s.onShow(ctx, "p.published_at DESC, p.id DESC", limit, offset)
}

// Closing returns positions that are on show and end soonest.
func (s *Service) Closing(ctx context.Context, limit int) ([]Listed, error) {
	return s.onShow(ctx, "p.valid_until, p.id", limit, 0)
}

func (s *Service) onShow(ctx context.Context, order string, limit, offset int) ([]Listed, error) {
	all := []Listed{}
	err := s.db.Select(ctx, &all, `SELECT `+ListedColumns()+` FROM position p JOIN org o ON o.id = p.org_id WHERE `+OnShow+` ORDER BY `+order+` LIMIT ? OFFSET ?`,
		calendar.DayOf(s.db.Clock().Now()), limit, offset)
	return all, err
}

// OfOrg returns the positions of one organization that are on show, newest first.
func (s *Service) OfOrg(ctx context.Context, owner id.ID, limit int) ([]Listed, error) {
	all := []Listed{}
	err := s.db.Select(ctx, &all, `SELECT `+ListedColumns()+` FROM position p JOIN org o ON o.id = p.org_id WHERE `+OnShow+` AND p.org_id = ? ORDER BY p.published_at DESC, p.id DESC LIMIT ?`,
		calendar.DayOf(s.db.Clock().Now()), owner, limit)
	return all, err
}

// Filter limits a list of positions; a zero field does not.
type Filter struct {
	Org    id.ID
	State  State
	Kind   Kind
	Region string // of the organization
	Title  string // part of the title
	After  id.ID  // for the next page: the last id of the page before
	Limit  int    // at most 200; 0 means 50
}

// List returns positions of the actor's organizations and region: those that wait for review first come, first served,
// others newest first. A bureau does not see drafts.
func (s *Service) List(ctx context.Context, who auth.Actor, f Filter) ([]Listed, error) {
	where, args := org.Scope(who, "o")
	query := `SELECT ` + ListedColumns() + ` FROM position p JOIN org o ON o.id = p.org_id WHERE ` + where
	add := func(cond string, values ...any) {
		query += " AND " + cond
		args = append(args, values...)
	}
	if f.Org != 0 {
		add("p.org_id = ?", f.Org)
	}
	if f.Org == 0 || !who.InOrg(f.Org, auth.Viewer) {
		add("p.state <> 'draft'")
	}
	if f.State != "" {
		add("p.state = ?", f.State)
	}
	if f.Kind != "" {
		add("p.kind = ?", f.Kind)
	}
	if f.Region != "" {
		lo, hi := region.Scope(f.Region)
		add("o.region_code >= ? AND o.region_code < ?", lo, hi)
	}
	if f.Title != "" {
		add("p.title LIKE ? ESCAPE '!'", "%"+db.EscapeLike(f.Title)+"%")
	}
	order := " ORDER BY p.id DESC"
	if f.State == Submitted {
		order = " ORDER BY p.submitted_at, p.id"
		if f.After != 0 {
			add("(p.submitted_at, p.id) > (SELECT q.submitted_at, q.id FROM position q WHERE q.id = ?)", f.After)
		}
	} else if f.After != 0 {
		add("p.id < ?", f.After)
	}
	limit := f.Limit
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	all := []Listed{}
	err := s.db.Select(ctx, &all, query+order+" LIMIT ?", append(args, limit)...)
	return all, err
}

// History lists what happened to a position, oldest first, for those who may see it.
func (s *Service) History(ctx context.Context, who auth.Actor, position id.ID) ([]Event, error) {
	if _, err := s.Get(ctx, who, position); err != nil {
		return nil, err
	}
	all := []Event{}
	err := s.db.Select(ctx, &all, `SELECT `+db.Columns[Event]("e")+` FROM position_event e WHERE position_id = ? ORDER BY at, id`, position)
	return all, err
}

// Open counts posts and the people they look for, side by side.
type Open struct {
	Kind      Kind `db:"kind"`
	Posts     int  `db:"posts"`
	Headcount int  `db:"headcount"`
}

// CountOnShow counts what is on show, by kind. Where there is so much that this takes long, the numbers may be some
// seconds old, see package memo. The map is shared: nobody changes it.
func (s *Service) CountOnShow(ctx context.Context) (map[Kind]Open, error) {
	today := calendar.DayOf(s.db.Clock().Now())
	return memo.Remember(s.memo, "on show "+string(today), func() (map[Kind]Open, error) {
		var all []Open
		err := s.db.Select(ctx, &all, `
			SELECT p.kind, COUNT(*) AS posts, SUM(p.headcount) AS headcount
			FROM position p JOIN org o ON o.id = p.org_id WHERE `+OnShow+` GROUP BY p.kind`, today)
		out := make(map[Kind]Open, len(all))
		for _, one := range all {
			out[one.Kind] = one
		}
		return out, err
	})
}

// CountOfOrg counts what an organization has on show; Kind is left open.
func (s *Service) CountOfOrg(ctx context.Context, owner id.ID) (Open, error) {
	var open Open
	err := s.db.Get(ctx, &open, `
		SELECT '' AS kind, COUNT(*) AS posts, COALESCE(SUM(p.headcount), 0) AS headcount
		FROM position p JOIN org o ON o.id = p.org_id WHERE `+OnShow+` AND p.org_id = ?`, calendar.DayOf(s.db.Clock().Now()), owner)
	return open, err
}

// shownState is the SQL of StateOn for position p; its one mark is today.
const shownState = `CASE WHEN p.state = 'published' AND p.valid_until < ? THEN 'expired' ELSE p.state END`

// Desk limits an organization's list of its own posts; a zero field does not.
type Desk struct {
	State  State        // as StateOn shows it today
	Title  string       // part of the title
	EndsBy calendar.Day // open until that day at the latest
	Offset int
	Limit  int // at most 200; 0 means 50
}

// OnDesk lists the posts of an organization, the one that was changed last first. Forbidden unless the actor works for it.
func (s *Service) OnDesk(ctx context.Context, who auth.Actor, owner id.ID, f Desk) ([]Position, error) {
	where, args, err := s.desk(who, owner, f)
	if err != nil {
		return nil, err
	}
	limit := f.Limit
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	all := []Position{}
	err = s.db.Select(ctx, &all, `SELECT `+db.Columns[Position]("p")+` FROM position p WHERE `+where+` ORDER BY p.updated_at DESC, p.id DESC LIMIT ? OFFSET ?`,
		append(args, limit, f.Offset)...)
	return all, err
}

// CountOnDesk counts the posts that OnDesk would list, by the state that is shown today. Forbidden as for OnDesk.
func (s *Service) CountOnDesk(ctx context.Context, who auth.Actor, owner id.ID, f Desk) (map[State]int, error) {
	where, args, err := s.desk(who, owner, f)
	if err != nil {
		return nil, err
	}
	var all []struct {
		State State `db:"shown"`
		N     int   `db:"n"`
	}
	err = s.db.Select(ctx, &all, `SELECT q.shown, COUNT(*) AS n FROM (SELECT `+shownState+` AS shown FROM position p WHERE `+where+`) q GROUP BY q.shown`,
		append([]any{calendar.DayOf(s.db.Clock().Now())}, args...)...)
	out := make(map[State]int, len(all))
	for _, one := range all {
		out[one.State] = one.N
	}
	return out, err
}

func (s *Service) desk(who auth.Actor, owner id.ID, f Desk) (where string, args []any, err error) {
	if err := who.NeedOrg(owner, auth.Viewer); err != nil {
		return "", nil, err
	}
	where, args = "p.org_id = ?", []any{owner}
	if f.State != "" {
		where += " AND " + shownState + " = ?"
		args = append(args, calendar.DayOf(s.db.Clock().Now()), f.State)
	}
	if f.Title != "" {
		where += " AND p.title LIKE ? ESCAPE '!'"
		args = append(args, "%"+db.EscapeLike(f.Title)+"%")
	}
	if f.EndsBy != "" {
		where += " AND p.valid_until <> '' AND p.valid_until <= ?"
		args = append(args, f.EndsBy)
	}
	return where, args, nil
}

// twinAge is for how long a form that comes again is taken for the same one.
const twinAge = 10 * time.Minute

// Twin returns the post that the actor made for an organization in the last minutes with just this content: a form that
// was sent twice. NotFound when there is none.
func (s *Service) Twin(ctx context.Context, who auth.Actor, owner id.ID, c Content) (Position, error) {
	if err := who.NeedOrg(owner, auth.Editor); err != nil {
		return Position{}, err
	}
	return twin(ctx, s.db, who, owner, c, s.db.Clock().Now())
}

func twin(ctx context.Context, q db.Q, who auth.Actor, owner id.ID, c Content, now time.Time) (Position, error) {
	c.tidy()
	var recent []Position
	err := q.Select(ctx, &recent, `
		SELECT `+db.Columns[Position]("p")+` FROM position p
		WHERE p.org_id = ? AND p.created_by = ? AND p.created_at > ? AND p.title = ? ORDER BY p.id DESC LIMIT 20`,
		owner, who.Account, db.At(now.Add(-twinAge)), c.Title)
	for _, p := range recent {
		if reflect.DeepEqual(p.Content, c) {
			return p, nil
		}
	}
	if err == nil {
		err = errs.NotFound("error.not_found")
	}
	return Position{}, err
}

// Known returns a position in whatever state, with its organization, for somebody who has a part in it for good: who
// applied still reads what for when the post is gone. The caller has checked that.
func (s *Service) Known(ctx context.Context, position id.ID) (Position, org.Org, error) {
	var p Position
	if err := s.db.Get(ctx, &p, `SELECT `+db.Columns[Position]("p")+` FROM position p WHERE id = ?`, position); err != nil {
		return p, org.Org{}, err
	}
	o, err := ownerOf(ctx, s.db, p.OrgID)
	return p, o, err
}

// Dated is a position with when it last changed.
type Dated struct {
	ID        id.ID   `db:"id"`
	UpdatedAt db.Time `db:"updated_at"`
}

// Dates lists the positions that are on show in the order in which they were made, a page of limit after offset: for the
// site map.
func (s *Service) Dates(ctx context.Context, limit, offset int) ([]Dated, error) {
	all := []Dated{}
	err := s.db.Select(ctx, &all, `
		SELECT p.id, p.updated_at FROM position p JOIN org o ON o.id = p.org_id WHERE `+OnShow+` ORDER BY p.id LIMIT ? OFFSET ?`,
		calendar.DayOf(s.db.Clock().Now()), limit, offset)
	return all, err
}
