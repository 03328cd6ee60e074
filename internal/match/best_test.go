package match

import (
	"testing"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/search"
)

func TestWhatMeetsTheMostComesFirstThenTheNewest(t *testing.T) {
	item := func(name id.ID, met int, minute int) Item {
		i := Item{Reason: db.AsJSON(make([]search.Criterion, met))}
		i.ID, i.PublishedAt = name, db.At(time.Unix(int64(60*minute), 0))
		return i
	}
	got := best([]Item{item(1, 2, 9), item(2, 3, 1), item(3, 3, 5), item(4, 2, 9), item(5, 1, 60)})
	for n, want := range []id.ID{3, 2, 4, 1, 5} {
		if got[n].ID != want {
			t.Errorf("number %d is %d, want %d", n, got[n].ID, want)
		}
	}
}
