package meili

import (
	"regexp"
	"testing"

	"zhigang/internal/search"
)

func TestTermsAreEncodedAsDifferentPlainWords(t *testing.T) {
	text := "社会工作者 shegong c++ c# 3a 12345678 㐀鿿 𠮷野 カタカナ 한국어 العربية hc2h w社 x女 é " + string(make([]rune, 3)) + "กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"
	plain := regexp.MustCompile(`^[ -~]{2,250}$`)
	seen := map[string]string{}
	for _, term := range (search.Document{Title: text, Org: text, Kind: "job"}).Terms().All {
		code := encode(term)
		if !plain.MatchString(code) {
			t.Errorf("%q is encoded as %q", term, code)
		}
		if other, twice := seen[code]; twice {
			t.Errorf("%q and %q are both encoded as %q", term, other, code)
		}
		seen[code] = term
	}
}
