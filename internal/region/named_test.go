package region_test

import (
	"slices"
	"testing"
)

func TestRegionsAreFoundByNameAndBySound(t *testing.T) {
	tree := load(t)
	for name, want := range map[string][]string{
		"番禺": {"440113"}, "番禺区": {"440113"}, "中山": {"442000"}, "广东": {"440000"}, "大石街道": {"361103005", "440113012", "500117007"}, "大石": nil, "某某": nil,
	} {
		if got := tree.Named(name); !slices.Equal(got, want) && (want != nil || len(got) > 0) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if got := tree.Named("南山"); len(got) < 2 {
		t.Errorf("南山: %v", got)
	}
	for letters, want := range map[string]string{"panyu": "440113", "zhongshan": "442000", "xining": "630100", "chongqing": "500000"} {
		if got := tree.Sounding(letters); !slices.Contains(got, want) {
			t.Errorf("%s: %v", letters, got)
		}
	}
}
