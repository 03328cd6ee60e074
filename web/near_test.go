package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zhigang/internal/db"
	"zhigang/internal/person"
	"zhigang/internal/position"
)

func TestWhoLooksForPostsInAPlaceMayPutThoseNearItFirst(t *testing.T) {
	s := newSite(t)
	near, owner := s.offer(position.Job, "社区社工")
	far := s.Content(position.Job, "社区社工")
	far.Region = "440106"
	farther := s.Published(owner, far)
	s.work()
	who, _ := s.Account("林同学")
	if err := s.People.Save(t.Context(), who, person.Profile{WantRegions: db.AsJSON([]string{"440113"})}); err != nil {
		t.Fatal(err)
	}
	order := func(b *browser, path string) (ids []string, page answer) {
		page = b.get(path).want(t, http.StatusOK)
		for _, a := range page.Doc.Find(".cards h3 a, .cards h2 a").EachIter() {
			ids = append(ids, strings.TrimPrefix(a.AttrOr("href", ""), "/positions/"))
		}
		return ids, page
	}
	path := "/positions?q=" + url.QueryEscape("社工")
	b := s.as(who)
	ids, page := order(b, path)
	if len(ids) != 2 || ids[0] != farther.ID.String() {
		t.Fatalf("the newer comes first: %v", ids)
	}
	link := page.Doc.Find(".sorts a:contains('离番禺区近')")
	if link.Length() != 1 {
		t.Fatal("the way is not offered")
	}
	if ids, page = order(b, link.AttrOr("href", "")); ids[0] != near.ID.String() || page.Doc.Find(".sorts a[aria-current]").Text() != "离番禺区近" {
		t.Errorf("%v, %s", ids, page.Doc.Find(".sorts a[aria-current]").Text())
	}
	if ids, _ = order(s.anonymous(), link.AttrOr("href", "")); ids[0] != near.ID.String() {
		t.Error("the address says it all, whoever asks")
	}
	if _, page = order(s.anonymous(), path); page.Doc.Find(".sorts a:contains('离')").Length() != 0 {
		t.Error("of a visitor no place is known")
	}
	s.anonymous().get(path+"&near=999999").want(t, http.StatusUnprocessableEntity)
	_, page = order(s.anonymous(), path+"&region=440118") // nothing there
	if href := page.Doc.Find(".empty a:contains('广州市')").First().AttrOr("href", ""); !strings.Contains(href, "near=440118") {
		t.Errorf("the wider area begins near the place that was asked for: %s", href)
	}
}
