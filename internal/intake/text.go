package intake

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"zhigang/internal/script"
)

// clean makes a cell fit to be kept: no characters that cannot be seen, no blanks around it.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s))
}

// plain brings a text to the form in which it is read: full-width characters to half-width ones, Traditional to
// Simplified, lower case, one kind of dash, single spaces and none within Chinese words.
func plain(s string) string {
	s = strings.ToLower(script.Simplify(norm.NFKC.String(clean(s))))
	s = strings.Map(func(r rune) rune {
		switch r {
		case '~', '–', '—', '―', '−', '‐', '‑', '─', '〜', '－', '至':
			return '-'
		case '，', '；', ';', '、', '|':
			return ','
		case '·', '•', '∙', '・':
			return '·'
		}
		return r
	}, strings.ReplaceAll(s, "至少", "不低于"))
	return closeUp(strings.Join(strings.Fields(s), " "))
}

// isBlank reports whether a cell says nothing: it holds what people write where a form wants something and they have
// nothing to say. 无 is an answer to some questions.
func isBlank(f Field, text string) bool {
	if strings.Trim(text, "-—–―－/／\\_＿.。*＊ ") == "" {
		return true
	}
	isAnswer := f == Degree || f == Dangerous || f == Experience
	return !isAnswer && slices.Contains([]string{"无", "暂无", "空", "n/a", "na", "#n/a", "none", "null", "nil"}, strings.ToLower(text))
}

// joined puts texts behind one another, each on its own line, without those that are empty.
func joined(texts ...string) string {
	var kept []string
	for _, t := range texts {
		if t != "" {
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, "\n")
}

// short cuts a text to what fits into a message.
func short(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return string(r)
}

// hasAny reports whether s contains one of the words.
func hasAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
