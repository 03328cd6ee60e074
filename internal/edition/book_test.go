package edition_test

import (
	"errors"
	"slices"
	"testing"

	"zhigang/internal/edition"
)

func TestABookRemembersForAnEdition(t *testing.T) {
	book := edition.NewBook[int, string](3)
	first, second := edition.Edition{Changes: 1}, edition.Edition{Changes: 1, Day: "2026-11-27"}
	made := map[int]string{1: "one", 2: "two", 3: "three", 4: "four"} // and nothing else has a value
	ask := func(e edition.Edition, keys []int, missing ...int) {
		t.Helper()
		var asked []int
		all, err := book.Of(e, keys, func(keys []int) (map[int]string, error) {
			asked = keys
			some := map[int]string{}
			for _, key := range keys {
				if value, ok := made[key]; ok {
					some[key] = value
				}
			}
			return some, nil
		})
		if err != nil || !slices.Equal(asked, missing) {
			t.Errorf("of %v, %v were made, %v", keys, asked, err)
		}
		for _, key := range keys {
			if value, ok := all[key]; value != made[key] || ok != (made[key] != "") {
				t.Errorf("%d is %q", key, value)
			}
		}
	}
	ask(first, nil)
	ask(first, []int{2, 9, 2, 9}, 2, 9)
	ask(first, []int{1, 2, 9}, 1, 9)
	ask(first, []int{2, 1})
	made[2] = "another two"
	ask(second, []int{1, 2}, 1, 2)
	ask(second, []int{2, 1})
	ask(second, []int{3, 4}, 3, 4) // the one that was not asked for longest goes
	ask(second, []int{1, 3, 4})
	ask(second, []int{2}, 2)
}

func TestABookRemembersNoFailure(t *testing.T) {
	book := edition.NewBook[int, string](3)
	broken := errors.New("no database")
	for range 2 {
		if _, err := book.Of(edition.Edition{}, []int{1}, func([]int) (map[int]string, error) { return nil, broken }); !errors.Is(err, broken) {
			t.Error("the failure is hidden")
		}
	}
}
