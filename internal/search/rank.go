package search

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/region"
)

// Window is how many of the best candidates Rank puts in order: an engine gives the newest of those that hold all words
// in the title, then of those that hold them in what counts much (see DocumentTerms), then of the rest. What lies behind
// the window follows in the order in which the engine gives it.
const Window = 100

// Head is what the order of a document depends on. Its texts are folded, and hold no numbers that lead to a person.
type Head struct {
	ID        id.ID  `json:"-"`
	Org       id.ID  `json:"o"`
	Region    string `json:"r"` // its narrowest code
	Title     string `json:"t"`
	Who       string `json:"w"`
	Asked     string `json:"a"`
	Kind      string `json:"k"`
	Published int64  `json:"p"` // Unix milliseconds
}

// Head returns the head of the document.
func (d Document) Head() Head {
	clean := func(text string) string { return withoutPrivate(Fold(text)) }
	h := Head{ID: d.ID, Org: d.OrgID, Title: clean(d.Title), Who: clean(d.who()), Asked: clean(d.asked()), Kind: string(d.Kind), Published: d.PublishedAt}
	if len(d.Regions) > 0 {
		h.Region = d.Regions[len(d.Regions)-1]
	}
	return h
}

// How much a word counts in the parts of a document; what the head does not hold stands in the description.
const (
	inTitle       = 1.0
	inAsked       = 0.55
	inWho         = 0.45
	inDescription = 0.2
)

// What else counts, beside the words, whose sum is at most 1.
const (
	wholeBonus = 0.25 // the words stand in the title, or in a name, as they were typed
	coverBonus = 0.15 // the title is about nothing else
	nameLength = 4    // as many characters are a name
	freshBonus = 0.05 // published today; half as much after freshDays
	freshDays  = 30
	fairBonus  = 0.05 // for the organization that has most to gain: see Standing.Fair
	nearBonus  = 0.3  // in the region that it is to be near to; less, the farther away: see nearness
	kindFactor = 0.6  // 志愿者 looks for roles of volunteers before jobs that have to do with them
)

// Formula returns the numbers of the order, by the names under which the About page shows them.
func Formula() map[string]any {
	text := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	return map[string]any{
		"title": text(inTitle), "asked": text(inAsked), "who": text(inWho), "description": text(inDescription),
		"whole": text(wholeBonus), "cover": text(coverBonus), "fresh": text(freshBonus), "days": freshDays,
		"fair": text(fairBonus), "enough": enough, "exposure_days": ExposureDays, "near": text(nearBonus), "window": Window,
	}
}

// Rank puts documents that a query found in order, the best first. The place of a document depends on
//
//	the words     the mean, over the groups of the query, of the best alternative: its weight times that of the part it
//	              stands in, the title, what is asked for, who offers, or the description;
//	the whole     all words stand in the title or a name just as they were typed;
//	the cover     how much of the title the words make up;
//	the kind      志愿者 means the roles of volunteers first;
//	the freshness how long ago it was published;
//	fair exposure how few applied to the organization of late, for each opening, and how well it answers;
//	the nearness  how close its region is to the one that was named for that, if one was.
//
// Nothing that an organization or the staff can buy or click. The rest is decided by the newest, then the greater id.
func Rank(w Wanted, heads []Head, today calendar.Day) {
	end := today.Add(1).Start()
	scores := make(map[id.ID]float64, len(heads))
	for _, h := range heads {
		scores[h.ID] = w.score(h, end)
	}
	slices.SortFunc(heads, func(a, b Head) int {
		return cmp.Or(cmp.Compare(scores[b.ID], scores[a.ID]), cmp.Compare(b.Published, a.Published), cmp.Compare(b.ID, a.ID))
	})
}

// score returns how well a document fits.
func (w Wanted) score(h Head, now time.Time) float64 {
	text, covered, otherKind := 0.0, 0, false
	var heard [3]map[string]struct{}
	groups := w.Groups
	if w.scored != nil {
		groups = w.scored
	}
	for _, g := range groups {
		best, cover := 0.0, 0
		for _, a := range g {
			fit, runes := a.fit(h, &heard)
			best, cover = max(best, fit), max(cover, runes)
			if strings.HasPrefix(a.Terms[0], kindMark) && a.Terms[0] != kindMark+h.Kind {
				otherKind = true
			}
		}
		if w.scored == nil { // what the head does not hold stands in the description
			best = max(best, inDescription)
		}
		text += best
		covered += cover
	}
	score := text / float64(max(1, len(groups)))
	if len(w.whole) > 0 {
		holds := func(part string) bool {
			return !slices.ContainsFunc(w.whole, func(word string) bool { return !strings.Contains(part, word) })
		}
		switch {
		case holds(h.Title):
			score += wholeBonus
		case holds(h.Who) && utf8.RuneCountInString(strings.Join(w.whole, "")) >= nameLength:
			score += wholeBonus
		}
	}
	if otherKind {
		score *= kindFactor
	}
	if length := utf8.RuneCountInString(h.Title); length > 0 {
		score += coverBonus * min(1, float64(covered)/float64(length))
	}
	age := max(0, now.Sub(time.UnixMilli(h.Published)).Hours()/24)
	return score + freshBonus*math.Exp2(-age/freshDays) + fairBonus*w.exposure.of(h.Org) + nearBonus*nearness(w.near, h.Region)
}

// nearness returns how close a region is to another: 1 within it, ¾ in the same district, ½ in the same city, ¼ in the
// same province, else 0. Codes are those of GB/T 2260: two digits for the province, two for the city, two for the
// district, three for the street.
func nearness(to, code string) float64 {
	if to == "" || code == "" {
		return 0
	}
	if region.Within(code, to) {
		return 1
	}
	for n, digits := range []int{6, 4, 2} {
		if len(code) >= digits && len(to) >= digits && code[:digits] == to[:digits] {
			return 0.75 - 0.25*float64(n)
		}
	}
	return 0
}

// fit returns how well an alternative fits the head, and how many characters of the title it covers.
func (a Alternative) fit(h Head, heard *[3]map[string]struct{}) (fit float64, covers int) {
	for n, part := range []struct {
		text   string
		weight float64
		name   bool
	}{{h.Title, inTitle, false}, {h.Asked, inAsked, false}, {h.Who, inWho, true}} {
		switch {
		case a.Terms[0] == kindMark+h.Kind: // it is found by its kind
			return a.weight * inTitle, 0
		case a.name != part.name:
			continue
		case !a.in(part.text, &heard[n]):
			continue
		}
		if n == 0 {
			covers = max(utf8.RuneCountInString(a.text), 2)
		}
		return a.weight * part.weight, covers
	}
	return 0, 0
}

// in reports whether a part holds the alternative: as it stands, or by its terms when it has no text.
func (a Alternative) in(part string, heard *map[string]struct{}) bool {
	if part == "" {
		return false
	}
	if a.text != "" {
		return strings.Contains(part, a.text) && (a.text[0] >= utf8.RuneSelf || wholeWord(part, a.text))
	}
	if *heard == nil {
		var t terms
		t.addText(part, true)
		t.addSounds(part)
		t.addSlips(part)
		*heard = make(map[string]struct{}, len(t.list))
		for _, term := range t.list {
			(*heard)[term] = struct{}{}
		}
	}
	return !slices.ContainsFunc(a.Terms, func(term string) bool {
		_, ok := (*heard)[strings.TrimPrefix(term, nameMark)]
		return !ok
	})
}

// wholeWord reports whether a word in letters stands in a text by itself: "ps" does not stand in "wps".
func wholeWord(text, word string) bool {
	for part := range runs(text) {
		if part == word {
			return true
		}
	}
	return false
}
