package match_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/match"
	"zhigang/internal/match/matchtest"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// crowd writes n saved searches of n/5 people, all different: nothing can be found for one by looking for another.
func crowd(tb testing.TB, w *matchtest.World, n int) []match.SavedSearch {
	tb.Helper()
	regions := w.Tree.Children("440000")
	searches := make([]match.SavedSearch, n)
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		account := w.Owner.Account
		for k := range searches {
			if k%5 == 0 {
				account = tx.NewID()
				if _, err := tx.Exec(ctx, `
					INSERT INTO account (id, name, lang, password_hash, created_at, version)
					VALUES (?, '', 'zh-Hans', '-', ?, 1)`, account, db.At(tx.Now)); err != nil {
					return err
				}
			}
			q := search.Query{PayMin: 1 + k%20000}
			switch k % 4 {
			case 0:
				q.Regions = []string{regions[k%len(regions)].Code}
			case 1:
				q.Text = fmt.Sprintf("社工 词%d", k)
			case 2:
				q.Kinds, q.OrgKinds = []position.Kind{position.Job}, []org.Kind{org.ServiceOrg}
			case 3:
				q.Regions, q.Text = []string{"440113"}, "社会工作"
			}
			searches[k] = match.SavedSearch{
				ID: tx.NewID(), Account: account, Query: q.Criteria().Encode() + fmt.Sprintf("&x=%d", k), Every: match.Daily,
				ExpiresAt: db.At(tx.Now.AddDate(1, 0, 0)), NextAt: db.At(tx.Now.Add(time.Hour)), CreatedAt: db.At(tx.Now),
				Version: 1,
			}
		}
		return db.InsertAll(ctx, tx, "saved_search", searches)
	})
	return searches
}

func TestSearchesAreReadPageByPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := matchtest.New(t, d, c, matchtest.Reactions())
		want, drafts := 0, []position.Position{w.Draft("社区社工"), w.Draft("律师")}
		for _, saved := range crowd(t, w, 6000) { // more than one page
			q, err := saved.Criteria(w.Tree)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range drafts {
				l := position.Listed{Position: p, OrgName: w.Home.Name, OrgKind: w.Home.Kind}
				if _, ok := q.Matches(search.NewDocument(l, w.Tree)); ok {
					want++
				}
			}
		}
		w.Publish(drafts...)
		w.Work()
		if n := w.Count("match", "1 = 1"); n != want || want < 1000 {
			t.Errorf("%d rows, want %d", n, want)
		}
	})
}

// One operation is one position that meets 100,000 different saved searches, of which it fits some 15,000.
func BenchmarkAPositionMeetsSearches(b *testing.B) { benchmark(b, 1) }

// One operation is a hundred positions at once, as an import publishes them.
func BenchmarkAHundredPositionsMeetSearches(b *testing.B) { benchmark(b, 100) }

func benchmark(b *testing.B, positions int) {
	d, c := dbtest.SQLite(b)
	w := matchtest.New(b, d, c, matchtest.Reactions())
	crowd(b, w, 100_000)
	for n := 0; b.Loop(); n++ {
		drafts := make([]position.Position, positions)
		for k := range drafts {
			drafts[k] = w.Draft(fmt.Sprintf("社区社工 %d", n))
			if k > 0 { // found by few
				drafts[k].Region, drafts[k].PayMonthMin, drafts[k].Duties, drafts[k].Kind = "110108", 0, "", position.Talent
			}
		}
		w.Publish(drafts...)
		w.Work()
	}
}
