package lexicon_test

import (
	"slices"
	"testing"

	"zhigang/internal/errs"
	"zhigang/internal/lexicon"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func TestWhatComesWithTheProgramIsWrittenAsTheBureausLinesAre(t *testing.T) {
	for _, line := range lexicon.BuiltIn() {
		if line.Kind != lexicon.Synonyms && line.Kind != lexicon.Phrases {
			continue // long lists, made by hand
		}
		for _, word := range line.Words() {
			if _, err := (lexicon.Line{Kind: lexicon.Fillers, Text: word}).Check(); err != nil {
				t.Errorf("%s: %q is no word", line.Text, word)
			}
		}
	}
}

func TestLinesAreFoldedAndChecked(t *testing.T) {
	for _, one := range []struct {
		kind     lexicon.Kind
		in, want string // want is "" where it is refused
	}{
		{lexicon.Synonyms, "  社工　社會工作者 ", "社工 社会工作者"},
		{lexicon.Synonyms, "ＮＧＯ 社会组织", "ngo 社会组织"},
		{lexicon.Synonyms, "文职 > 文员 行政", "文职 > 文员 行政"},
		{lexicon.Synonyms, "社工", ""},
		{lexicon.Synonyms, "甲 乙", ""},
		{lexicon.Synonyms, "文职 内勤 > 文员", ""},
		{lexicon.Synonyms, "找我 13800138000", ""},
		{lexicon.Synonyms, "a b c d e f g h i j k l m n", ""},
		{lexicon.Phrases, "照顾老人 | 看护老人 > 护理员 护工", "照顾老人 | 看护老人 > 护理员 护工"},
		{lexicon.Phrases, "照顾老人 | > 护理员", ""},
		{lexicon.Phrases, "照顾老人", ""},
		{lexicon.Words, "长者饭堂 <b>", ""},
		{lexicon.Words, "长者饭堂 c++", "长者饭堂 c++"},
		{lexicon.Fillers, "吗", "吗"},
		{"other", "社工 社会工作者", ""},
		{lexicon.Words, "", ""},
	} {
		line, err := lexicon.Line{Kind: one.kind, Text: one.in}.Check()
		if one.want == "" {
			if !errs.Is(err, errs.KindInvalid) {
				t.Errorf("%s %q: %v", one.kind, one.in, err)
			}
			continue
		}
		if err != nil || line.Text != one.want {
			t.Errorf("%s %q: %q, %v", one.kind, one.in, line.Text, err)
		}
	}
}

func TestALexiconIsMadeOfItsLines(t *testing.T) {
	l := lexicon.Of([]lexicon.Line{
		{lexicon.Words, "长者饭堂 督导"}, {lexicon.Fillers, "有没有 吗"}, {lexicon.Synonyms, "甲方 乙方 丙方"}, {lexicon.Synonyms, "文职 > 文员 行政"},
		{lexicon.Phrases, "看大门 | 看门 > 保安 门卫"},
	})
	if !l.Has("长者饭堂") || !l.Has("有没有") || l.Has("吗") || !l.Filler("吗") || l.Has("保安") {
		t.Error("its words")
	}
	if !slices.Equal(l.Same("乙方"), []string{"甲方", "丙方"}) || !slices.Equal(l.Same("文职"), []string{"文员", "行政"}) || len(l.Same("文员")) != 0 {
		t.Error(l.Same("乙方"), l.Same("文职"), l.Same("文员"))
	}
	if key, at := l.Phrase("想看大门"); key != "看大门" || at != len("想") || !slices.Equal(l.Means(key), []string{"保安", "门卫"}) {
		t.Error(key, at)
	}
	if !slices.Contains(l.Sounding("dudao"), "督导") || !slices.Contains(l.Beginning("dd"), "督导") {
		t.Error("by ear")
	}
}
