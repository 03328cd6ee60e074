package meili

import (
	"regexp"
	"testing"

	"zhigang/internal/search"
)

func TestTermsAreEncodedAsDifferentLatinWords(t *testing.T) {
	text := "社会工作者 shegong c++ c# 3a 12345678 㐀鿿 𠮷野 カタカナ 한국어 العربية hc2h w社 x女 é " + string(make([]rune, 3)) + "กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"
	latin := regexp.MustCompile(`^[a-z0-9]{2,250}$`)
	seen := map[string]string{}
	for _, term := range search.Terms(text) {
		code := encode(term)
		if !latin.MatchString(code) {
			t.Errorf("%q is encoded as %q", term, code)
		}
		if other, twice := seen[code]; twice {
			t.Errorf("%q and %q are both encoded as %q", term, other, code)
		}
		seen[code] = term
	}
}

func TestLongQueriesKeepAllWords(t *testing.T) {
	q := search.Query{Text: "一二三四五六七八九十百千 b c d e f g h i j k l"}
	got := encodeQuery(q.Words())
	if n := len(regexp.MustCompile(`"[^"]+"`).FindAllString(got, -1)); n != maxParts {
		t.Errorf("%d parts: %s", n, got)
	}
	for _, word := range q.Words() {
		for _, term := range word {
			if !regexp.MustCompile(`\b` + encode(term) + `\b`).MatchString(got) {
				t.Errorf("%q is missing in %s", term, got)
			}
		}
	}
}
