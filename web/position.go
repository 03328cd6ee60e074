package web

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/edition"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// postCard is a position as lists show it: what decides whether somebody taps.
type postCard struct {
	position.Listed
	ValidRating int
	Reply       string   // reply rate in percent, "" while there is too little to say
	Prompt      bool     // the rate is one to be proud of
	Why         []string // why it is recommended
	Fit         *fitView // how it suits the person; nil where that is not asked
}

// promptRate is the reply rate, in percent, from which it is shown as praise; below it is only said.
const promptRate = 80

// cards adds to positions what lists show of their organizations.
func (h *handlers) cards(c *gin.Context, items []position.Listed) ([]postCard, error) {
	now, err := edition.Current(c.Request.Context(), h.DB)
	if err != nil {
		return nil, err
	}
	return h.cardsIn(c, now, items)
}

// cardsIn is cards for an edition that was read before.
func (h *handlers) cardsIn(c *gin.Context, now edition.Edition, items []position.Listed) ([]postCard, error) {
	orgs := make([]id.ID, 0, len(items))
	for _, l := range items {
		orgs = append(orgs, l.OrgID)
	}
	replies, err := h.repliesIn(c.Request.Context(), now, orgs)
	if err != nil {
		return nil, err
	}
	out := make([]postCard, len(items))
	for n, l := range items {
		out[n] = postCard{Listed: l, ValidRating: validRating(l.Rating, l.RatingUntil, now.Day)}
		if rate, ok := replies[l.OrgID].Rate(); ok {
			out[n].Reply, out[n].Prompt = strconv.Itoa(rate), rate >= promptRate
		}
	}
	return out, nil
}

// today is the calendar day in China.
func (h *handlers) today() calendar.Day { return calendar.DayOf(h.DB.Clock().Now()) }

func validRating(rating int, until, today calendar.Day) int {
	if until < today {
		return 0
	}
	return rating
}

// positionPage is one position.
type positionPage struct {
	Page
	postCard
	State      position.State
	Facts      []factLine
	Crumbs     []link
	DaysLeft   int
	Full       bool
	Verified   calendar.Day
	OrgCode    string
	OrgOpen    int
	ReplyKnown bool
	OrgHeads   int
	Applied    id.ID
	FitEmpty   bool // the profile is still empty: nothing can be compared
	Onward     onward
	Similar    []postCard
	JSONLD     map[string]any
}

// factLine is one of the particulars that the law wants in a post.
type factLine struct{ Label, Value string }

// link is a text that leads somewhere.
type link struct{ URL, Label string }

func (h *handlers) showPosition(c *gin.Context) error {
	ctx := c.Request.Context()
	post, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, owner, err := h.Positions.Public(ctx, post)
	if err != nil {
		return err
	}
	listed := listedOf(p, owner)
	cards, err := h.cards(c, []position.Listed{listed})
	if err != nil {
		return err
	}
	today := h.today()
	page := &positionPage{
		Page: Page{
			Title: p.Title, Nav: "find", Canonical: h.BaseURL + "/positions/" + p.ID.String(),
			Description: h.describe(c, listed),
		},
		postCard: cards[0], State: p.StateOn(today), DaysLeft: today.Until(p.ValidUntil), Full: p.Left() <= 0,
		OrgCode: owner.CreditCode().Mask(), ReplyKnown: cards[0].Reply != "",
		Facts: h.facts(c, listed), Crumbs: h.regionLinks(p.Region), Onward: h.similar(c, p),
	}
	if !owner.VerifiedAt.IsZero() {
		page.Verified = calendar.DayOf(owner.VerifiedAt.Time)
	}
	if err := h.addAlike(c, page, p); err != nil {
		return err
	}
	open, err := h.Positions.CountOfOrg(ctx, owner.ID)
	if err != nil {
		return err
	}
	page.OrgOpen, page.OrgHeads = open.Posts, open.Headcount
	if who := actor(c); who.Account != 0 {
		if a, err := h.Applications.Find(ctx, who, p.ID); err == nil {
			page.Applied = a.ID
		} else if !errs.Is(err, errs.KindNotFound) {
			return err
		}
	}
	if page.State == position.Published {
		if page.Fit, page.FitEmpty, err = h.fits(c, listed); err != nil {
			return err
		}
		page.JSONLD = h.jobPosting(listed)
		each(c, func(*gin.Context) { h.tally.add(p.ID) })
	}
	return h.show(c, "position/show", page)
}

// similarCount is how many similar posts a post leads to.
const similarCount = 4

// addAlike adds what else one may look at.
func (h *handlers) addAlike(c *gin.Context, page *positionPage, p position.Position) error {
	alike, down, err := h.Search.Similar(c.Request.Context(), p, similarCount)
	if err != nil {
		return err
	}
	if down {
		passing(c)
	}
	page.Similar, err = h.cards(c, alike)
	return err
}

// describe is the text that search engines and chats show under a link.
func (h *handlers) describe(c *gin.Context, l position.Listed) string {
	p := h.printer(c)
	return p.T("position.describe", map[string]any{
		"org": l.EmployerName(), "place": h.Tree.LocalName(l.Region), "n": l.Headcount,
		"until": format{p, h}.day(l.ValidUntil), "kind": p.T("kind."+string(l.Kind), nil),
	})
}

// facts lists the particulars that the law wants in a post, in one grid; what the work is stands below it.
func (h *handlers) facts(c *gin.Context, l position.Listed) []factLine {
	p := h.printer(c)
	f := format{p, h}
	facts := []factLine{
		{"position.fact.employer", l.EmployerName()},
		{"position.fact.place", h.Tree.LocalName(l.Region) + l.Address},
		{"position.fact.headcount", p.T("position.people", map[string]any{"n": l.Headcount})},
		{"position.fact.degree", f.studies(l.Content)},
		{"position.fact.employment", p.T("employment."+l.Employment, nil)},
		{"position.fact.pay", f.paid(l.Content)},
		{"position.fact.conditions", l.Conditions},
		{"position.fact.until", f.day(l.ValidUntil)},
		{"position.fact.answer", p.T("position.answer_days", map[string]any{"n": l.AnswerDays})},
		{"position.fact.source", h.source(c, l)},
	}
	switch l.Kind { //nolint:exhaustive // the other kinds have no fact of their own
	case position.Volunteer:
		facts[3] = factLine{"position.fact.time", l.ServiceTime}
	case position.Internship:
		facts[4].Value += " · " + p.T("position.months", map[string]any{"n": l.InternshipMonths})
	case position.Talent:
		facts[4].Value += " · " + p.T("talent."+l.TalentForm, nil)
	}
	return facts
}

func (h *handlers) source(c *gin.Context, l position.Listed) string {
	text := h.printer(c).T("source."+l.Source, nil)
	if l.SourceNote != "" {
		text += "：" + l.SourceNote
	}
	return text
}

// regionLinks leads from the city down to where the position is.
func (h *handlers) regionLinks(code string) []link {
	var out []link
	for n, c := range h.Tree.Path(code) {
		if n > 0 {
			out = append(out, link{"/positions?region=" + c, h.Tree.Name(c)})
		}
	}
	return out
}

// jobPosting describes a position to search engines, with what the page shows and nothing else.
func (h *handlers) jobPosting(l position.Listed) map[string]any {
	path := h.Tree.Path(l.Region)
	names := make([]string, 3)
	for n := range min(3, len(path)) {
		names[n] = h.Tree.Name(path[n])
	}
	doc := map[string]any{
		"@context": "https://schema.org", "@type": "JobPosting",
		"title": l.Title, "description": l.Duties + "\n" + l.Requirements,
		"datePosted": calendar.DayOf(l.PublishedAt.Time), "validThrough": string(l.ValidUntil) + "T23:59:59+08:00",
		"employmentType": map[position.Kind]string{
			position.Job: "FULL_TIME", position.Internship: "INTERN", position.Flexible: "PART_TIME", position.Talent: "CONTRACTOR", position.Volunteer: "VOLUNTEER",
		}[l.Kind],
		"totalJobOpenings":   l.Headcount,
		"hiringOrganization": map[string]any{"@type": "Organization", "name": l.EmployerName(), "sameAs": h.BaseURL + "/orgs/" + l.OrgID.String()},
		"identifier":         map[string]any{"@type": "PropertyValue", "name": h.Operator.Name, "value": l.ID.String()},
		"jobLocation": map[string]any{"@type": "Place", "address": map[string]any{
			"@type": "PostalAddress", "addressCountry": "CN", "addressRegion": names[0], "addressLocality": names[1] + names[2], "streetAddress": l.Address,
		}},
	}
	unit := map[position.Unit]string{position.PerMonth: "MONTH", position.PerDay: "DAY", position.PerHour: "HOUR", position.PerYear: "YEAR"}[l.Pay.Unit]
	if unit != "" {
		doc["baseSalary"] = map[string]any{"@type": "MonetaryAmount", "currency": "CNY", "value": map[string]any{
			"@type": "QuantitativeValue", "minValue": float64(l.Pay.Min) / 100, "maxValue": float64(l.Pay.Max) / 100, "unitText": unit,
		}}
	}
	return doc
}
