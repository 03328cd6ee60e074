package application

import (
	"context"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
)

func save(ctx context.Context, tx *db.Tx, a Application) error {
	a.UpdatedAt = db.At(tx.Now)
	return tx.Update(ctx, "application", a)
}

func addEvent(ctx context.Context, tx *db.Tx, who auth.Actor, application id.ID, verb string, from, to State, reason string) error {
	return tx.Insert(ctx, "application_event", Event{
		ID: tx.NewID(), Application: application, At: db.At(tx.Now), Account: who.Account, Verb: verb, From: from, To: to, Reason: reason,
	})
}

func activeOf(ctx context.Context, q db.Q, account, positionID id.ID) (Application, error) {
	var a Application
	err := q.Get(ctx, &a, `SELECT `+db.Columns[Application]("a")+` FROM application a WHERE position_id = ? AND person_id = ? AND state <> 'withdrawn'`,
		positionID, account)
	return a, err
}

func getOwn(ctx context.Context, q db.Q, who auth.Actor, application id.ID, hold string) (Application, error) {
	var a Application
	err := q.Get(ctx, &a, `SELECT `+db.Columns[Application]("a")+` FROM application a WHERE id = ? AND person_id = ?`+hold, application, who.Account)
	return a, err
}

// getForOrg returns an application to an organization that the actor edits for; hold is what to do with it meanwhile, see
// db.Tx. Forbidden when they may only read it.
func getForOrg(ctx context.Context, q db.Q, who auth.Actor, application id.ID, hold string) (Application, error) {
	member := auth.Actor{Account: who.Account, Orgs: who.Orgs}
	if who.IsSystem() {
		member = who
	}
	where, args := org.Scope(member, "o")
	var a Application
	err := q.Get(ctx, &a, `SELECT `+db.Columns[Application]("a")+` FROM application a JOIN org o ON o.id = a.org_id WHERE a.id = ? AND `+where+hold,
		append([]any{application}, args...)...)
	if err != nil {
		return a, err
	}
	return a, who.NeedOrg(a.Org, auth.Editor)
}

// scope limits application a of organization o to its person, its organization and its bureau.
func scope(who auth.Actor) (where string, args []any) {
	where, args = org.Scope(who, "o")
	return "(a.person_id = ? OR " + where + ")", append([]any{int64(who.Account)}, args...)
}

// Get returns an application for its person, its organization or its bureau.
func (s *Service) Get(ctx context.Context, who auth.Actor, application id.ID) (Application, error) {
	where, args := scope(who)
	var a Application
	err := s.db.Get(ctx, &a, `SELECT `+db.Columns[Application]("a")+` FROM application a JOIN org o ON o.id = a.org_id WHERE a.id = ? AND `+where,
		append([]any{application}, args...)...)
	return a, err
}

// Find returns the actor's application for a position that is not withdrawn. NotFound when there is none.
func (s *Service) Find(ctx context.Context, who auth.Actor, positionID id.ID) (Application, error) {
	return activeOf(ctx, s.db, who.Account, positionID)
}

// Listed is an application together with what a list shows of its position and placement.
type Listed struct {
	Application
	Title          string         `db:"title"`
	Kind           position.Kind  `db:"kind"`
	OrgName        string         `db:"org_name"`
	Employer       string         `db:"employer"`
	PlacementID    id.ID          `db:"placement_id"`
	PlacementState PlacementState `db:"placement_state"`
}

const listedFrom = ` FROM application a
	JOIN position p ON p.id = a.position_id
	JOIN org o ON o.id = a.org_id
	LEFT JOIN placement pl ON pl.application_id = a.id`

func listedColumns() string {
	return db.Columns[Application]("a") + `, p.title, p.kind, o.name AS org_name, p.employer, pl.id AS placement_id, COALESCE(pl.state, '') AS placement_state`
}

// Filter limits a list of applications; a zero field does not.
type Filter struct {
	Position id.ID
	State    State
	Overdue  bool
	After    id.ID // for the next page: the last id of the page before
	Limit    int   // at most 200; 0 means 50
}

// OfPerson lists the actor's own applications, newest first.
func (s *Service) OfPerson(ctx context.Context, who auth.Actor, f Filter) ([]Listed, error) {
	return s.list(ctx, "a.person_id = ?", []any{who.Account}, f)
}

// OfOrg lists the applications to an organization, newest first. Forbidden unless the actor works for it.
func (s *Service) OfOrg(ctx context.Context, who auth.Actor, owner id.ID, f Filter) ([]Listed, error) {
	if err := who.NeedOrg(owner, auth.Viewer); err != nil {
		return nil, err
	}
	return s.list(ctx, "a.org_id = ?", []any{owner}, f)
}

// OfBureau lists the applications in the bureau's region, newest first. What the persons sent is not for the bureau: do
// not open it.
func (s *Service) OfBureau(ctx context.Context, who auth.Actor, f Filter) ([]Listed, error) {
	if err := who.NeedBureau(auth.Reviewer); err != nil {
		return nil, err
	}
	where, args := org.Scope(auth.Actor{Account: who.Account, Bureau: who.Bureau}, "o")
	return s.list(ctx, where, args, f)
}

func (s *Service) list(ctx context.Context, where string, args []any, f Filter) ([]Listed, error) {
	query := `SELECT ` + listedColumns() + listedFrom + ` WHERE ` + where
	add := func(cond string, values ...any) {
		query += " AND " + cond
		args = append(args, values...)
	}
	if f.Position != 0 {
		add("a.position_id = ?", f.Position)
	}
	if f.State != "" {
		add("a.state = ?", f.State)
	}
	if f.Overdue {
		add("a.answered_at IS NULL AND a.state IN ('received', 'viewed') AND a.answer_by < ?", calendar.DayOf(s.db.Clock().Now()))
	}
	if f.After != 0 {
		add("a.id < ?", f.After)
	}
	limit := f.Limit
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	all := []Listed{}
	err := s.db.Select(ctx, &all, query+" ORDER BY a.id DESC LIMIT ?", append(args, limit)...)
	return all, err
}

// History lists what happened to an application, oldest first, for those who may see it.
func (s *Service) History(ctx context.Context, who auth.Actor, application id.ID) ([]Event, error) {
	if _, err := s.Get(ctx, who, application); err != nil {
		return nil, err
	}
	all := []Event{}
	err := s.db.Select(ctx, &all, `SELECT `+db.Columns[Event]("e")+` FROM application_event e WHERE application_id = ? ORDER BY at, id`, application)
	return all, err
}

// Notes lists the organization's notes on an application, oldest first. Forbidden unless the actor works for it.
func (s *Service) Notes(ctx context.Context, who auth.Actor, a Application) ([]Note, error) {
	if err := who.NeedOrg(a.Org, auth.Viewer); err != nil {
		return nil, err
	}
	all := []Note{}
	err := s.db.Select(ctx, &all, `SELECT `+db.Columns[Note]("n")+` FROM application_note n WHERE application_id = ? ORDER BY at, id`, a.ID)
	return all, err
}

// lastNote returns the newest note on an application, the zero Note when there is none.
func lastNote(ctx context.Context, q db.Q, application id.ID) (Note, error) {
	var n Note
	err := q.Get(ctx, &n, `SELECT `+db.Columns[Note]("n")+` FROM application_note n WHERE application_id = ? ORDER BY at DESC, id DESC LIMIT 1`, application)
	if errs.Is(err, errs.KindNotFound) {
		return Note{}, nil
	}
	return n, err
}

// Replies is how an organization has answered in the 12 months before a day.
type Replies struct {
	Org      id.ID `db:"org_id"`
	Due      int   `db:"due"`      // applications whose answer-by date has passed, or that were answered
	Answered int   `db:"answered"` // of those, answered by the promised date
}

// Rate returns the share answered in time, in whole percent; false when there is too little to say (fewer than 5).
func (r Replies) Rate() (percent int, ok bool) {
	if r.Due < 5 {
		return 0, false
	}
	return r.Answered * 100 / r.Due, true
}

// RepliesOf returns the reply figures of organizations over the last year, as of the beginning of today: public, and counted
// for every organization in the same way. Applications that were withdrawn before an answer count neither for nor against it.
func (s *Service) RepliesOf(ctx context.Context, orgs []id.ID) (map[id.ID]Replies, error) {
	now := s.db.Clock().Now()
	var all []Replies
	err := s.db.Select(ctx, &all, `
		SELECT `+repliesColumns+` FROM application WHERE org_id IN (?) AND `+counted+` GROUP BY org_id`,
		orgs, yearBefore(now), calendar.DayOf(now))
	return byOrg(all), err
}

// What counts for Replies, since an instant and before a day.
const (
	repliesColumns = `org_id, COUNT(*) AS due, SUM(COALESCE(in_time, 0)) AS answered`
	counted        = `created_at > ? AND (in_time IS NOT NULL OR state <> 'withdrawn' AND answer_by < ?)`
)

// yearBefore is since when they count: the same all day long.
func yearBefore(now time.Time) db.Time { return db.At(calendar.DayOf(now).Start().AddDate(-1, 0, 0)) }

func byOrg(all []Replies) map[id.ID]Replies {
	out := make(map[id.ID]Replies, len(all))
	for _, r := range all {
		out[r.Org] = r
	}
	return out
}

// AllReplies returns the reply figures of all organizations that have any, counted as RepliesOf counts them.
func AllReplies(ctx context.Context, q db.Q, now time.Time) (map[id.ID]Replies, error) {
	var all []Replies
	err := q.Select(ctx, &all, `SELECT `+repliesColumns+` FROM application WHERE `+counted+` GROUP BY org_id`,
		yearBefore(now), calendar.DayOf(now))
	return byOrg(all), err
}

// ReceivedSince counts the applications to each organization since an instant.
func ReceivedSince(ctx context.Context, q db.Q, since time.Time) (map[id.ID]int, error) {
	var all []struct {
		Org id.ID `db:"org_id"`
		N   int   `db:"n"`
	}
	err := q.Select(ctx, &all, `SELECT org_id, COUNT(*) AS n FROM application WHERE created_at >= ? GROUP BY org_id`, db.At(since))
	out := make(map[id.ID]int, len(all))
	for _, one := range all {
		out[one.Org] = one.N
	}
	return out, err
}

// waits is the SQL condition for an application (a) to which the organization owes an answer.
const waits = `a.answered_at IS NULL AND a.state IN ('received', 'viewed')`

// Desk limits an organization's list of applications; a zero field does not.
type Desk struct {
	Position id.ID
	State    State
	Waiting  bool // for an answer
	Overdue  bool // waiting, and promised for a day that is over
	// ByAnswer puts those first that wait for an answer, the one that was promised soonest on top; else the newest is on top.
	ByAnswer bool
	Offset   int
	Limit    int // at most 200; 0 means 50
}

// OnDesk lists the applications to an organization. Forbidden unless the actor works for it.
func (s *Service) OnDesk(ctx context.Context, who auth.Actor, owner id.ID, f Desk) ([]Listed, error) {
	if err := who.NeedOrg(owner, auth.Viewer); err != nil {
		return nil, err
	}
	query, args := `SELECT `+listedColumns()+listedFrom+` WHERE a.org_id = ?`, []any{owner}
	if f.Position != 0 {
		query, args = query+" AND a.position_id = ?", append(args, f.Position)
	}
	if f.State != "" {
		query, args = query+" AND a.state = ?", append(args, f.State)
	}
	if f.Waiting || f.Overdue {
		query += " AND " + waits
	}
	if f.Overdue {
		query, args = query+" AND a.answer_by < ?", append(args, calendar.DayOf(s.db.Clock().Now()))
	}
	order := " ORDER BY a.id DESC"
	if f.ByAnswer {
		order = " ORDER BY CASE WHEN " + waits + " THEN 0 ELSE 1 END, a.answer_by, a.id"
	}
	limit := f.Limit
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	all := []Listed{}
	err := s.db.Select(ctx, &all, query+order+" LIMIT ? OFFSET ?", append(args, limit, f.Offset)...)
	return all, err
}

// DeskCount is what waits at an organization.
type DeskCount struct {
	All      int
	ByState  map[State]int
	Waiting  int // for an answer
	DueToday int // of those, to be answered today
	Overdue  int // of those, should have been answered before today
}

// CountOnDesk counts the applications to an organization, or to one of its posts unless position is zero. Forbidden unless
// the actor works for it.
func (s *Service) CountOnDesk(ctx context.Context, who auth.Actor, owner, position id.ID) (DeskCount, error) {
	c := DeskCount{ByState: map[State]int{}}
	if err := who.NeedOrg(owner, auth.Viewer); err != nil {
		return c, err
	}
	today := calendar.DayOf(s.db.Clock().Now())
	var rows []struct {
		State   State `db:"state"`
		N       int   `db:"n"`
		Waiting int   `db:"waiting"`
		Due     int   `db:"due"`
		Overdue int   `db:"overdue"`
	}
	err := s.db.Select(ctx, &rows, `
		SELECT a.state, COUNT(*) AS n, SUM(CASE WHEN `+waits+` THEN 1 ELSE 0 END) AS waiting,
			SUM(CASE WHEN `+waits+` AND a.answer_by = ? THEN 1 ELSE 0 END) AS due,
			SUM(CASE WHEN `+waits+` AND a.answer_by < ? THEN 1 ELSE 0 END) AS overdue
		FROM application a WHERE a.org_id = ? AND (CAST(? AS BIGINT) = 0 OR a.position_id = ?) GROUP BY a.state`,
		today, today, owner, int64(position), int64(position))
	for _, r := range rows {
		c.ByState[r.State] = r.N
		c.All += r.N
		c.Waiting += r.Waiting
		c.DueToday += r.Due
		c.Overdue += r.Overdue
	}
	return c, err
}

// PositionCount is how many applications a post has.
type PositionCount struct {
	Position id.ID  `db:"position_id"`
	Title    string `db:"title"`
	All      int    `db:"n"`
	Waiting  int    `db:"waiting"` // for an answer
}

// CountByPosition counts the applications to the posts of an organization that have any, newest post first, at most 500; only
// to the given ones if any are given. Forbidden unless the actor works for it.
func (s *Service) CountByPosition(ctx context.Context, who auth.Actor, owner id.ID, positions ...id.ID) ([]PositionCount, error) {
	if err := who.NeedOrg(owner, auth.Viewer); err != nil {
		return nil, err
	}
	where, args := "a.org_id = ?", []any{owner}
	if len(positions) > 0 {
		where, args = where+" AND a.position_id IN (?)", append(args, positions)
	}
	all := []PositionCount{}
	err := s.db.Select(ctx, &all, `
		SELECT a.position_id, p.title, COUNT(*) AS n, SUM(CASE WHEN `+waits+` THEN 1 ELSE 0 END) AS waiting
		FROM application a JOIN position p ON p.id = a.position_id
		WHERE `+where+` GROUP BY a.position_id, p.title ORDER BY a.position_id DESC LIMIT 500`, args...)
	return all, err
}

// PlacementsOfOrg counts the placements that an organization claimed, by how far they can be believed. Forbidden unless the
// actor works for it.
func (s *Service) PlacementsOfOrg(ctx context.Context, who auth.Actor, owner id.ID) (map[PlacementState]int, error) {
	if err := who.NeedOrg(owner, auth.Viewer); err != nil {
		return nil, err
	}
	var rows []struct {
		State PlacementState `db:"state"`
		N     int            `db:"n"`
	}
	err := s.db.Select(ctx, &rows, `SELECT state, COUNT(*) AS n FROM placement WHERE org_id = ? GROUP BY state`, owner)
	out := make(map[PlacementState]int, len(rows))
	for _, r := range rows {
		out[r.State] = r.N
	}
	return out, err
}
