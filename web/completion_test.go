package web

import (
	"net/http"
	"strings"
	"testing"

	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

func TestNamesAreSuggestedToPagesAndPrograms(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	s.Published(owner, s.Content(position.Job, "社区社工"))
	s.Published(owner, s.Content(position.Job, "社区社工"))
	a := s.nobody().get("/completions"+query("q", "shequ")).want(http.StatusOK).
		has("items.0.kind", "title", "items.0.text", "社区社工", "items.0.url", s.url+"/positions?q=%E7%A4%BE%E5%8C%BA%E7%A4%BE%E5%B7%A5")
	if a.Header.Get("Cache-Control") != freshAMinute || !strings.Contains(string(a.Body), `"posts":2`) {
		t.Errorf("%v\n%s", a.Header, a.Body)
	}
	s.nobody().get("/completions"+query("q", "番禺")).want(http.StatusOK).
		has("items.0.kind", "region", "items.0.region", "440113", "items.0.text", "广州市番禺区", "items.0.url", s.url+"/positions?region=440113", "items.1.kind", "org")
	if none := s.nobody().get("/completions").want(http.StatusOK); strings.TrimSpace(string(none.Body)) != `{"items":[]}` {
		t.Errorf("nothing was typed: %q", none.Body)
	}
	s.nobody().get("/completions" + query("q", strings.Repeat("社", 201))).want(http.StatusUnprocessableEntity)
	for _, path := range []string{"/", "/positions"} {
		page := s.anonymous().get(path).want(t, http.StatusOK)
		if page.count("form[data-complete='/api/v1/completions'][data-title='岗位'][data-posts='{n} 个岗位'] input[name=q]") != 1 || page.count("script[src^='/static/complete-']") != 1 {
			t.Errorf("%s: the box does not ask", path)
		}
	}
}
