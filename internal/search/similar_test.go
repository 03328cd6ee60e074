package search_test

import (
	"fmt"
	"slices"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

func TestSimilarPostsAreOfTheSameKindWithAWordOfTheTitleAndTheNearestFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.org(t, "番禺区阳光社会工作服务中心") // its name makes nothing similar
		ids := w.publish(t, owner, "社区社工", "财务出纳")
		w.publishAs(t, owner, "长者社工", func(c *position.Content) { c.Region = "440106" })
		w.publishAs(t, owner, "社区社工", func(c *position.Content) { c.Region = "440106" })
		w.publishAs(t, owner, "社区社工助手", func(c *position.Content) { c.Kind, c.InternshipMonths = position.Internship, 3 })
		full := w.publishAs(t, owner, "学校社工", func(c *position.Content) { c.Headcount = 1 })
		if err := w.db.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE position SET filled = headcount WHERE id = ?`, full)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.drain(t.Context(), t)
		similar := func(n int) (titles []string) {
			p, _, err := w.positions.Public(t.Context(), ids[0])
			if err != nil {
				t.Fatal(err)
			}
			alike, down, err := w.search.Similar(t.Context(), p, n)
			if err != nil || down {
				t.Fatal(down, err)
			}
			for _, l := range alike {
				titles = append(titles, l.Title)
			}
			return titles
		}
		if got := similar(4); !slices.Equal(got, []string{"社区社工", "长者社工"}) {
			t.Errorf("%v", got)
		}
		near := w.publish(t, owner, "医务社工")[0] // in the same district
		w.drain(t.Context(), t)
		if got := similar(4); !slices.Equal(got, []string{"社区社工", "医务社工", "长者社工"}) {
			t.Errorf("%v", got)
		}
		if got := similar(1); len(got) != 1 {
			t.Errorf("one was asked for: %v", got)
		}
		w.close(t, near) // and the outbox is not run
		if got := similar(4); slices.Contains(got, "医务社工") {
			t.Errorf("a closed post: %v", got)
		}
	})
}

// A small place finds what there is in the province, and then anywhere.
func TestSimilarPostsComeFromFartherAwayWhereFewAreNear(t *testing.T) {
	w := newLocalWorld(t)
	owner := w.org(t, "番禺区阳光社会工作服务中心")
	own := w.publish(t, owner, "社区社工")[0]
	for _, region := range []string{"442000", "110105"} {
		w.publishAs(t, owner, "社区社工"+region, func(c *position.Content) { c.Region = region })
	}
	w.drain(t.Context(), t)
	p, _, err := w.positions.Public(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	alike, _, err := w.search.Similar(t.Context(), p, 4)
	if err != nil || len(alike) != 2 || alike[0].Region != "442000" {
		t.Errorf("%d, %v", len(alike), err)
	}
}

func TestNothingIsSimilarWhileTheIndexIsDown(t *testing.T) {
	w := newLocalWorld(t)
	own := w.publish(t, w.org(t, "阳光中心"), "社区社工", "学校社工")[0] // and the outbox is not run: the index is empty
	p, _, err := w.positions.Public(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	if alike, down, err := w.search.Similar(t.Context(), p, 4); err != nil || !down || len(alike) > 0 {
		t.Errorf("%d, %v, %v", len(alike), down, err)
	}
}

// publishAs puts a post on show that is changed first.
func (w *world) publishAs(t *testing.T, owner id.ID, title string, change func(*position.Content)) id.ID {
	t.Helper()
	w.rows++
	row := position.Imported{Key: fmt.Sprint(w.rows), Content: w.content(title)}
	change(&row.Content)
	results, err := w.positions.Import(t.Context(), auth.System(), owner, []position.Imported{row}, true)
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results)
	}
	return results[0].ID
}

func newLocalWorld(t *testing.T) *world {
	t.Helper()
	d, c := dbtest.SQLite(t)
	return newWorld(t, d, c, newBleve(t))
}

func TestSimilarPostsComeFromEachOrganizationInTurn(t *testing.T) {
	w := newLocalWorld(t)
	own, other := w.org(t, "番禺区阳光社会工作服务中心"), w.org(t, "番禺区邻里社会工作服务中心")
	post := w.publish(t, own, "社区社工")[0]
	w.publish(t, own, "社区社工二")
	w.publish(t, other, "禁毒社工", "机构社工")
	w.drain(t.Context(), t)
	p, _, err := w.positions.Public(t.Context(), post)
	if err != nil {
		t.Fatal(err)
	}
	alike, _, err := w.search.Similar(t.Context(), p, 4)
	if err != nil || len(alike) != 3 || alike[0].Title == "社区社工二" {
		t.Errorf("%+v, %v", alike, err)
	}
}
