package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// CompletionKind says what a completion names.
type CompletionKind string

// The kinds, in the order in which they are shown.
const (
	CompleteTitle  CompletionKind = "title"
	CompleteRegion CompletionKind = "region"
	CompleteOrg    CompletionKind = "org"
)

// CompletionKinds lists the kinds.
func CompletionKinds() []CompletionKind {
	return []CompletionKind{CompleteTitle, CompleteRegion, CompleteOrg}
}

// Completion is something that somebody may be about to type.
type Completion struct {
	Kind   CompletionKind
	Text   string // a title, the name of an organization, or of a region from the city down
	Posts  int    // on show: of that title, of the organization, in the region
	Org    id.ID  // of an organization
	Region string // of a region
	name   string // folded: what is typed of it
}

const (
	// MaxCompletions is how many completions there are at once.
	MaxCompletions = 8
	// fewest is how many places of them regions, and organizations, may take from the titles.
	fewest = 2
	// MaxNames bounds how many titles, and how many organizations, are known: those with most posts.
	MaxNames = 20000
	// completionAge is how old completions may be before it is asked whether something has changed.
	completionAge = 30 * time.Second
	// buildTime is how long it may take to read them.
	buildTime = 20 * time.Second
)

// Completions finds names by their beginnings and what stands in them, in Chinese, pinyin or first letters. It never
// changes, and holds nothing but what everybody may see.
type Completions struct {
	all     []Completion // those with most posts first: the place of one is its rank
	kinds   []uint8      // of each, as a place in CompletionKinds
	written keys
	heard   keys
}

// NewCompletions returns the completions over names, of which those of regions come from Tree.
func NewCompletions(all []Completion, tree *region.Tree) *Completions {
	s := &Completions{all: slices.Clone(all)}
	for n := range s.all {
		one := &s.all[n]
		one.name = Fold(one.Text)
		if one.Kind == CompleteRegion {
			one.Text, one.name = tree.LocalName(one.Region), Fold(tree.Name(one.Region))
		}
	}
	slices.SortFunc(s.all, func(a, b Completion) int {
		return cmp.Or(cmp.Compare(b.Posts, a.Posts), cmp.Compare(len(a.name), len(b.name)), cmp.Compare(a.name, b.name), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Org, b.Org))
	})
	for n, one := range s.all {
		s.kinds = append(s.kinds, uint8(slices.Index(CompletionKinds(), one.Kind)))
		s.written.addName(uint32(n), one.name)
		s.heard.addSounds(uint32(n), one.name)
	}
	s.written.sort()
	s.heard.sort()
	return s
}

// For returns what a text may be the beginning of: at most MaxCompletions, kind after kind; what begins so before what
// only holds it, then what has most posts. A single letter says nothing inside a name.
func (s *Completions) For(text string) []Completion {
	typed := strings.NewReplacer(" ", "", "'", "", "’", "").Replace(Fold(tidy(text)))
	if typed == "" || utf8.RuneCountInString(text) > MaxText {
		return []Completion{}
	}
	var best [3]foremost // by kind
	add := func(n uint32, begins bool) {
		if begins || len(typed) > 1 {
			best[s.kinds[n]].add(n, begins)
		}
	}
	s.written.find(strings.Join(strings.Fields(Fold(tidy(text))), " "), add)
	if !strings.ContainsFunc(typed, func(r rune) bool { return r >= utf8.RuneSelf }) {
		s.heard.find(typed, add)
	}
	return s.share(best)
}

// share gives the places to the kinds: regions and organizations get a few, titles the rest, and what titles leave goes
// to the others.
func (s *Completions) share(best [3]foremost) []Completion {
	titles, regions, orgs := len(best[0].list), len(best[1].list), len(best[2].list)
	titles = min(titles, MaxCompletions-min(fewest, regions)-min(fewest, orgs))
	regions = min(regions, max(fewest, MaxCompletions-titles-orgs))
	orgs = min(orgs, MaxCompletions-titles-regions)
	out := []Completion{}
	for kind, room := range [3]int{titles, regions, orgs} {
		for _, f := range best[kind].list[:room] {
			out = append(out, s.all[f.rank])
		}
	}
	return out
}

// foremost keeps the first few names that it is given, each once.
type foremost struct{ list []found }

type found struct {
	rank   uint32
	inside bool
}

func (f found) compare(o found) int {
	if f.inside != o.inside {
		return map[bool]int{false: -1, true: 1}[f.inside]
	}
	return cmp.Compare(f.rank, o.rank)
}

func (f *foremost) add(rank uint32, begins bool) {
	one := found{rank, !begins}
	if len(f.list) == MaxCompletions && one.compare(f.list[len(f.list)-1]) >= 0 {
		return
	}
	if n := slices.IndexFunc(f.list, func(o found) bool { return o.rank == rank }); n >= 0 {
		if one.compare(f.list[n]) >= 0 {
			return
		}
		f.list = slices.Delete(f.list, n, n+1)
	}
	n, _ := slices.BinarySearchFunc(f.list, one, found.compare)
	f.list = slices.Insert(f.list, n, one)
	f.list = f.list[:min(len(f.list), MaxCompletions)]
}

// ReadCompletions reads the names of what is on show.
func ReadCompletions(ctx context.Context, q db.Q, tree *region.Tree, today calendar.Day) (*Completions, error) {
	const onShow = ` FROM position p JOIN org o ON o.id = p.org_id WHERE ` + position.OnShow
	var all []Completion
	var titles, regions []struct {
		Name  string `db:"name"`
		Posts int    `db:"posts"`
	}
	if err := q.Select(ctx, &titles, `SELECT p.title AS name, COUNT(*) AS posts`+onShow+` GROUP BY p.title ORDER BY posts DESC, name LIMIT ?`, today, MaxNames); err != nil {
		return nil, err
	}
	for _, one := range titles {
		all = append(all, Completion{Kind: CompleteTitle, Text: one.Name, Posts: one.Posts})
	}
	var orgs []struct {
		ID    id.ID  `db:"id"`
		Name  string `db:"name"`
		Posts int    `db:"posts"`
	}
	if err := q.Select(ctx, &orgs, `SELECT o.id, o.name, COUNT(*) AS posts`+onShow+` GROUP BY o.id, o.name ORDER BY posts DESC, o.id LIMIT ?`, today, MaxNames); err != nil {
		return nil, err
	}
	for _, one := range orgs {
		all = append(all, Completion{Kind: CompleteOrg, Text: one.Name, Posts: one.Posts, Org: one.ID})
	}
	if err := q.Select(ctx, &regions, `SELECT p.region_code AS name, COUNT(*) AS posts`+onShow+` GROUP BY p.region_code`, today); err != nil {
		return nil, err
	}
	within := map[string]int{}
	for _, one := range regions {
		for _, code := range RegionPath(tree, one.Name) {
			within[code] += one.Posts
		}
	}
	for code, posts := range within {
		all = append(all, Completion{Kind: CompleteRegion, Posts: posts, Region: code})
	}
	return NewCompletions(all, tree), nil
}

// completions keeps what was read in memory, and looks now and then whether something has changed.
type completions struct {
	mu      sync.Mutex // held while they are read
	state   sync.Mutex
	asked   time.Time
	edition edition.Edition
	now     *Completions
}

// current returns what is known, and whether that is young enough not to ask again.
func (s *completions) current(now time.Time) (*Completions, bool) {
	s.state.Lock()
	defer s.state.Unlock()
	age := now.Sub(s.asked)
	return s.now, s.now != nil && age >= 0 && age < completionAge
}

// Complete returns what a text may be the beginning of, from what was on show at most a minute ago.
func (s *Service) Complete(ctx context.Context, text string) ([]Completion, error) {
	known := &s.completions
	names, young := known.current(s.db.Clock().Now())
	if !young {
		if names == nil {
			known.mu.Lock()
		} else if !known.mu.TryLock() { // somebody else is at it: what there is will do meanwhile
			return names.For(text), nil
		}
		defer known.mu.Unlock()
		if names, young = known.current(s.db.Clock().Now()); !young {
			fresh, err := s.readCompletions(ctx)
			if err != nil {
				return nil, err
			}
			names = fresh
		}
	}
	return names.For(text), nil
}

// readCompletions reads the names anew if something has changed. Whoever stops waiting does not stop it: the next one
// would begin again.
func (s *Service) readCompletions(ctx context.Context) (*Completions, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildTime)
	defer cancel()
	known := &s.completions
	now := s.db.Clock().Now()
	e, err := edition.Current(ctx, s.db)
	if err != nil {
		return nil, err
	}
	known.state.Lock()
	names, same := known.now, known.now != nil && known.edition == e
	known.state.Unlock()
	if !same {
		if names, err = ReadCompletions(ctx, s.db, s.Tree, e.Day); err != nil {
			return nil, err
		}
	}
	known.state.Lock()
	defer known.state.Unlock()
	known.asked, known.edition, known.now = now, e, names
	return names, nil
}
