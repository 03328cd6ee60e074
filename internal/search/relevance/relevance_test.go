package relevance_test

import (
	"math"
	"strings"
	"testing"

	"zhigang/internal/search/relevance"
)

func TestOrdersAreMeasured(t *testing.T) {
	judged := map[string]int{"a": 3, "b": 2, "c": 1}
	for order, want := range map[string]float64{
		"a b c": 1, "": 0, "x y z": 0,
		// 7/1 + 3/1.58496 + 1/2 = 9.39278 is the best.
		"c b a": (1 + 3/math.Log2(3) + 7/2.0) / (7 + 3/math.Log2(3) + 0.5),
		"x a":   (7 / math.Log2(3)) / (7 + 3/math.Log2(3) + 0.5),
	} {
		if got := relevance.NDCG(strings.Fields(order), judged, 10); math.Abs(got-want) > 1e-9 {
			t.Errorf("%q: %v, want %v", order, got, want)
		}
	}
	if relevance.NDCG(nil, nil, 10) != 1 || relevance.NDCG([]string{"x"}, nil, 10) != 0 {
		t.Error("where nothing fits, nothing is to be found")
	}
	if got := relevance.Recall([]string{"x", "b"}, judged, 20); got != 0.5 {
		t.Errorf("recall %v", got)
	}
	if relevance.Recall(nil, map[string]int{"c": 1}, 20) != 1 {
		t.Error("what is only touched upon need not be found")
	}
}

func TestABadLineIsNamed(t *testing.T) {
	_, err := relevance.Read[relevance.Post](strings.NewReader("{\"id\": \"a\"}\n\n{\"id\": 5}\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Error(err)
	}
}
