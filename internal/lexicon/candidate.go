package lexicon

import (
	"context"
	"slices"
	"unicode/utf8"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
)

// Missed is a text that was looked for in vain, or with little success, within the last 90 days.
type Missed struct {
	Text   string `db:"text"`
	Asked  int    `db:"asked"` // how often, each visitor counted once a day
	InVain int    `db:"in_vain"`
	Weak   int    `db:"weak"`
}

// Missed lists the texts that were missed most, the worst first. What fewer than Few looked for is not shown.
func (s *Service) Missed(ctx context.Context, most int) ([]Missed, error) {
	var all []Missed
	err := s.db.Select(ctx, &all, `
		SELECT text, SUM(asked) AS asked, SUM(in_vain) AS in_vain, SUM(weak) AS weak FROM lexicon_asked WHERE day >= ?
		GROUP BY text HAVING SUM(in_vain) + SUM(weak) >= ? ORDER BY SUM(in_vain) DESC, SUM(weak) DESC, text LIMIT ?`,
		s.since(), Few, most)
	return all, err
}

func (s *Service) since() calendar.Day { return calendar.DayOf(s.db.Clock().Now()).Add(-allDays) }

// The thresholds of a candidate: so many have looked for one text in vain and for the other with success soon after, and
// they are so great a part of those who looked in vain.
const (
	candidateTimes = 5
	candidateShare = 0.2
)

// Candidate is a line that the log proposes: who looked for Text in vain looked for Instead soon after, and found it.
type Candidate struct {
	Text    string `db:"text"`
	Instead string `db:"instead"`
	Times   int    `db:"times"`
	Failed  int    `db:"failed"` // how often Text was looked for without much success
}

// Line is the entry that the candidate would become.
func (c Candidate) Line() Line {
	if utf8.RuneCountInString(c.Text) > 4 {
		return Line{Phrases, c.Text + " > " + c.Instead}
	}
	return Line{Synonyms, c.Text + " > " + c.Instead}
}

// Candidates lists what the log proposes and nobody has turned down, the most frequent first. Nothing of it counts before
// a person adds it.
func (s *Service) Candidates(ctx context.Context) ([]Candidate, error) {
	var all []Candidate
	err := s.db.Select(ctx, &all, `
		SELECT r.text, r.instead, SUM(r.times) AS times,
			(SELECT COALESCE(SUM(a.in_vain + a.weak), 0) FROM lexicon_asked a WHERE a.text = r.text AND a.day >= ?) AS failed
		FROM lexicon_retried r
		WHERE r.day >= ? AND NOT EXISTS (SELECT 1 FROM lexicon_refused f WHERE f.text = r.text AND f.instead = r.instead)
		GROUP BY r.text, r.instead HAVING SUM(r.times) >= ? ORDER BY SUM(r.times) DESC, r.text, r.instead LIMIT 200`,
		s.since(), s.since(), candidateTimes)
	words := s.Current() //nolint:contextcheck // it is not for this one alone
	if words == nil {
		words = Default()
	}
	return slices.DeleteFunc(all, func(c Candidate) bool {
		_, wrong := c.Line().Check()
		return wrong != nil || float64(c.Times) < candidateShare*float64(c.Failed) ||
			slices.Contains(words.Same(c.Text), c.Instead) || slices.Contains(words.Means(c.Text), c.Instead)
	}), err
}

// Refuse turns a candidate down: it is not proposed again.
func (s *Service) Refuse(ctx context.Context, who auth.Actor, text, instead string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO lexicon_refused (text, instead, account_id, refused_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			text, instead, who.Account, db.At(tx.Now))
		return err
	})
}
