package web

import (
	"encoding/json"
	"reflect"
	"testing"

	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// Lists read less of a post than its page does. What they show of it, to people and to programs, must not depend on that.
func TestListsShowTheSameOfWhatIsReadInBrief(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) {
		_, owner := s.Org("番禺区暖阳社会工作服务中心", "440113")
		var ids []id.ID
		for _, k := range position.Kinds() {
			c := s.Content(k, "社区岗位")
			c.Skills.V, c.Majors.V = []string{"社工证"}, []string{"社会工作"}
			ids = append(ids, s.Published(owner, c).ID)
		}
		h := s.h
		full, err := position.OnShowByID(t.Context(), s.DB, ids, h.today())
		if err != nil || len(full) != len(ids) {
			t.Fatal(len(full), err)
		}
		brief, err := position.BriefOnShow(t.Context(), s.DB, ids, h.today())
		if err != nil || len(brief) != len(ids) {
			t.Fatal(len(brief), err)
		}
		for n, one := range ids {
			brief := brief[one]
			for _, l := range i18n.Langs() {
				p := h.Catalog.For(l)
				f := format{p, h}
				if a, b := f.card(postCard{Listed: full[n]}), f.card(postCard{Listed: brief}); !reflect.DeepEqual(a, b) {
					t.Errorf("%s: the card says\n%+v, in full\n%+v", brief.Kind, b, a)
				}
				a, _ := json.Marshal(h.positionItem(p, postCard{Listed: full[n]}))
				if b, _ := json.Marshal(h.positionItem(p, postCard{Listed: brief})); string(a) != string(b) {
					t.Errorf("%s: programs are told\n%s, in full\n%s", brief.Kind, b, a)
				}
			}
			if !full[n].UpdatedAt.Equal(brief.UpdatedAt.Time) || full[n].UpdatedAt.IsZero() {
				t.Errorf("%s: feeds say %s, in full %s", brief.Kind, brief.UpdatedAt, full[n].UpdatedAt)
			}
		}
	})
}
