package notify_test

import (
	"slices"
	"strings"
	"testing"

	"zhigang/internal/db/dbtest"
	"zhigang/internal/i18n"
	"zhigang/internal/notify"
)

func TestEveryNoticeHasWordsInEveryLanguage(t *testing.T) {
	all := texts(t)
	for _, lang := range i18n.Langs() {
		for _, kind := range notify.Kinds() {
			for _, part := range []string{".title", ".body"} {
				if all[lang]["notice."+string(kind)+part] == "" {
					t.Errorf("%s says nothing for %s%s", lang, kind, part)
				}
			}
		}
		for key, text := range all[lang] {
			if !strings.HasPrefix(key, "notice.") && !strings.HasPrefix(key, "mail.") && !strings.HasPrefix(key, "match.") {
				continue
			}
			other, ok := all[i18n.Langs()[0]][key]
			if !ok && !strings.HasSuffix(key, ".one") {
				t.Errorf("%s stands in %s only", key, lang)
			}
			a, b := i18n.Placeholders(text), i18n.Placeholders(other)
			slices.Sort(a)
			slices.Sort(b)
			if ok && !slices.Equal(slices.Compact(a), slices.Compact(b)) {
				t.Errorf("%s: %v in %s, %v in %s", key, a, lang, b, i18n.Langs()[0])
			}
		}
	}
}

// Params that are given must be used, and those that a text uses must be given: nothing may read "{title}".
func TestNoNoticeShowsAPlaceholder(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c, false)
	for _, lang := range i18n.Langs() {
		p := catalog(t).For(lang)
		for _, kind := range notify.Kinds() {
			for _, of := range []string{"", "job", "volunteer", "internship"} {
				var n notify.Notice
				n.Kind = kind
				n.Params.V = notify.Params{
					"title": "社工", "org": "暖阳", "day": "2026-12-05", "from": "2026-11-16", "to": "2026-11-22",
					"week": "2026-W47", "region": "440113", "n": "2", "query": "region=440113",
					"reason": "请带简历", "kind": of, "text.zh-Hans": "本周……", "text.en": "This week …",
				}
				text := w.Notify.Text(p, n)
				for _, line := range append(text.Body, text.Title) {
					if strings.ContainsAny(line, "{}") || strings.HasPrefix(line, "notice.") || line == "" {
						t.Errorf("%s %s %s: %q", lang, kind, of, line)
					}
				}
			}
		}
	}
}
