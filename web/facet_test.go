package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/position"
	"zhigang/internal/search"
)

func TestFiltersShowTheTreeOfRegionsAndWhatFindsNothing(t *testing.T) {
	s := newSite(t)
	_, owner := s.offer(position.Job, "社区社工") // in 大石街道 of 番禺区
	elsewhere := s.Content(position.Volunteer, "助老志愿者")
	elsewhere.Region = "440106"
	s.Published(owner, elsewhere)
	s.work()
	page := s.anonymous().get("/positions").want(t, http.StatusOK)
	wayDown := func(want ...string) {
		t.Helper()
		var path []string
		for _, a := range page.Doc.Find(".filter-path a").EachIter() {
			path = append(path, a.Text())
		}
		if !slices.Equal(path, want) {
			t.Errorf("the way down is %v", path)
		}
	}
	wayDown("全国", "广东省", "广州市", "番禺区") // the home of the site
	if n := page.Doc.Find(".filter-row:not(.none) input[name=region]").Length(); n != 1 || page.Doc.Find("input[name=region][value='440113012']").Length() != 1 {
		t.Errorf("%d regions of the site find something", n)
	}
	page = s.anonymous().get("/positions?region=440113").want(t, http.StatusOK)
	wayDown("全国", "广东省", "广州市")
	count := func(css string) string {
		return strings.TrimSpace(page.Doc.Find(css + " .filter-count").First().Text())
	}
	for css, want := range map[string]string{
		".filter-row:has(input[name=region][value='440113'])":                            "1", // chosen
		".filter-row:has(input[name=region][value='440106'])":                            "1", // what adding it would bring
		".filter-row.none:has(input[name=region][value='440115'])":                       "0",
		".filter-tree a[href='/positions?region=440113012']":                             "1",
		".filter-row.none:has(input[name=degree][value='doctor'])":                       "0",
		".filter-row.none:has(input[name=org_kind][value='" + "foundation" + "'])":       "0",
		"details:not([open]) .filter-row:has(input[name=not_kind][value='job'])":         "1",
		"details:not([open]) .filter-row:has(input[name=not_region][value='440113012'])": "1",
	} {
		if got := count(css); got != want {
			t.Errorf("%s: %q, want %q", css, got, want)
		}
	}
}

func TestWhatIsNotWantedIsChosenInTheFiltersAndTakenBackThere(t *testing.T) {
	s := newSite(t)
	_, owner := s.offer(position.Job, "社区社工")
	s.Published(owner, s.Content(position.Job, "销售社工"))
	s.Published(owner, s.Content(position.Internship, "见习社工"))
	s.work()
	b := s.anonymous()
	page := b.get("/positions?q="+url.QueryEscape("社工")+"&not_kind=internship&not="+url.QueryEscape("销售")+"&not=").want(t, http.StatusOK)
	if n := page.Doc.Find(".cards .card").Length(); n != 1 {
		t.Errorf("%d posts", n)
	}
	form := page.Doc.Find("form[data-filters]")
	for _, css := range []string{"details[open] input[name=not_kind][value=internship][checked]", "details[open] input[name=not][value='销售'][checked]"} {
		if form.Find(css).Length() != 1 {
			t.Errorf("%s: it cannot be taken back", css)
		}
	}
	if form.Find("input[type=hidden][name^=not]").Length() != 0 {
		t.Error("what is taken back would come again")
	}
	v, err := url.ParseQuery("q=社工&not=销售&not=&not_kind=internship")
	if err != nil {
		t.Fatal(err)
	}
	if q, err := search.Parse(v, s.Tree); err != nil || len(q.Not) != 1 {
		t.Errorf("an empty box refuses nothing: %v, %v", q.Not, err)
	}
}
