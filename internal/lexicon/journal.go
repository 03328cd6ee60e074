package lexicon

import (
	"context"
	"errors"
	"hash/maphash"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
)

// Outcome says how well a search went.
type Outcome int

// The outcomes.
const (
	Found  Outcome = iota
	Weak           // little, or what holds some of the words only
	InVain         // nothing
)

const (
	// soon is within which time a second search is taken for another try at the first.
	soon = 5 * time.Minute
	// maxNoted is how many characters a text has at most: longer ones are sentences, which may tell of a person.
	maxNoted = 20
	// maxKept bounds what is kept in memory until it is saved; beyond it nothing more is noted.
	maxKept = 20_000
)

// journal counts in memory what is looked for, each asker once a day for each text, until Flush saves the sums. Who asks
// is a number made with a key that this process invents and never tells: it cannot be led back to anybody, and is never
// saved.
type journal struct {
	noting  sync.Mutex
	seed    maphash.Seed
	day     calendar.Day
	seen    map[uint64]struct{}
	failed  map[uint64]try
	asked   map[string]*counts
	retried map[[2]string]int
}

type try struct {
	text string
	at   time.Time
}

type counts struct{ asked, inVain, weak int }

func newJournal() journal { return journal{seed: maphash.MakeSeed()} }

// Note counts a search for nothing but words, which must be folded and hold no numbers that lead to a person. asker is
// whatever tells one visitor from another; it is forgotten at once.
func (s *Service) Note(asker, text string, outcome Outcome) {
	if text = strings.TrimSpace(text); utf8.RuneCountInString(text) < 2 || utf8.RuneCountInString(text) > maxNoted {
		return
	}
	now := s.db.Clock().Now()
	j := &s.journal
	j.noting.Lock()
	defer j.noting.Unlock()
	if today := calendar.DayOf(now); today != j.day || j.asked == nil {
		if len(j.asked) > 0 {
			return // the sums of yesterday are about to be saved
		}
		j.begin(today)
	}
	if len(j.seen) >= maxKept || len(j.asked) >= maxKept {
		return
	}
	who := maphash.String(j.seed, asker)
	before, failed := j.failed[who]
	switch {
	case outcome != Found:
		j.failed[who] = try{text, now}
	case failed && before.text != text && now.Sub(before.at) <= soon && j.first(asker, before.text+"\n"+text):
		j.retried[[2]string{before.text, text}]++
		fallthrough
	default:
		delete(j.failed, who)
	}
	if !j.first(asker, text) {
		return
	}
	c := j.asked[text]
	if c == nil {
		c = &counts{}
		j.asked[text] = c
	}
	c.asked++
	switch outcome {
	case InVain:
		c.inVain++
	case Weak:
		c.weak++
	case Found:
	}
}

// begin starts a day.
func (j *journal) begin(today calendar.Day) {
	j.day, j.seen, j.failed = today, map[uint64]struct{}{}, map[uint64]try{}
	j.asked, j.retried = map[string]*counts{}, map[[2]string]int{}
}

// first reports whether an asker does something for the first time that day.
func (j *journal) first(asker, what string) bool {
	key := maphash.String(j.seed, asker+"\n"+what)
	_, before := j.seen[key]
	j.seen[key] = struct{}{}
	return !before
}

// Flush saves the sums and starts new ones. What is counted since the last time is lost when the process is killed.
func (s *Service) Flush(ctx context.Context) error {
	j := &s.journal
	j.noting.Lock()
	day, asked, retried := j.day, j.asked, j.retried
	j.asked, j.retried = map[string]*counts{}, map[[2]string]int{}
	j.noting.Unlock()
	if len(asked) == 0 && len(retried) == 0 {
		return nil
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		for text, c := range asked {
			if _, err := tx.Exec(ctx, `
				INSERT INTO lexicon_asked (text, day, asked, in_vain, weak) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (text, day) DO UPDATE SET asked = lexicon_asked.asked + excluded.asked,
					in_vain = lexicon_asked.in_vain + excluded.in_vain, weak = lexicon_asked.weak + excluded.weak`,
				text, day, c.asked, c.inVain, c.weak); err != nil {
				return err
			}
		}
		for pair, times := range retried {
			if _, err := tx.Exec(ctx, `
				INSERT INTO lexicon_retried (text, instead, day, times) VALUES (?, ?, ?, ?)
				ON CONFLICT (text, instead, day) DO UPDATE SET times = lexicon_retried.times + excluded.times`,
				pair[0], pair[1], day, times); err != nil {
				return err
			}
		}
		return nil
	})
}

const (
	// fewDays is for how long a text is kept that few look for: it may be a name.
	fewDays = 7
	// allDays is for how long any is kept.
	allDays = 90
	// Few is how many have to look for something before anybody is shown it.
	Few = 3
)

// Prune forgets what was looked for long ago, and sooner what few looked for.
func (s *Service) Prune(ctx context.Context) error {
	today := calendar.DayOf(s.db.Clock().Now())
	var all []error
	for _, table := range []struct{ name, sum string }{
		{"lexicon_asked", "SELECT text FROM lexicon_asked GROUP BY text HAVING SUM(asked) >= ?"},
		{"lexicon_retried", "SELECT text FROM lexicon_retried GROUP BY text HAVING SUM(times) >= ?"},
	} {
		all = append(all, s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM `+table.name+` WHERE day < ? OR day < ? AND text NOT IN (`+table.sum+`)`,
				today.Add(-allDays), today.Add(-fewDays), Few)
			return err
		}))
	}
	return errors.Join(all...)
}
