package script_test

import (
	"testing"
	"unicode/utf8"

	"zhigang/internal/script"
)

func TestBothWaysToWriteBecomeOne(t *testing.T) {
	for text, want := range map[string]string{
		"廣東省廣州市番禺區": "广东省广州市番禺区", "學歷不限": "学历不限", "碩士": "硕士", "職位名稱": "职位名称", "志願者": "志愿者",
		"为人民服务": "为人民服务", "Python 3.14，é": "Python 3.14，é", "": "", "\xff": "\ufffd",
	} {
		if got := script.Simplify(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestOneCharacterBecomesOne(t *testing.T) {
	const text = "㑮示範路1號 é" // the first becomes one that takes more bytes
	if got := script.Simplify(text); utf8.RuneCountInString(got) != utf8.RuneCountInString(text) || len(got) == len(text) {
		t.Errorf("%q", got)
	}
}
