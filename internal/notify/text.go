package notify

import (
	"fmt"
	"strings"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/region"
)

// Text is a notice in words.
type Text struct {
	Title string
	Body  []string // paragraphs
}

// textParams returns what fills the texts of a notice, in the language of p.
func (s *Service) textParams(p i18n.Printer, n Notice) map[string]any {
	params := map[string]any{}
	for name, v := range n.Params.V {
		params[name] = v
	}
	for _, name := range []string{"day", "from", "to"} {
		if day := n.Params.V[name]; day != "" {
			params[name] = dayText(p, calendar.Day(day))
		}
	}
	if region := n.Params.V["region"]; region != "" {
		params["region"] = s.Tree.FullName(region)
	}
	if n.Kind == Match || n.Kind == SearchExpiring {
		params["search"] = searchText(p, s.Tree, n)
	}
	return params
}

// Text says a notice in the language of p.
func (s *Service) Text(p i18n.Printer, n Notice) Text {
	params := s.textParams(p, n)
	key := "notice." + string(n.Kind)
	if other := key + "." + n.Params.V["kind"]; n.Params.V["kind"] != "" && p.Has(other+".title") {
		key = other
	}
	t := Text{Title: p.T(key+".title", params), Body: []string{p.T(key+".body", params)}}
	if reason := strings.TrimSpace(n.Params.V["reason"]); reason != "" {
		t.Body = append(t.Body, p.T("notice.reason", map[string]any{"reason": reason}))
	}
	if text := n.Params.V["text."+string(p.Lang)]; text != "" {
		t.Body = append(t.Body, text)
	}
	return t
}

// searchText names the saved search of a notice.
func searchText(p i18n.Printer, tree *region.Tree, n Notice) string {
	q, err := match.SavedSearch{Query: n.Params.V["query"]}.Criteria(tree)
	if err != nil {
		return ""
	}
	return match.Title(p, tree, q, n.Params.V["org"])
}

// dayOf returns the day in China of an instant.
func dayOf(t db.Time) calendar.Day { return calendar.DayOf(t.Time) }

// dayText prints a day in full.
func dayText(p i18n.Printer, d calendar.Day) string {
	t := d.Start().In(calendar.China())
	return p.T("date.full", map[string]any{
		"year": t.Year(), "month": int(t.Month()), "day": t.Day(), "monthname": p.T(fmt.Sprintf("month.%d", t.Month()), nil),
	})
}

// flat puts a text that people wrote on one line.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// params builds Params from names and values.
func params(pairs ...string) Params {
	out := Params{}
	for n := 0; n+1 < len(pairs); n += 2 {
		out[pairs[n]] = pairs[n+1]
	}
	return out
}

// about begins a notice on a subject that tells of a cause.
func about(kind Kind, subject, cause id.ID, link string, pairs ...string) Notice {
	n := Notice{Kind: kind, Subject: subject, Cause: cause, Link: link}
	n.Params.V = params(pairs...)
	return n
}
