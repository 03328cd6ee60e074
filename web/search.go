package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/i18n"
	"zhigang/internal/lexicon"
	"zhigang/internal/org"
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
	Chips            []link
	Sorts            []choice
	Items            []postCard
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
	URL, Value, Label string
	Count             int
	Checked, Current  bool
}

// filterGroup is one facet.
type filterGroup struct {
	Title, Name, Type string
	Options           []choice
	Up, Down          []choice
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
	if page.Items, err = h.cards(c, results.Items); err != nil {
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
	page.Chips = b.chips()
	page.Sorts = b.sorts()
	page.Keep = b.without("q", "page", "plain") // another text is read anew
	page.Rest = b.without("page", "region", "degree", "pay_min", "org_kind")
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

// maxOptions bounds how many regions a filter lists; those with most posts come first.
const maxOptions = 12

func (b searchBuilder) regions() filterGroup {
	g := filterGroup{Title: b.p.T("search.filter.region", nil), Name: "region", Type: "checkbox"}
	for code, n := range b.facets["region"] {
		g.Options = append(g.Options, choice{Value: code, Label: b.h.Tree.Name(code), Count: n, Checked: slices.Contains(b.q.Regions, code)})
	}
	for _, code := range b.q.Regions { // what is chosen is always there to be taken back
		if !slices.ContainsFunc(g.Options, func(o choice) bool { return o.Value == code }) {
			g.Options = append(g.Options, choice{Value: code, Label: b.h.Tree.Name(code), Checked: true})
		}
	}
	slices.SortFunc(g.Options, func(a, c choice) int {
		switch {
		case a.Checked != c.Checked && a.Checked:
			return -1
		case a.Checked != c.Checked:
			return 1
		case a.Count != c.Count:
			return c.Count - a.Count
		}
		return strings.Compare(a.Value, c.Value)
	})
	if len(g.Options) > maxOptions {
		g.Options = g.Options[:maxOptions]
	}
	if len(b.q.Regions) == 0 {
		return g
	}
	parent := b.parent(b.q.Regions[0])
	up := choice{URL: b.with(func(q *search.Query) { q.Regions = nil }), Label: b.p.T("search.region.all", nil)}
	if parent != "" {
		up = choice{URL: b.with(func(q *search.Query) { q.Regions = []string{parent} }), Label: b.h.Tree.Name(parent)}
	}
	g.Up = []choice{up}
	for code, n := range b.facets["subregion"] {
		g.Down = append(g.Down, choice{
			URL: b.with(func(q *search.Query) { q.Regions = []string{code} }), Value: code,
			Label: b.h.Tree.Name(code) + " " + strconv.Itoa(n), Count: n,
		})
	}
	slices.SortFunc(g.Down, func(a, c choice) int {
		if a.Count != c.Count {
			return c.Count - a.Count
		}
		return strings.Compare(a.Value, c.Value)
	})
	if len(g.Down) > maxOptions {
		g.Down = g.Down[:maxOptions]
	}
	return g
}

// parent is the region above, leaving out levels on paper.
func (b searchBuilder) parent(code string) string {
	path := b.h.Tree.Path(code)
	if len(path) < 2 {
		return ""
	}
	return path[len(path)-2]
}

func (b searchBuilder) degrees() filterGroup {
	g := filterGroup{Title: b.p.T("search.filter.degree", nil), Name: "degree", Type: "checkbox"}
	for _, d := range position.Degrees() {
		checked := slices.Contains(b.q.Degrees, d)
		if n := b.facets["degree"][string(d)]; n > 0 || checked || d == position.NoDegree || d == position.College || d == position.Bachelor {
			g.Options = append(g.Options, choice{Value: string(d), Label: b.p.T("degree."+string(d), nil), Count: n, Checked: checked})
		}
	}
	return g
}

func (b searchBuilder) pay() filterGroup {
	g := filterGroup{Title: b.p.T("search.filter.pay", nil), Name: "pay_min", Type: "radio"}
	counts := b.facets["pay_min"]
	g.Options = append(g.Options, choice{Value: "", Label: b.p.T("search.pay.any", nil), Count: counts["0"], Checked: b.q.PayMin == 0})
	bands := search.PayBands()
	if b.q.PayMin > 0 && !slices.Contains(bands, b.q.PayMin) {
		bands = append(bands, b.q.PayMin)
		slices.Sort(bands)
	}
	for _, n := range bands {
		g.Options = append(g.Options, choice{
			Value: strconv.Itoa(n), Label: b.payLabel(n), Count: counts[strconv.Itoa(n)], Checked: b.q.PayMin == n,
		})
	}
	return g
}

func (b searchBuilder) payLabel(n int) string {
	return b.p.T("search.pay.from", map[string]any{"yuan": n})
}

func (b searchBuilder) orgKinds() filterGroup {
	g := filterGroup{Title: b.p.T("search.filter.org_kind", nil), Name: "org_kind", Type: "checkbox"}
	for _, k := range org.Kinds() {
		g.Options = append(g.Options, choice{
			Value: string(k), Label: b.p.T("org.kind."+string(k), nil), Count: b.facets["org_kind"][string(k)], Checked: slices.Contains(b.q.OrgKinds, k),
		})
	}
	return g
}

// joinList joins texts as the language does.
func joinList(p i18n.Printer, list []string) string {
	return strings.Join(list, p.T("list.comma", nil))
}
