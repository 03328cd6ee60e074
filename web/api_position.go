package web

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
)

// regionView names a region, from the province down.
type regionView struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// region returns how programs are told of a region; nil for none.
func (h *handlers) regionView(code string) *regionView {
	if code == "" {
		return nil
	}
	return &regionView{code, h.Tree.FullName(code)}
}

// payView is what is paid, in yuan.
type payView struct {
	Min        yuan          `json:"min"`
	Max        yuan          `json:"max"`
	Unit       position.Unit `json:"unit"`
	Months     int           `json:"months"`
	Negotiable bool          `json:"negotiable"`
	Text       string        `json:"text"`
}

// posterView is an organization as its posts name it.
type posterView struct {
	ID        id.ID    `json:"id"`
	Name      string   `json:"name"`
	Kind      org.Kind `json:"kind"`
	Rating    *int     `json:"rating"`     // 1 to 5; null when there is none that is valid
	ReplyRate *int     `json:"reply_rate"` // percent; null while there is too little to say
}

// positionItem is a position as lists show it.
type positionItem struct {
	ID          id.ID            `json:"id"`
	Title       string           `json:"title"`
	Kind        position.Kind    `json:"kind"`
	Org         posterView       `json:"org"`
	Employer    string           `json:"employer"` // "" for the organization itself
	Region      *regionView      `json:"region"`
	Headcount   int              `json:"headcount"`
	Left        int              `json:"left"` // places that are not taken
	Pay         payView          `json:"pay"`
	Degree      *position.Degree `json:"degree"`
	Majors      []string         `json:"majors"`
	Skills      []string         `json:"skills"`
	AnswerDays  int              `json:"answer_days"`
	PublishedAt stamp            `json:"published_at"`
	ValidUntil  dayOrNull        `json:"valid_until"`
	URL         string           `json:"url"`
}

// stamp is an instant in UTC; null when there is none.
type stamp db.Time

// MarshalJSON writes milliseconds, always.
func (s stamp) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return []byte(s.UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// dayOrNull is a calendar day; null when there is none.
type dayOrNull calendar.Day

// MarshalJSON writes 2026-11-22.
func (d dayOrNull) MarshalJSON() ([]byte, error) {
	if d == "" {
		return []byte("null"), nil
	}
	return []byte(`"` + string(d) + `"`), nil
}

// orNull points at a value; nil for the zero value.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// list returns a list that is written as one, even when there is nothing in it.
func listOf[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func (h *handlers) positionItem(p i18n.Printer, l postCard) positionItem {
	item := positionItem{
		ID: l.ID, Title: l.Title, Kind: l.Kind, Employer: l.Employer, Region: h.regionView(l.Region), Headcount: l.Headcount, Left: l.Left(),
		Org: posterView{ID: l.OrgID, Name: l.OrgName, Kind: l.OrgKind, Rating: orNull(l.ValidRating), ReplyRate: percent(l.Reply)},
		Pay: h.payView(p, l.Content), Degree: orNull(l.Degree), Majors: listOf(l.Majors.V), Skills: listOf(l.Skills.V), AnswerDays: l.AnswerDays,
		PublishedAt: stamp(l.PublishedAt), ValidUntil: dayOrNull(l.ValidUntil), URL: h.BaseURL + "/positions/" + l.ID.String(),
	}
	return item
}

// percent reads a rate as cards print it.
func percent(text string) *int {
	n, known := parseWhole(text)
	if !known || text == "" {
		return nil
	}
	return &n
}

func (h *handlers) payView(p i18n.Printer, c position.Content) payView {
	return payView{
		Min: yuan(c.Pay.Min), Max: yuan(c.Pay.Max), Unit: c.Pay.Unit, Months: c.Pay.Months, Negotiable: bool(c.Pay.Negotiable), Text: format{p, h}.paid(c),
	}
}

func (h *handlers) positionItems(c *gin.Context, listed []position.Listed) ([]positionItem, error) {
	cards, err := h.cards(c, listed)
	if err != nil {
		return nil, err
	}
	p := h.printer(c)
	out := make([]positionItem, len(cards))
	for n, card := range cards {
		out[n] = h.positionItem(p, card)
	}
	return out, nil
}

// foundPositions is a page of what a search finds. Posts and the people they look for are counted side by side.
type foundPositions struct {
	Items     []positionItem            `json:"items"`
	Total     int                       `json:"total"`
	Headcount int                       `json:"headcount"`
	Page      int                       `json:"page"`
	Per       int                       `json:"per_page"`
	Facets    map[string]map[string]int `json:"facets"`
}

// apiSearchPositions takes the query of the search page. Unavailable while the index does not answer: what the page shows
// instead would be taken for what was found.
func (h *handlers) apiSearchPositions(c *gin.Context) (reply, error) {
	q, err := h.Search.Parse(c.Request.URL.Query())
	if err != nil {
		return reply{}, err
	}
	results, err := h.Search.Find(c.Request.Context(), q)
	if err != nil {
		return reply{}, err
	}
	if results.Down {
		return reply{}, errs.Unavailable("api.search.down").With("seconds", 30)
	}
	out := foundPositions{Total: results.Total, Headcount: results.Headcount, Page: q.Page, Per: q.Per, Facets: results.Facets}
	if out.Items, err = h.positionItems(c, results.Items); err != nil {
		return reply{}, err
	}
	r := shown(out)
	r.Public, r.Links = freshEachTime, h.pageLinks(c, q.Page, pages(results.Total, q.Per))
	return r, nil
}

// pageLinks leads through numbered pages.
func (h *handlers) pageLinks(c *gin.Context, at, last int) []string {
	var out []string
	to := func(rel string, n int) { out = append(out, h.link(c, rel, "page", strconv.Itoa(n))) }
	if last < 1 {
		return nil
	}
	to("first", 1)
	if at > 1 {
		to("prev", min(at-1, last))
	}
	if at < last {
		to("next", at+1)
	}
	to("last", last)
	return out
}

// positionDetail is a position with all that it states.
type positionDetail struct {
	positionItem
	State            position.State `json:"state"` // a post whose last day is over is expired
	Duties           string         `json:"duties"`
	Requirements     string         `json:"requirements"`
	Employment       string         `json:"employment"`
	Conditions       string         `json:"conditions"`
	Address          string         `json:"address"`
	Source           string         `json:"source"`
	SourceNote       string         `json:"source_note"`
	EmployerCode     string         `json:"employer_code"`
	EmployerProfile  string         `json:"employer_profile"`
	Allowance        yuan           `json:"allowance"`
	TalentForm       string         `json:"talent_form"`
	InternshipMonths int            `json:"internship_months"`
	ServiceTime      string         `json:"service_time"`
	RiskStatement    string         `json:"risk_statement"`
	Dangerous        bool           `json:"dangerous"`
	InsuranceNo      string         `json:"insurance_no"`
	// Application is the actor's own, if there is one; with a single post only.
	Application *id.ID `json:"application,omitempty"`
	// Desk is for those who work on the post: its organization and its bureau.
	Desk *positionDesk `json:"desk,omitempty"`
}

// positionDesk is what a post says to those who work on it.
type positionDesk struct {
	Version      int               `json:"version"`
	Filled       int               `json:"filled"`
	Entrustment  *id.ID            `json:"entrustment"`
	Missing      []problemField    `json:"missing"` // what keeps it from being published
	ReviewNote   string            `json:"review_note"`
	ReviewFields map[string]string `json:"review_fields"`
	CloseOutcome *position.Outcome `json:"close_outcome"`
	SubmittedAt  stamp             `json:"submitted_at"`
	ClosedAt     stamp             `json:"closed_at"`
	CreatedAt    stamp             `json:"created_at"`
	UpdatedAt    stamp             `json:"updated_at"`
}

// positionDetails shows posts of one organization.
func (h *handlers) positionDetails(c *gin.Context, owner org.Org, posts ...position.Position) ([]positionDetail, error) {
	listed := make([]position.Listed, len(posts))
	for n, p := range posts {
		listed[n] = position.Listed{
			Position: p, OrgName: owner.Name, OrgKind: owner.Kind, OrgRegion: owner.Region, Rating: owner.Rating, RatingUntil: owner.RatingUntil,
		}
	}
	items, err := h.positionItems(c, listed)
	if err != nil {
		return nil, err
	}
	out := make([]positionDetail, len(posts))
	for n, p := range posts {
		out[n] = positionDetail{
			positionItem: items[n], State: p.StateOn(h.today()), Duties: p.Duties, Requirements: p.Requirements, Employment: p.Employment,
			Conditions: p.Conditions, Address: p.Address, Source: p.Source, SourceNote: p.SourceNote, EmployerCode: p.EmployerCode,
			EmployerProfile: p.EmployerProfile, Allowance: yuan(p.Allowance), TalentForm: p.TalentForm, InternshipMonths: p.InternshipMonths,
			ServiceTime: p.ServiceTime, RiskStatement: p.RiskStatement, Dangerous: bool(p.Dangerous), InsuranceNo: p.InsuranceNo,
		}
	}
	return out, nil
}

// positionDetail shows one post, and what the actor has to do with it.
func (h *handlers) positionDetail(c *gin.Context, owner org.Org, p position.Position) (positionDetail, error) {
	all, err := h.positionDetails(c, owner, p)
	if err != nil {
		return positionDetail{}, err
	}
	out := all[0]
	if who := actor(c); who.Account != 0 {
		a, err := h.Applications.Find(c.Request.Context(), who, p.ID)
		if err != nil && !errs.Is(err, errs.KindNotFound) {
			return out, err
		}
		out.Application = orNull(a.ID)
	}
	return out, nil
}

func (h *handlers) positionDesk(c *gin.Context, p position.Position) *positionDesk {
	d := &positionDesk{
		Version: p.Version, Filled: p.Filled, Entrustment: orNull(p.EntrustmentID), ReviewNote: p.ReviewNote, ReviewFields: map[string]string{},
		CloseOutcome: orNull(p.CloseOutcome), SubmittedAt: stamp(p.SubmittedAt), ClosedAt: stamp(p.ClosedAt), CreatedAt: stamp(p.CreatedAt),
		UpdatedAt: stamp(p.UpdatedAt), Missing: []problemField{},
	}
	for field, reason := range p.ReviewFields.V {
		d.ReviewFields[inAPI(field)] = reason
	}
	if p.State.Can("submit") || p.State == position.Submitted {
		d.Missing = complaints(h.printer(c), called(p.CheckPublish(h.today()), positionNames()))
	}
	return d
}

// complaints says what is wrong with each field.
func complaints(p i18n.Printer, err error) []problemField {
	out := []problemField{}
	for _, f := range sortedFields(errs.FieldsOf(err)) {
		out = append(out, problemField{f.name, f.Key, translate(p, f.Key, f.Params)})
	}
	return out
}

// apiShowPosition shows a post to everybody; one that is not on show to its organization, and once it has left their desk
// to their bureau.
func (h *handlers) apiShowPosition(c *gin.Context) (reply, error) {
	post, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	if p, err := h.workedOn(c, post); err == nil {
		return h.deskPosition(c, p)
	} else if !errs.Is(err, errs.KindNotFound) {
		return reply{}, err
	}
	p, owner, err := h.Positions.Public(c.Request.Context(), post)
	if err != nil {
		return reply{}, err
	}
	out, err := h.positionDetail(c, owner, p)
	r := shown(out)
	if !actor(c).Known() {
		r.Public = freshEachTime
	}
	return r, err
}

// workedOn returns a post that the actor works on, for its organization or for its bureau. NotFound for any other.
func (h *handlers) workedOn(c *gin.Context, post id.ID) (position.Position, error) {
	who := actor(c)
	if !who.Known() {
		return position.Position{}, errs.NotFound("error.not_found")
	}
	p, err := h.Positions.Get(c.Request.Context(), who, post)
	if err == nil && p.State == position.Draft && !who.InOrg(p.OrgID, auth.Viewer) {
		return position.Position{}, errs.NotFound("error.not_found")
	}
	return p, err
}

// deskPosition answers with a post as those see it who work on it. Its tag is its version.
func (h *handlers) deskPosition(c *gin.Context, p position.Position) (reply, error) {
	owner, err := h.Orgs.Get(c.Request.Context(), actor(c), p.OrgID)
	if err != nil {
		return reply{}, err
	}
	out, err := h.positionDetail(c, owner, p)
	out.Desk = h.positionDesk(c, p)
	r := shown(out)
	r.ETag = versionTag(p.Version)
	return r, err
}

// eventView is a line of a history.
type eventView struct {
	At   stamp  `json:"at"`
	Verb string `json:"verb"`
	From string `json:"from"` // a state; "" for the beginning
	To   string `json:"to"`
	Note string `json:"note"`
	By   string `json:"by"` // person, org, bureau or system
}

// apiPositionHistory tells those who work on a post what happened to it, oldest first.
func (h *handlers) apiPositionHistory(c *gin.Context) (reply, error) {
	post, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	if _, err := h.workedOn(c, post); err != nil {
		return reply{}, err
	}
	events, err := h.Positions.History(c.Request.Context(), actor(c), post)
	if err != nil {
		return reply{}, err
	}
	out := apiList[eventView]{Items: []eventView{}}
	for _, e := range events {
		by := "org"
		switch {
		case e.Account == 0:
			by = "system"
		case e.Verb == "approve", e.Verb == "return":
			by = "bureau"
		}
		out.Items = append(out.Items, eventView{stamp(e.At), e.Verb, string(e.From), string(e.To), e.Note, by})
	}
	return shown(out), nil
}
