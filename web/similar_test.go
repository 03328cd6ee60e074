package web

import (
	"net/http"
	"testing"

	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

func TestAPostLeadsToSimilarOnesEvenWhenItIsClosed(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	own := s.Published(owner, s.Content(position.Job, "社区社工"))
	other := s.Published(owner, s.Content(position.Job, "长者社工"))
	lonely := s.Published(owner, s.Content(position.Volunteer, "河道巡查"))
	b := s.anonymous()
	page := func(id string) answer { return b.get("/positions/"+id).want(t, http.StatusOK) }
	if page(own.ID.String()).count(".similar") != 0 { // not indexed: nothing has worked
		t.Error("without an index there is nothing to be said of others")
	}
	s.work()
	links := func(a answer) (out []string) {
		for _, one := range a.Doc.Find(".similar h3 a").EachIter() {
			out = append(out, one.AttrOr("href", ""))
		}
		return out
	}
	if got := links(page(own.ID.String())); len(got) != 1 || got[0] != "/positions/"+other.ID.String() {
		t.Errorf("similar: %v", got)
	}
	if page(lonely.ID.String()).count(".similar") != 0 {
		t.Error("a heading without posts")
	}
	if err := s.Positions.Close(t.Context(), owner, own.ID, "filled"); err != nil {
		t.Fatal(err)
	}
	s.work()
	if got := links(page(own.ID.String())); len(got) != 1 {
		t.Errorf("a closed post leads nowhere: %v", got)
	}
	if got := links(page(other.ID.String())); len(got) != 0 {
		t.Errorf("to a closed post: %v", got)
	}
}
