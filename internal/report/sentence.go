package report

import (
	"strconv"
	"strings"

	"zhigang/internal/i18n"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// sentence writes what a bureau would publish, from the figures of its report and nothing else. Only employment is
// called a hire; the confirmed and the disputed are among those claimed this week, so that the parts never exceed the
// whole. Internships, lent talent and volunteers are named apart, and only when there are any.
func sentence(p i18n.Printer, r region.Region, total Figures, byKind map[position.Kind]Figures) string {
	text := p.T("report.sentence", map[string]any{
		"whole":     p.T("report.whole."+whole(r), nil),
		"employers": thousands(total[Employers]), "posts": thousands(total[Posts]), "headcount": thousands(total[Headcount]),
		"among":   among(p, byKind),
		"claimed": thousands(total[HiresClaimed]), "confirmed": thousands(total[HiresClaimedConfirmed]),
		"disputed": thousands(total[HiresClaimedDisputed]),
	})
	var others []string
	for _, other := range []struct {
		key     string
		claimed Figure
	}{
		{"report.sentence.internship", InternshipsClaimed}, {"report.sentence.talent", TalentsClaimed},
		{"report.sentence.volunteer", VolunteersClaimed},
	} {
		if total[other.claimed] > 0 {
			others = append(others, p.T(other.key, map[string]any{"count": thousands(total[other.claimed])}))
		}
	}
	if len(others) > 0 {
		text += p.T("report.sentence.others", map[string]any{"list": strings.Join(others, p.T("report.sentence.comma", nil))})
	}
	return text
}

// said returns what a stored report says in a sentence, in every language.
func said[B interface{ sentence(p i18n.Printer) string }](s *Service, r row) (map[i18n.Lang]string, error) {
	var body B
	if _, err := r.read(&body); err != nil {
		return nil, err
	}
	out := map[i18n.Lang]string{}
	for _, lang := range i18n.Langs() {
		out[lang] = body.sentence(s.Texts.For(lang))
	}
	return out, nil
}

// sentence returns the sentence that the report holds.
func (b BureauBody) sentence(p i18n.Printer) string {
	if p.Lang == i18n.En {
		return b.Sentence.En
	}
	return b.Sentence.Zh
}

// sentence says what happened to the posts of an organization, and what it owes to whom.
func (b OrgBody) sentence(p i18n.Printer) string {
	return p.T("report.org.sentence", map[string]any{
		"views": thousands(b.Figures[Views]), "applications": thousands(b.Figures[Applications]),
		"answered": thousands(b.Figures[Answered]), "due": thousands(b.Figures[AnswersDue]),
		"overdue": thousands(b.Figures[AnswersOverdue]),
	})
}

// sentence says what there is in a person's week; what there is none of is left out.
func (d DigestBody) sentence(p i18n.Printer) string {
	var parts []string
	for _, part := range []struct {
		key string
		n   int
	}{
		{"report.person.moved", d.Moved}, {"report.person.due", d.Due}, {"report.person.overdue", d.Overdue},
		{"report.person.matches", d.Matches}, {"report.person.closing", d.Closing},
	} {
		if part.n > 0 {
			parts = append(parts, p.T(part.key, map[string]any{"n": part.n}))
		}
	}
	return p.T("report.person.sentence", map[string]any{"list": strings.Join(parts, p.T("report.person.comma", nil))})
}

// among says how many of the posts are no employment, in brackets.
func among(p i18n.Printer, byKind map[position.Kind]Figures) string {
	var parts []string
	for _, k := range position.Kinds() {
		if n := byKind[k][Posts]; n > 0 && !k.Employment() {
			parts = append(parts, p.T("report.sentence.posts."+string(k), map[string]any{"count": thousands(n)}))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return p.T("report.sentence.among", map[string]any{"list": strings.Join(parts, p.T("report.sentence.comma", nil))})
}

// wholes are the words for "in the whole …" by the ending of a region's name, the longest first.
var wholes = []struct{ ending, key string }{
	{"特别行政区", "special"}, {"自治区", "autonomous"}, {"自治州", "prefecture"}, {"自治县", "county"}, {"自治旗", "banner"},
	{"地区", "area"}, {"街道", "street"}, {"省", "province"}, {"市", "city"}, {"区", "district"}, {"县", "county"},
	{"旗", "banner"}, {"盟", "league"}, {"镇", "town"}, {"乡", "township"},
}

// whole returns the last part of the key for "in the whole region": 全省, 全市, 全区, 全街道 and so on.
func whole(r region.Region) string {
	for _, w := range wholes {
		if strings.HasSuffix(r.Name, w.ending) {
			return w.key
		}
	}
	return "place"
}

// thousands writes a number with separators: 1,204.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
