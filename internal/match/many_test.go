package match_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// Many searches are taken in one go; each of them must be told what it would be told if it were taken alone, and wait, be
// dropped or be freed likewise.
func TestManyAreTakenAsOneByOne(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		r := rand.New(rand.NewPCG(7, 7))
		searches := several(t, w, r)
		posts := []position.Position{w.Draft("社区社工"), w.Draft("医务社工"), w.Draft("养老社工"), w.Draft("禁毒社工")}
		for n := range 60 { // more than one message tells of
			p := w.Draft(fmt.Sprintf("文员%d", n))
			p.Duties, p.Requirements, p.Majors.V, p.Skills.V = "归档", "细心", []string{}, []string{} // which only those who look for it find
			posts = append(posts, p)
		}
		ids := w.Publish(posts...)
		w.Work() // found, not told
		change(t, w, r, ids, searches)
		held, told := 0, 0
		for _, when := range []time.Time{china(0, 12, 0), china(0, 23, 0), china(1, 8, 0)} { // by day, in quiet hours, and at the hour of digests
			c.Set(when)
			one := outcome(t, w, searches, 1)
			for _, size := range []int{len(searches), 7} {
				if many := outcome(t, w, searches, size); many != one {
					t.Errorf("at %s, %d at a time:\n%s\none by one:\n%s", when, size, many, one)
				}
			}
			held += strings.Count(one, " held ")
			told += strings.Count(one, " told ")
		}
		if held < 10 || told < 50 {
			t.Errorf("%d were held and %d told: the test compares too little", held, told)
		}
	})
}

// several saves searches of a few people, more instant ones of the first than are told in a day.
func several(t *testing.T, w *matchtest.World, r *rand.Rand) (searches []id.ID) {
	t.Helper()
	texts := []string{"社工", "医务社工", "养老社工", "文员", "社会工作", "司机"}
	for person := range 9 {
		who := w.Person()
		used := map[string]bool{}
		n := 6
		if person == 0 || person == 8 {
			n = 20
		}
		for k := range n {
			q := search.Query{Text: texts[r.IntN(len(texts))], PayMin: 1000 * r.IntN(6)}
			every := match.Everies()[r.IntN(len(match.Everies()))]
			switch person {
			case 0:
				every = match.Instant
			case 8: // many digests take nothing from the instant ones after them
				q, every = search.Query{Text: "社会工作", PayMin: 100 * k}, match.Daily
				if k >= 16 {
					every = match.Instant
				}
			}
			if used[q.Text+fmt.Sprint(q.PayMin)] {
				continue
			}
			used[q.Text+fmt.Sprint(q.PayMin)] = true
			searches = append(searches, w.Save(who, q, every, true).ID)
		}
	}
	return searches
}

// change lets things happen between the find and the telling.
func change(t *testing.T, w *matchtest.World, r *rand.Rand, posts, searches []id.ID) {
	t.Helper()
	w.SetState(posts[0], position.Closed)
	w.Write(func(ctx context.Context, tx *db.Tx) error { // one that is no longer what it was
		return tx.One(ctx, `UPDATE position SET title = '保洁', duties = '-', requirements = '-', skills = '[]', majors = '[]' WHERE id = ?`, posts[1])
	})
	var rows []struct {
		ID      id.ID `db:"id"`
		Account id.ID `db:"account_id"`
	}
	must(t, w.DB.Select(t.Context(), &rows, `SELECT id, account_id FROM saved_search WHERE id IN (?) ORDER BY id`, searches))
	people := map[id.ID]bool{}
	for _, row := range rows {
		who := auth.Actor{Account: row.Account}
		if n := len(people); !people[row.Account] {
			people[row.Account] = true
			switch n {
			case 1:
				w.Applied(posts[2], row.Account)
			case 2:
				must(t, w.Matches.Block(t.Context(), who, w.Home.ID))
			case 3:
				must(t, w.Matches.PauseAll(t.Context(), who, ""))
			case 4:
				must(t, w.Matches.SetTelling(t.Context(), who, match.Hours{Digest: 8, QuietFrom: 9, QuietTo: 9}))
			}
		}
		switch r.IntN(8) {
		case 0:
			must(t, w.Matches.End(t.Context(), who, row.ID))
		case 1:
			must(t, w.Matches.Pause(t.Context(), who, row.ID, calendar.DayOf(w.Clock.Now()).Add(1)))
		case 2:
			w.Write(func(ctx context.Context, tx *db.Tx) error {
				return tx.One(ctx, `UPDATE saved_search SET told_n = ?, told_at = ? WHERE id = ?`, 1+r.IntN(3), db.At(tx.Now), row.ID)
			})
		case 3:
			w.Write(func(ctx context.Context, tx *db.Tx) error {
				return tx.One(ctx, `UPDATE saved_search SET over_share = 1, held_until = ? WHERE id = ?`, db.At(tx.Now.Add(-time.Minute)), row.ID)
			})
		}
	}
}

var errUndo = errors.New("as if it had never been")

// outcome takes the searches, so many at a time, and says what was told and how everything stands then. It undoes it all.
func outcome(t *testing.T, w *matchtest.World, searches []id.ID, size int) string {
	t.Helper()
	var out strings.Builder
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		out.Reset()
		for some := range slices.Chunk(searches, size) {
			taken, err := w.Matches.Take(t.Context(), tx, some)
			if err != nil {
				return err
			}
			notices := make([]id.ID, len(taken))
			for n, one := range taken {
				notices[n] = one.Search.ID + 1 // which each time is the same
				fmt.Fprintf(&out, "%d told %t", one.Search.ID, one.More)
				for _, item := range one.Items {
					fmt.Fprintf(&out, " %d%v", item.ID, item.Reason.V)
				}
				out.WriteByte('\n')
			}
			if err := w.Matches.Told(t.Context(), tx, taken, notices); err != nil {
				return err
			}
		}
		for _, table := range []string{
			`SELECT id || ' asks ' || asks || COALESCE(' held ' || held_until, '') || ' over ' || over_share || ' told_n ' || told_n || COALESCE(' at ' || told_at, '')
				FROM saved_search ORDER BY id`,
			`SELECT saved_search_id || ' ' || position_id || ' ' || reason || COALESCE(' notice ' || notice_id, '') || COALESCE(' dropped ' || dropped_at, '')
				FROM match ORDER BY saved_search_id, position_id`,
			`SELECT subject || ' due ' || available_at FROM outbox WHERE task = 'match.deliver' ORDER BY subject, available_at`,
		} {
			var lines []string
			if err := tx.Select(t.Context(), &lines, table); err != nil {
				return err
			}
			out.WriteString(strings.Join(lines, "\n") + "\n")
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	return out.String()
}

// Who wants to hear at once does not wait until all the digests of tomorrow are in the ledger.
func TestWhoWantsToHearAtOnceComesFirst(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, _ *clock.Manual) {
		const digests, instant = 3000, 5
		w.SaveAll(w.People(digests), panyu, match.Daily, false)
		w.SaveAll(w.People(instant), panyu, match.Instant, false)
		first := -1
		w.Outbox.OnAdd(func([]string) {
			if first < 0 && w.Count("outbox", "task = ?", match.DeliverTask) > 0 {
				first = w.Count("match", "1 = 1")
			}
		})
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if first != instant {
			t.Errorf("%d rows were in the ledger when somebody was to be told, not %d", first, instant)
		}
		if n := w.Count("match", "1 = 1"); n != digests+instant {
			t.Errorf("%d rows in the ledger, not %d", n, digests+instant)
		}
	})
}

// Only so many are looked through at a time. What lies behind closed ones is told all the same.
func TestWhatLiesBehindManyClosedOnesIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *matchtest.World, c *clock.Manual) {
		const waiting, open = 1010, 20
		saved := w.Save(w.Person(), panyu, match.Daily, false)
		posts := make([]position.Position, waiting)
		for n := range posts {
			posts[n] = w.Draft("社区社工")
		}
		ids := w.Publish(posts...)
		w.Work()
		w.Write(func(ctx context.Context, tx *db.Tx) error { // all but the oldest
			_, err := tx.Exec(ctx, `UPDATE position SET state = 'closed' WHERE id > ?`, ids[open-1])
			return err
		})
		out := deliver(w)
		at(w, c, china(1, 8, 0))
		var told []id.ID
		for _, message := range out[saved.ID] {
			told = append(told, message...)
		}
		if !slices.Equal(sorted(told), sorted(ids[:open])) {
			t.Errorf("%d were told in %d messages, not the %d that are open", len(told), len(out[saved.ID]), open)
		}
	})
}
