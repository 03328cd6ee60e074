package id_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"zhigang/internal/clock"
	"zhigang/internal/id"
)

func TestIdsGrowAndNeverRepeat(t *testing.T) {
	c := clock.At(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))
	s := id.NewSource(c)
	last := id.ID(0)
	for n := range 10_000 { // more than a millisecond holds
		next := s.New()
		if next <= last {
			t.Fatalf("id %d: %v after %v", n, next, last)
		}
		if next.String() <= last.String() {
			t.Fatalf("text %v after %v", next, last)
		}
		last = next
	}
	c.Add(-time.Hour) // a clock that goes back
	if next := s.New(); next <= last {
		t.Fatalf("%v after %v", next, last)
	}
}

func TestAnIdIsThirteenCharactersAndBack(t *testing.T) {
	for _, want := range []id.ID{1, 31, 32, 1 << 40, 1<<63 - 1} {
		text := want.String()
		got, err := id.Parse(text)
		if err != nil || got != want || len(text) != 13 {
			t.Errorf("%d → %s → %d, %v", want, text, got, err)
		}
	}
	if got, err := id.Parse("000000000000o"); err != nil || got != 0 {
		t.Error("look-alikes:", got, err)
	}
	for _, bad := range []string{"", "1", "0000000000000U", "000000000000U", "8000000000000", "00000000000é", "../../../etc/"} {
		if _, err := id.Parse(bad); !errors.Is(err, id.ErrBad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestJSONHoldsIdsAsTexts(t *testing.T) {
	b, err := json.Marshal(map[string]id.ID{"a": 1<<62 + 1, "b": 0})
	if err != nil || string(b) != `{"a":"4000000000001","b":""}` {
		t.Fatalf("%s, %v", b, err)
	}
	var back map[string]id.ID
	if err := json.Unmarshal(b, &back); err != nil || back["a"] != 1<<62+1 || back["b"] != 0 {
		t.Fatalf("%v, %v", back, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("0S82HETBWSC4D")
	f.Fuzz(func(t *testing.T, text string) {
		if i, err := id.Parse(text); err == nil {
			if again, err := id.Parse(i.String()); err != nil || again != i {
				t.Fatalf("%q: %v, %v", text, again, err)
			}
		}
	})
}
