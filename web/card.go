package web

import (
	"html/template"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// cardView is a postCard in the words of one language. Its fields are its own because templates look long for what is
// embedded, and lists are what most people look at.
type cardView struct {
	URL, Title string
	Pay        payment
	Org, Via   string // Via posts on behalf of Org
	Rating     rating
	Reply      string
	Prompt     bool
	Kind       string
	Volunteer  bool
	Facts      []string
	Why        []string
	Fit        *fitView
}

// cardKey is what a written card depends on beside the edition.
type cardKey struct {
	post id.ID
	lang i18n.Lang
}

// keptCards is how many cards are kept written: about ten megabytes.
const keptCards = 10_000

// foundCards writes the cards of posts that were found. Those that were written in the same edition are shown again:
// writing them takes longer than finding them.
func (h *handlers) foundCards(c *gin.Context, found search.Results) ([]template.HTML, error) {
	keys := make([]cardKey, len(found.Items))
	posts := make(map[cardKey]position.Listed, len(keys))
	for n, l := range found.Items {
		keys[n] = cardKey{l.ID, lang(c)}
		posts[keys[n]] = l
	}
	written, err := h.written.Of(found.Edition, keys, func(missing []cardKey) (map[cardKey]template.HTML, error) {
		items := make([]position.Listed, len(missing))
		for n, key := range missing {
			items[n] = posts[key]
		}
		cards, err := h.cardsIn(c, found.Edition, items)
		if err != nil {
			return nil, err
		}
		return h.views.cards(lang(c), missing, cards)
	})
	if err != nil {
		return nil, err
	}
	all := make([]template.HTML, len(keys))
	for n, key := range keys {
		all[n] = written[key]
	}
	return all, nil
}

// payment is what is paid, in words.
type payment struct {
	Before, Text string
	Free         bool
}

// rating is the grade of an organization, in words; "" when it has none.
type rating struct {
	Text string
	Gold bool // it holds still
}

// card puts a postCard into words.
func (f format) card(l postCard) cardView {
	v := cardView{
		URL: "/positions/" + l.ID.String(), Title: l.Title, Pay: f.payment(l.Content), Org: l.EmployerName(), Rating: f.rating(l.ValidRating, l.Rating, l.RatingUntil),
		Prompt: l.Prompt, Kind: f.p.T("kind."+string(l.Kind), nil), Volunteer: l.Kind == position.Volunteer, Facts: f.cardFacts(l), Why: l.Why, Fit: l.Fit,
	}
	if l.OnBehalf() {
		v.Via = f.p.T("position.via", errs.Params{"org": l.OrgName})
	}
	if l.Reply != "" {
		v.Reply = f.p.T("org.reply_rate", errs.Params{"percent": l.Reply})
	}
	if l.InternshipMonths > 0 {
		v.Kind += " · " + f.p.T("position.months", errs.Params{"n": l.InternshipMonths})
	}
	return v
}

// cardFacts is where, for whom, how many and until when.
func (f format) cardFacts(l postCard) []string {
	facts := []string{f.near(l.Region)}
	if l.Kind == position.Volunteer {
		if l.ServiceTime != "" {
			facts = append(facts, l.ServiceTime)
		}
		places := f.p.T("position.full", nil)
		if n := l.Left(); n > 0 {
			places = f.p.T("position.places_left", errs.Params{"n": n})
		}
		facts = append(facts, places)
		if l.InsuranceNo != "" {
			facts = append(facts, f.p.T("position.insured", nil))
		}
	} else {
		facts = append(facts, f.studies(l.Content), f.p.T("position.headcount", errs.Params{"n": l.Headcount}))
	}
	return append(facts, f.p.T("position.until", errs.Params{"day": f.shortDay(l.ValidUntil)}))
}

// studies says which degree and majors are asked for.
func (f format) studies(post position.Content) string {
	majors := f.p.T("position.any_major", nil)
	if len(post.Majors.V) > 0 {
		majors = joinList(f.p, post.Majors.V)
	}
	return f.p.T("degree."+string(post.Degree), nil) + " · " + majors
}

// payment says what is paid; of an internship, that it is not a wage.
func (f format) payment(post position.Content) payment {
	v := payment{Text: f.paid(post), Free: post.Kind == position.Volunteer}
	if post.Kind == position.Internship {
		v.Before = f.p.T("pay.internship", nil)
	}
	return v
}

// paid says what is paid: volunteers get nothing, or an allowance.
func (f format) paid(post position.Content) string {
	if post.Kind != position.Volunteer {
		return f.pay(post.Pay)
	}
	text := f.p.T("pay.volunteer", nil)
	if post.Allowance > 0 {
		text += " · " + f.p.T("pay.allowance", errs.Params{"yuan": position.Yuan(post.Allowance)})
	}
	return text
}

// rating puts a grade into words. One that has run out is said to have been.
func (f format) rating(valid, had int, until calendar.Day) rating {
	say := func(key string, grade int) string {
		return f.p.T(key, errs.Params{"grade": stars(grade), "until": f.month(until)})
	}
	switch {
	case valid > 0:
		return rating{say("org.rated", valid), true}
	case had > 0:
		return rating{Text: say("org.rating_over", had)}
	}
	return rating{}
}
