package notify

import (
	"embed"
	"html/template"
	"maps"
	"strconv"
	"strings"
	texttemplate "text/template"

	"zhigang/internal/calendar"
	"zhigang/internal/i18n"
	"zhigang/internal/mail"
	"zhigang/internal/match"
	"zhigang/internal/position"
)

//go:embed templates
var files embed.FS

func templates() (*template.Template, *texttemplate.Template, error) {
	html, err := template.ParseFS(files, "templates/letter.html")
	if err != nil {
		return nil, nil, err
	}
	text, err := texttemplate.ParseFS(files, "templates/letter.txt")
	return html, text, err
}

// letter is a mail in words: the templates only lay it out.
type letter struct {
	Lang     i18n.Lang
	Site     string
	Title    string
	Greeting string
	Lines    []string // paragraphs
	Items    []letterItem
	More     string // what the items leave out
	Button   letterLink
	Foot     []string
	Unsub    *letterLink
}

type letterLink struct{ Text, URL string }

// letterItem is a position in the mail of a saved search.
type letterItem struct {
	Title, URL, Pay string
	Facts           string // who, where, until when
	Why             string
}

// maxItems is how many positions a mail shows; the notice has them all.
const maxItems = 20

func (s *Service) printer(to recipient) i18n.Printer { return s.Catalog.For(i18n.Lang(to.Lang)) }

// letter fills what all letters have.
func (s *Service) letter(p i18n.Printer, to recipient, title string) letter {
	l := letter{
		Lang: p.Lang, Site: p.T("site.name", nil), Title: title,
		Greeting: p.T("mail.greeting", map[string]any{"name": flat(to.Name)}),
	}
	if to.Name == "" {
		l.Greeting = p.T("mail.greeting.nameless", nil)
	}
	return l
}

// signOff fills the foot of a letter: why it was sent, who runs the site.
func (s *Service) signOff(p i18n.Printer, l *letter, why ...string) {
	l.Foot = append(why, p.T("mail.noreply", nil), p.T("foot.free", nil))
	if s.Operator != "" {
		l.Foot = append(l.Foot, p.T("foot.operator", map[string]any{"name": s.Operator}))
	}
}

// message lays a letter out.
func (s *Service) message(p i18n.Printer, d Delivery, to recipient, l letter) (mail.Message, error) {
	var html, text strings.Builder
	if err := s.html.Execute(&html, l); err != nil {
		return mail.Message{}, err
	}
	if err := s.text.Execute(&text, l); err != nil {
		return mail.Message{}, err
	}
	m := mail.Message{
		To:      mail.Address{Name: to.Name, Address: to.Email},
		Subject: p.T("mail.subject", map[string]any{"site": l.Site, "title": l.Title}),
		Text:    text.String(), HTML: html.String(), MessageID: d.MessageID, Date: d.CreatedAt.Time,
	}
	if l.Unsub != nil {
		m.Unsubscribe = l.Unsub.URL
	}
	return m, nil
}

// noticeMessage is message for a notice, which gateways know by its kind.
func (s *Service) noticeMessage(p i18n.Printer, d Delivery, to recipient, l letter, n Notice) (mail.Message, error) {
	m, err := s.message(p, d, to, l)
	if err == nil {
		s.fill(p, &m, n, l.Button.URL)
	}
	return m, err
}

// writeNotice writes the mail of any notice but a match.
func (s *Service) writeNotice(d Delivery, to recipient, n Notice) (mail.Message, error) {
	p := s.printer(to)
	text := s.Text(p, n)
	l := s.letter(p, to, text.Title)
	for _, paragraph := range text.Body {
		l.Lines = append(l.Lines, strings.Split(paragraph, "\n")...)
	}
	l.Button = letterLink{p.T("mail.open", nil), s.links.URL(n.Link)}
	why := p.T("mail.why", nil)
	if n.Kind.weekly() {
		why = p.T("mail.why.weekly", nil)
		l.Unsub = &letterLink{p.T("mail.unsubscribe.weekly", nil), s.links.URL(unsubscribePath(s.weeklyToken(n.Kind, n.Account)))}
	}
	s.signOff(p, &l, why)
	return s.noticeMessage(p, d, to, l, n)
}

// writeMatches writes the mail of a match: what was found, and why.
func (s *Service) writeMatches(
	d Delivery, to recipient, n Notice, saved match.SavedSearch, items []match.Item,
) (mail.Message, error) {
	p := s.printer(to)
	n.Params.V = maps.Clone(n.Params.V)
	n.Params.V["n"] = strconv.Itoa(len(items)) // what is left of it
	text := s.Text(p, n)
	l := s.letter(p, to, text.Title)
	l.Lines = text.Body
	shown := maxItems
	if to.MailOnly { // there is no page that has them all
		shown = len(items)
	}
	for _, item := range items[:min(len(items), shown)] {
		l.Items = append(l.Items, s.item(p, item))
	}
	if rest := len(items) - shown; rest > 0 {
		l.More = p.T("mail.more", map[string]any{"n": rest})
	}
	l.Button = letterLink{p.T("mail.open", nil), s.links.URL(n.Link)}
	if to.MailOnly && len(items) > 1 {
		l.Button = letterLink{p.T("mail.open.results", nil), s.links.URL(resultsPath(saved.Query))}
	}
	s.signOffSearch(p, &l, to, n, saved)
	return s.noticeMessage(p, d, to, l, n)
}

// signOffSearch fills the foot of the letters of a saved search: why they come, and how they end.
func (s *Service) signOffSearch(p i18n.Printer, l *letter, to recipient, n Notice, saved match.SavedSearch) {
	l.Unsub = &letterLink{p.T("mail.unsubscribe", nil), s.links.URL(unsubscribePath(s.searchToken(saved.ID)))}
	params := map[string]any{
		"search": searchText(p, s.Tree, n), "day": dayText(p, dayOf(saved.ExpiresAt)), "url": s.links.URL(savedSearchesPath()),
	}
	if to.MailOnly {
		s.signOff(p, l, p.T("mail.why.mailbox", params))
		return
	}
	s.signOff(p, l, p.T("mail.why.match", params))
}

// writeExpiring writes the mail of a saved search that runs out. Its link renews the search without an account.
func (s *Service) writeExpiring(d Delivery, to recipient, n Notice, saved match.SavedSearch) (mail.Message, error) {
	p := s.printer(to)
	text := s.Text(p, n)
	l := s.letter(p, to, text.Title)
	l.Lines = text.Body
	l.Button = letterLink{p.T("mail.renew", nil), s.links.URL(unsubscribePath(s.searchToken(saved.ID)))}
	s.signOffSearch(p, &l, to, n, saved)
	return s.noticeMessage(p, d, to, l, n)
}

// writeConfirm writes the letter with the link that confirms a request.
func (s *Service) writeConfirm(d Delivery, to recipient, r match.Request) (mail.Message, error) {
	p := s.printer(to)
	n := Notice{Kind: Match}
	n.Params.V = params("query", r.Query)
	l := s.letter(p, to, p.T("mail.confirm.title", nil))
	l.Lines = []string{
		p.T("mail.confirm.body", map[string]any{"search": searchText(p, s.Tree, n), "every": p.T("match.every."+string(r.Every), nil)}),
		p.T("mail.confirm.ignore", map[string]any{"day": dayText(p, calendar.DayOf(r.CreatedAt.Add(match.RequestLife)))}),
	}
	l.Button = letterLink{p.T("mail.confirm.button", nil), s.links.URL(requestPath(s.requestToken(r.ID)))}
	s.signOff(p, &l, p.T("mail.why.confirm", nil))
	return s.message(p, d, to, l)
}

func (s *Service) item(p i18n.Printer, item match.Item) letterItem {
	facts := []string{flat(item.EmployerName()), s.Tree.LocalName(item.Region)}
	if item.ValidUntil != "" {
		facts = append(facts, p.T("mail.until", map[string]any{"day": dayText(p, item.ValidUntil)}))
	}
	return letterItem{
		Title: flat(item.Title), URL: s.links.URL(positionPath(item.ID)), Pay: payText(p, item.Content),
		Facts: strings.Join(facts, " · "),
		Why:   p.T("mail.reason", map[string]any{"reason": match.Reason(p, s.Tree, item.Reason.V, item.OrgName)}),
	}
}

// payText says what is paid, or what a volunteer gets back for fares and meals.
func payText(p i18n.Printer, c position.Content) string {
	switch {
	case c.Kind == position.Volunteer && c.Allowance > 0:
		return p.T("pay.allowance", map[string]any{"yuan": position.Yuan(c.Allowance)})
	case c.Kind == position.Volunteer:
		return p.T("pay.volunteer", nil)
	}
	key, params := c.Pay.Text()
	return p.T(key, params)
}

// writeReset writes the mail of a forgotten password.
func (s *Service) writeReset(d Delivery, to recipient, token string) (mail.Message, error) {
	p := s.printer(to)
	l := s.letter(p, to, p.T("mail.reset.title", nil))
	l.Lines = []string{p.T("mail.reset.body", nil), p.T("mail.reset.ignore", nil)}
	l.Button = letterLink{p.T("mail.reset.button", nil), s.links.URL(resetPath(token))}
	s.signOff(p, &l, p.T("mail.why", nil))
	return s.message(p, d, to, l)
}
