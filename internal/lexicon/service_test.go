package lexicon_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/lexicon"
	"zhigang/internal/region"
	"zhigang/internal/worldtest"
)

func newLexicon(d *db.DB) *lexicon.Service {
	tree, err := region.Load()
	if err != nil {
		panic(err)
	}
	return lexicon.New(d, tree, slog.New(slog.DiscardHandler))
}

func operator(t *testing.T, d *db.DB, c *clock.Manual) auth.Actor {
	t.Helper()
	return worldtest.New(t, d, c, nil).Bureau(worldtest.Panyu, auth.Administrator)
}

func add(t *testing.T, s *lexicon.Service, who auth.Actor, kind lexicon.Kind, text string) {
	t.Helper()
	if err := s.Add(t.Context(), who, lexicon.Line{Kind: kind, Text: text}, false); err != nil {
		t.Fatal(err)
	}
}

func TestAnEarlierVersionIsBroughtBackByOneAction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		s, who := newLexicon(d), operator(t, d, c)
		if s.Current() != nil {
			t.Fatal("it is as the program comes")
		}
		add(t, s, who, lexicon.Synonyms, "义务巡河 护河")
		first := s.Current()
		if !slices.Equal(first.Same("护河"), []string{"义务巡河"}) || len(first.Same("社工")) == 0 {
			t.Fatal("a line of the bureau counts beside the others")
		}
		off := lexicon.Line{Kind: lexicon.Synonyms, Text: "社工 社会工作者 社会工作"}
		if err := s.Add(t.Context(), who, off, true); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(s.Current().Same("社工"), "社会工作") {
			t.Fatal("a line that is switched off counts no more")
		}
		restore := func(version int64) {
			t.Helper()
			if err := s.Restore(t.Context(), who, version); err != nil {
				t.Fatal(err)
			}
		}
		restore(0)
		if s.Current() != nil {
			t.Fatal("as the program comes")
		}
		restore(2) // that was taken back by mistake
		if now := s.Current(); slices.Contains(now.Same("社工"), "社会工作") || len(now.Same("护河")) != 1 {
			t.Fatal("the second version again")
		}
		restore(1)
		if now := s.Current(); !slices.Contains(now.Same("社工"), "社会工作") || len(now.Same("护河")) != 1 {
			t.Fatal("the first version again")
		}
		versions, err := s.Versions(t.Context(), 10)
		if err != nil || len(versions) != 5 || versions[0].Version != 5 || *versions[0].Restores != 1 || versions[0].Account != who.Account {
			t.Fatalf("%+v, %v", versions, err)
		}
		if err := s.Restore(t.Context(), who, 6); !errs.Is(err, errs.KindNotFound) {
			t.Fatal(err)
		}
		if after, _ := s.Versions(t.Context(), 10); len(after) != 5 {
			t.Fatal("what was refused is no version")
		}
	})
}

func TestWhatIsNoEntryIsRefused(t *testing.T) {
	d, c := dbtest.SQLite(t)
	s, who := newLexicon(d), operator(t, d, c)
	add(t, s, who, lexicon.Words, "义务巡河")
	for _, one := range []struct {
		text string
		off  bool
		kind errs.Kind
	}{
		{"义务巡河", false, errs.KindConflict}, {"义务巡河 护河", true, errs.KindInvalid}, {"护", false, errs.KindInvalid},
		{"巡河 番禺", false, errs.KindInvalid},
	} {
		if err := s.Add(t.Context(), who, lexicon.Line{Kind: lexicon.Words, Text: one.text}, one.off); !errs.Is(err, one.kind) {
			t.Errorf("%s: %v", one.text, err)
		}
	}
	builtIn := lexicon.BuiltIn()[len(lexicon.BuiltIn())-1]
	if err := s.Add(t.Context(), who, builtIn, false); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("what the program knows already: %v", err)
	}
	if err := s.Add(t.Context(), auth.Actor{Account: who.Account}, lexicon.Line{Kind: lexicon.Words, Text: "护河"}, false); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("who works for no bureau: %v", err)
	}
	entries, err := s.Entries(t.Context(), 1)
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	if err := s.Remove(t.Context(), who, entries[0].ID); err != nil || s.Current() != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), who, entries[0].ID); !errs.Is(err, errs.KindConflict) {
		t.Errorf("removed twice: %v", err)
	}
}

func TestAnotherProcessFollowsWithinSeconds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		s, other, who := newLexicon(d), newLexicon(d), operator(t, d, c)
		other.Current()
		add(t, s, who, lexicon.Words, "义务巡河")
		c.Add(6 * time.Second)
		now := other.Current()
		if now == nil || !now.Has("义务巡河") {
			t.Fatal("the other process does not know the word")
		}
		c.Add(6 * time.Second)
		if other.Current() != now {
			t.Error("the same version is the same lexicon")
		}
	})
}

func TestWhatManyLookForInVainIsProposedAndNobodyIsNoted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		s, who := newLexicon(d), operator(t, d, c)
		for n := range 6 {
			asker := fmt.Sprint("visitor ", n)
			for range 3 { // again and again counts once
				s.Note(asker, "护河员", lexicon.InVain)
			}
			s.Note(asker, "巡河", lexicon.Found)
		}
		s.Note("one", "某人的名字", lexicon.InVain)
		s.Note("late", "护河员", lexicon.InVain)
		c.Add(time.Hour)
		s.Note("late", "环保", lexicon.Found) // that is no second try
		for range 2 {                       // sums are added up
			if err := s.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		missed, err := s.Missed(t.Context(), 10)
		if err != nil || len(missed) != 1 || missed[0] != (lexicon.Missed{Text: "护河员", Asked: 7, InVain: 7}) {
			t.Fatalf("%+v, %v", missed, err)
		}
		proposed, err := s.Candidates(t.Context())
		if err != nil || len(proposed) != 1 || proposed[0] != (lexicon.Candidate{Text: "护河员", Instead: "巡河", Times: 6, Failed: 7}) {
			t.Fatalf("%+v, %v", proposed, err)
		}
		if s.Current() != nil {
			t.Fatal("a proposal counts before a person has accepted it")
		}
		add(t, s, who, proposed[0].Line().Kind, proposed[0].Line().Text)
		if left, _ := s.Candidates(t.Context()); len(left) != 0 {
			t.Errorf("accepted, and proposed again: %v", left)
		}
		if err := s.Restore(t.Context(), who, 0); err != nil {
			t.Fatal(err)
		}
		if err := s.Refuse(t.Context(), who, "护河员", "巡河"); err != nil {
			t.Fatal(err)
		}
		if left, _ := s.Candidates(t.Context()); len(left) != 0 {
			t.Errorf("turned down, and proposed again: %v", left)
		}
		c.Add(8 * 24 * time.Hour)
		if err := s.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		var kept []string
		if err := d.Select(t.Context(), &kept, `SELECT text FROM lexicon_asked ORDER BY text`); err != nil || !slices.Equal(kept, []string{"巡河", "护河员"}) {
			t.Errorf("kept %v, %v", kept, err)
		}
	})
}
