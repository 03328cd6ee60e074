package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/lexicon"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

func TestTheOperatorTeachesTheSearchAWord(t *testing.T) {
	w := newDesk(t)
	w.Published(w.owner, w.Content(position.Job, "河道巡查员"))
	w.work()
	look := func() bool {
		return strings.Contains(w.anonymous().get("/positions?q="+url.QueryEscape("护河队")).want(t, http.StatusOK).text(), "河道巡查员")
	}
	if look() {
		t.Fatal("nobody has taught it yet: the test shows nothing")
	}
	for _, visitor := range []string{"one", "two", "three", "four", "five"} {
		w.deps.Lexicon.Note(visitor, "护河队", lexicon.InVain)
		w.deps.Lexicon.Note(visitor, "巡查员", lexicon.Found)
	}
	w.must(w.deps.Lexicon.Flush(t.Context()))
	b := w.as(w.Bureau(worldtest.Panyu, auth.Administrator))
	page := b.get(lexiconURL).want(t, http.StatusOK)
	if text := page.text(); !strings.Contains(text, "“护河队”→“巡查员”") || page.Doc.Find("a[href^='/positions?q=']:contains(护河队)").Length() != 1 {
		t.Fatal(text)
	}
	accept := page.Doc.Find("form:has(input[name=text][value='护河队 > 巡查员'])")
	b.send(lexiconURL, url.Values{"kind": {"synonyms"}, "text": {"护河队 > 巡查员"}}).want(t, http.StatusForbidden) // without the token of the form
	b.post(lexiconURL, "kind", accept.Find("input[name=kind]").AttrOr("value", ""), "text", "护河队 > 巡查员").want(t, http.StatusSeeOther)
	if !look() {
		t.Fatal("the word that was taught finds nothing")
	}
	if text := b.get(lexiconURL).text(); strings.Contains(text, "“护河队”→“巡查员”") || !strings.Contains(text, "第 1 版") {
		t.Error(text)
	}
	var noted int
	w.must(w.DB.Get(t.Context(), &noted, `SELECT COUNT(*) FROM audit WHERE verb = 'lexicon.add'`))
	if noted != 1 {
		t.Error("who taught it is not written down")
	}
	b.post(lexiconURL+"/versions/0/restore").want(t, http.StatusSeeOther)
	if look() {
		t.Error("one action does not bring back what was before")
	}
	b.post(lexiconURL+"/versions/9/restore").want(t, http.StatusNotFound)
	b.post(lexiconURL+"/versions/x/restore").want(t, http.StatusNotFound)
}

func TestALineThatCannotBeTakenIsKeptInTheForm(t *testing.T) {
	w := newDesk(t)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Administrator))
	for text, complaint := range map[string]string{"社工": "请写成", "社工 社会工作者 社会工作": "程序自带的词库已有", "甲方 13800138000": "请写成"} {
		page := b.post(lexiconURL, "kind", "synonyms", "text", text).want(t, http.StatusUnprocessableEntity)
		if page.Doc.Find("#f-text").AttrOr("value", "") != text || !strings.Contains(page.text(), complaint) {
			t.Errorf("%s: %s", text, page.text())
		}
	}
	b.post(lexiconURL, "kind", "poems", "text", "社工").want(t, http.StatusUnprocessableEntity)
	page := b.get(lexiconURL+"?q="+url.QueryEscape("社會工作者")).want(t, http.StatusOK)
	if page.Doc.Find("input[name=off]").Length() == 0 {
		t.Fatal("the line of the program is not found")
	}
	b.post(lexiconURL, "kind", "synonyms", "text", "社工 社会工作者 社会工作", "off", "1").want(t, http.StatusSeeOther)
	if text := b.get(lexiconURL).text(); !strings.Contains(text, "停用自带词条") {
		t.Error(text)
	}
}
