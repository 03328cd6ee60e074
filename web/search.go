package web

import (
	"html/template"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/i18n"
	"zhigang/internal/lexicon"

	"zhigang/internal/position"
	"zhigang/internal/search"
)

// searchPage is a list of positions that were looked for.
type searchPage struct {
	Page
	Query            search.Query
	Heading          string
	Keep             []hidden // filters that a new text keeps
	Rest             []hidden // what the boxes of the filters do not say
	Read             string   // the words of the text that have become filters
	AsTyped          string   // the address of the same text, taken as it stands
	Tabs             []choice
	Groups           []filterGroup
	Unwanted         unwanted
	Chips            []link
	Sorts            []choice
	Items            []template.HTML // cards
	Total, Headcount int
	Pages            int
	Down, Loose      bool
	CanSave          bool
	SaveURL          string
	Wider            []choice
	Prev, Next       string
	Numbers          []choice
}

type hidden struct{ Name, Value string }

// choice is a link or a box with what choosing it would find.
type choice struct {
	Type, Name        string // of a box
	URL, Value, Label string
	Count             int
	Checked, Current  bool
	Down              []choice // what lies below it
}

func (h *handlers) searchPositions(c *gin.Context) error {
	q, err := h.Search.Parse(c.Request.URL.Query())
	if err != nil {
		return err
	}
	results, err := h.Search.FindSome(c.Request.Context(), q)
	if err != nil {
		return err
	}
	each(c, func(c *gin.Context) { h.noteSearch(c, q, results) })
	if results.Down {
		passing(c)
	}
	page := &searchPage{
		Query: q, Total: results.Total, Headcount: results.Headcount, Down: results.Down, Loose: results.Loose,
		Pages: pages(results.Total, q.Per), SaveURL: alertURL(c, q.Criteria().Encode()), CanSave: q.Asks(),
	}
	if page.Pages > 0 && q.Page > page.Pages {
		q.Page = 1
		return redirect(c, searchURL(q))
	}
	if page.Items, err = h.foundCards(c, results); err != nil {
		return err
	}
	b := searchBuilder{h: h, p: h.printer(c), q: q, facets: results.Facets}
	if b.home, err = h.homeOf(c, q); err != nil {
		return err
	}
	b.build(page)
	page.Read, page.AsTyped = b.read(c.Query("q"))
	if (len(page.Items) == 0 || page.Loose) && !page.Down {
		if page.Wider, err = h.wider(c, b); err != nil {
			return err
		}
	}
	page.Title, page.Nav = b.title(page), "find"
	if len(q.Kinds) == 1 && q.Kinds[0] == position.Volunteer {
		page.Nav = "volunteer"
	}
	page.Feed = "/positions.atom?" + q.Criteria().Encode()
	if q.Page == 1 && len(q.Criteria()) <= 1 && q.Text == "" { // facets by the thousand are nothing for search engines
		page.Canonical = h.BaseURL + searchURL(q)
	}
	return h.show(c, "position/index", page)
}

// homeOf returns the region that whoever is signed in looks for posts in first, where that can say something.
func (h *handlers) homeOf(c *gin.Context, q search.Query) (string, error) {
	who := actor(c)
	if who.Account == 0 || q.Text == "" {
		return "", nil
	}
	profile, err := h.People.Get(c.Request.Context(), who)
	if err != nil || len(profile.WantRegions.V) == 0 {
		return "", err
	}
	return profile.WantRegions.V[0], nil
}

// noteSearch counts how well words were understood, for the lexicon. What is narrowed by filters says nothing of that.
func (h *handlers) noteSearch(c *gin.Context, q search.Query, r search.Results) {
	text := q.OnlyWords()
	if text == "" || r.Down || q.Page > 1 {
		return
	}
	outcome := lexicon.Found
	switch {
	case len(r.Items) == 0:
		outcome = lexicon.InVain
	case r.Loose:
		outcome = lexicon.Weak
	}
	h.Lexicon.Note(c.ClientIP()+c.Request.UserAgent(), text, outcome)
}

func pages(total, per int) int { return (min(total, search.MaxResults) + per - 1) / per }

// searchURL is the address of a query; two addresses of the same query are the same.
func searchURL(q search.Query) string {
	v := q.Values()
	if len(v) == 0 {
		return "/positions"
	}
	return "/positions?" + v.Encode()
}

// searchBuilder turns a query and its facets into the links and boxes of the page.
type searchBuilder struct {
	h      *handlers
	p      i18n.Printer
	q      search.Query
	facets map[string]map[string]int
	home   string // the region that whoever is signed in looks for posts in first; "" when it is not known
}

func (b searchBuilder) build(page *searchPage) {
	page.Heading = b.heading()
	page.Tabs = b.tabs()
	page.Groups = []filterGroup{b.regions(), b.degrees(), b.pay(), b.orgKinds()}
	page.Unwanted = b.unwanted()
	page.Chips = b.chips()
	page.Sorts = b.sorts()
	page.Keep = b.without("q", "page", "plain") // another text is read anew
	page.Rest = b.without("page", "region", "degree", "pay_min", "org_kind", "not_kind", "not_region", "not")
	b.pager(page)
}

// without returns the parameters of the query except some.
func (b searchBuilder) without(names ...string) []hidden {
	var out []hidden
	for name, values := range b.q.Values() {
		for _, v := range values {
			if !slices.Contains(names, name) {
				out = append(out, hidden{name, v})
			}
		}
	}
	slices.SortFunc(out, func(a, c hidden) int { return strings.Compare(a.Name+a.Value, c.Name+c.Value) })
	return out
}

// read says which words of the text have become filters, and where the text is looked for as it was typed.
func (b searchBuilder) read(text string) (words, asTyped string) {
	if len(b.q.Facts) == 0 {
		return "", ""
	}
	var all []string
	for _, f := range b.q.Facts {
		if !slices.Contains(all, f.Words) {
			all = append(all, f.Words)
		}
	}
	return joinList(b.p, all), searchURL(search.Query{Text: text, Plain: true, Sort: b.q.Sort})
}

// with returns the address of the query changed by fn, on its first page.
func (b searchBuilder) with(fn func(*search.Query)) string {
	q := b.q
	q.Page = 1
	q.Kinds, q.Regions, q.Degrees, q.OrgKinds = slices.Clone(q.Kinds), slices.Clone(q.Regions), slices.Clone(q.Degrees), slices.Clone(q.OrgKinds)
	q.NotKinds, q.NotRegions, q.Not = slices.Clone(q.NotKinds), slices.Clone(q.NotRegions), slices.Clone(q.Not)
	fn(&q)
	return searchURL(q)
}

// heading says what was searched: 番禺区的志愿服务岗位, “社工”.
func (b searchBuilder) heading() string {
	var places, kinds []string
	for _, r := range b.q.Regions {
		places = append(places, b.h.Tree.Name(r))
	}
	for _, k := range b.q.Kinds {
		kinds = append(kinds, b.p.T("kind."+string(k), nil))
	}
	params := map[string]any{"places": joinList(b.p, places), "kinds": joinList(b.p, kinds), "text": b.q.Text}
	key := "search.heading"
	for _, part := range []struct {
		name string
		set  bool
	}{{"places", len(places) > 0}, {"kinds", len(kinds) > 0}, {"text", b.q.Text != ""}} {
		if part.set {
			key += "." + part.name
		}
	}
	return b.p.T(key, params)
}

func (b searchBuilder) title(page *searchPage) string {
	title := page.Heading
	if page.Pages > 1 {
		title += b.p.T("search.title_page", map[string]any{"page": b.q.Page, "pages": page.Pages})
	}
	return title
}

func (b searchBuilder) tabs() []choice {
	counts := b.facets["kind"]
	all := 0
	for _, n := range counts {
		all += n
	}
	tabs := []choice{{
		URL: b.with(func(q *search.Query) { q.Kinds = nil }), Label: b.p.T("search.kind.all", nil), Count: all, Current: len(b.q.Kinds) == 0,
	}}
	for _, k := range position.Kinds() {
		tabs = append(tabs, choice{
			URL: b.with(func(q *search.Query) { q.Kinds = []position.Kind{k} }), Label: b.p.T("kind."+string(k), nil),
			Count: counts[string(k)], Current: slices.Contains(b.q.Kinds, k),
		})
	}
	return tabs
}

// joinList joins texts as the language does.
func joinList(p i18n.Printer, list []string) string {
	return strings.Join(list, p.T("list.comma", nil))
}
