package text_test

import (
	"slices"
	"testing"

	"zhigang/internal/text"
)

func TestALineIsOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "  社工 ": "社工", "社区\r\n社工": "社区 社工", "示例　大学\t南校区": "示例 大学 南校区", "买买提·艾力": "买买提·艾力", "𠮷野家": "𠮷野家",
		"\u202a13800138000\u202c": "13800138000", "\u200b\ufeff": "", "evil\u202egpj.exe": "evilgpj.exe", "👩\u200d🏫": "👩\u200d🏫", "a\u00a0b": "a b",
	} {
		if got := text.Line(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestTheSameWordsAreTheSameText(t *testing.T) {
	for _, in := range []string{"一\n二", "一\r\n二", "一\r二", " 一\u2028二\n", "\ufeff一\n二"} {
		if got := text.Block(in); got != "一\n二" {
			t.Errorf("%q: %q", in, got)
		}
	}
	if got := text.List([]string{" 社工证", "", "社工证", "急救\n"}); !slices.Equal(got, []string{"社工证", "急救"}) {
		t.Errorf("%q", got)
	}
}

func TestWhatCannotBeKeptIsTold(t *testing.T) {
	for _, good := range []string{"", "社工", "一\n\t二", "买买提·艾力", "𠮷𪚥", "👩\u200d🏫", "café", "\u200b"} {
		if !text.Clean(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{"a\x00b", "\x1b[31m", "\x7f", "\u0085", "\xff", "社\xe7", "社\ufffd", "\ufffe", "\U0001ffff"} {
		if text.Clean(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
	for in, blank := range map[string]bool{"": true, " \n　": true, "\u200d": true, "\u3164": true, "一": false, "·": false, "👩": false} {
		if text.Blank(in) != blank {
			t.Errorf("%q: blank %v", in, !blank)
		}
	}
	if got := text.Cut("𠮷\xff野家", 2); got != "𠮷野" {
		t.Errorf("%q", got)
	}
	if got := text.HalfWidth("ａ＠１２　３"); got != "a@12 3" {
		t.Errorf("%q", got)
	}
}
