package report

import (
	"context"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// digestLines is how many lines each list of a digest keeps; the count beside it says how many there are.
const digestLines = 10

// OfPerson returns the week of the actor, stored and running weeks as for Weekly. Unauthenticated when nobody is
// signed in.
func (s *Service) OfPerson(ctx context.Context, who auth.Actor, week calendar.Week) (Digest, error) {
	if who.Account == 0 {
		return Digest{}, errs.Unauthenticated("error.unauthenticated")
	}
	body, stamp, err := take(ctx, s, ForPerson, who.Account.String(), week, func(q db.Q, w window) (DigestBody, error) {
		all, err := digests(ctx, q, w, []id.ID{who.Account})
		if err != nil {
			return DigestBody{}, err
		}
		return *all[who.Account], nil
	})
	return Digest{body, stamp}, err
}

// digestRow is a line of somebody's digest.
type digestRow struct {
	Person      id.ID        `db:"person_id"`
	Position    id.ID        `db:"position_id"`
	Application id.ID        `db:"application_id"`
	Title       string       `db:"title"`
	Org         string       `db:"org_name"`
	State       string       `db:"state"`
	Day         calendar.Day `db:"day"`
}

func (r digestRow) line() Line {
	return Line{Position: r.Position, Application: r.Application, Title: r.Title, Org: r.Org, State: r.State, Day: r.Day}
}

// digests writes the weeks of several persons.
func digests(ctx context.Context, q db.Q, w window, persons []id.ID) (map[id.ID]*DigestBody, error) {
	all := make(map[id.ID]*DigestBody, len(persons))
	for _, person := range persons {
		all[person] = &DigestBody{
			Report: ForPerson, Definitions: Definitions, Span: w.span(),
			MovedLines: []Line{}, DueLines: []Line{}, ClosingLines: []Line{},
		}
	}
	for _, read := range []func(context.Context, db.Q, window, []id.ID, map[id.ID]*DigestBody) error{
		moved, due, matched, closing,
	} {
		if err := read(ctx, q, w, persons, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func first(lines []Line, r digestRow) []Line {
	if len(lines) < digestLines {
		lines = append(lines, r.line())
	}
	return lines
}

// moved: organizations did something with the person's applications, whatever it was; each application counts once, as
// it stood last.
func moved(ctx context.Context, q db.Q, w window, persons []id.ID, all map[id.ID]*DigestBody) error {
	var found []digestRow
	if err := q.Select(ctx, &found, `
		SELECT a.person_id, a.position_id, a.id AS application_id, p.title, o.name AS org_name, e.to_state AS state, '' AS day
		FROM application a JOIN application_event e ON e.application_id = a.id
			JOIN position p ON p.id = a.position_id JOIN org o ON o.id = a.org_id
		WHERE a.person_id IN (?) AND e.at >= ? AND e.at < ? AND COALESCE(e.account_id, 0) <> a.person_id AND NOT EXISTS (
			SELECT 1 FROM application_event l WHERE l.application_id = a.id AND COALESCE(l.account_id, 0) <> a.person_id
				AND l.at < ? AND (l.at > e.at OR l.at = e.at AND l.id > e.id))
		ORDER BY e.at DESC, e.id DESC`, persons, db.At(w.from), db.At(w.to), db.At(w.to)); err != nil {
		return err
	}
	for _, r := range found {
		d := all[r.Person]
		d.Moved++
		d.MovedLines = first(d.MovedLines, r)
	}
	return nil
}

// due: answers that the person waits for.
func due(ctx context.Context, q db.Q, w window, persons []id.ID, all map[id.ID]*DigestBody) error {
	inner, args := w.bind(promised, ofPersons(persons))
	var found []digestRow
	if err := q.Select(ctx, &found, `
		SELECT r.person_id, r.position_id, r.application_id, p.title, o.name AS org_name, r.step AS state, a.answer_by AS day
		FROM (`+inner+`) r JOIN application a ON a.id = r.application_id
			JOIN position p ON p.id = r.position_id JOIN org o ON o.id = r.org_id
		ORDER BY a.answer_by, a.id`, args...); err != nil {
		return err
	}
	for _, r := range found {
		d := all[r.Person]
		if r.State == "overdue" {
			d.Overdue++
		} else {
			d.Due++
		}
		d.DueLines = first(d.DueLines, r)
	}
	return nil
}

// matched: posts that the person's saved searches met in the week, as far as they are still searched for.
func matched(ctx context.Context, q db.Q, w window, persons []id.ID, all map[id.ID]*DigestBody) error {
	var found []struct {
		Person  id.ID `db:"person_id"`
		Matches int   `db:"n"`
	}
	if err := q.Select(ctx, &found, `
		SELECT s.account_id AS person_id, COUNT(DISTINCT m.position_id) AS n
		FROM saved_search s JOIN match m ON m.saved_search_id = s.id
		WHERE s.account_id IN (?) AND s.ended_at IS NULL AND m.found_at >= ? AND m.found_at < ? AND m.dropped_at IS NULL
		GROUP BY s.account_id`, persons, db.At(w.from), db.At(w.to)); err != nil {
		return err
	}
	for _, r := range found {
		all[r.Person].Matches = r.Matches
	}
	return nil
}

// closing: posts that are on show while the digest is made and close soon. A closed post is never named, so this reads
// the present and not the week's end.
func closing(ctx context.Context, q db.Q, w window, persons []id.ID, all map[id.ID]*DigestBody) error {
	var found []digestRow
	if err := q.Select(ctx, &found, `
		SELECT DISTINCT s.account_id AS person_id, p.id AS position_id, CAST(NULL AS BIGINT) AS application_id, p.title,
			o.name AS org_name, '' AS state, p.valid_until AS day
		FROM saved_search s JOIN match m ON m.saved_search_id = s.id
			JOIN position p ON p.id = m.position_id JOIN org o ON o.id = p.org_id
		WHERE s.account_id IN (?) AND s.ended_at IS NULL AND m.dropped_at IS NULL
			AND `+position.OnShow+` AND p.valid_until > ? AND p.valid_until <= ?
			AND NOT EXISTS (SELECT 1 FROM application a WHERE a.position_id = p.id AND a.person_id = s.account_id)
		ORDER BY p.valid_until, p.id`, persons, w.today, w.day, w.day.Add(soonDays)); err != nil {
		return err
	}
	for _, r := range found {
		d := all[r.Person]
		d.Closing++
		d.ClosingLines = first(d.ClosingLines, r)
	}
	return nil
}
