// Package position keeps positions (岗位): what organizations offer, from the draft to the day it closes.
//
//	draft ──submit──▶ submitted ──approve──▶ published ──close──▶ closed
//	  ▲                 │    ▲                 │    │
//	  │               return │ submit          │    └─ valid_until passes ─▶ expired ──renew──▶ published, ──close──▶ closed
//	  │                 ▼    │                 │
//	  │               returned◀───────────     └─ an edit of what was reviewed ─▶ submitted
//	  copy                               any of these but closed ──withdraw──▶ withdrawn
package position

import (
	"slices"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// Kind is what is offered.
type Kind string

// The kinds.
const (
	Job        Kind = "job"        // 全职
	Internship Kind = "internship" // 就业见习
	Flexible   Kind = "flexible"   // 灵活就业
	Talent     Kind = "talent"     // 柔性引才
	Volunteer  Kind = "volunteer"  // 志愿服务岗位
)

// Kinds lists the kinds in the order of menus.
func Kinds() []Kind { return []Kind{Job, Internship, Flexible, Talent, Volunteer} }

// Employment reports whether a hire for such a position may count as employment. An internship never does (the 四不准 of
// the Ministry of Education), nor does volunteering, nor lent expertise, which moves no employment relation.
func (k Kind) Employment() bool { return k == Job || k == Flexible }

// State is where a position stands.
type State string

// The states.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Returned  State = "returned"
	Published State = "published"
	Closed    State = "closed"
	Expired   State = "expired"
	Withdrawn State = "withdrawn"
)

// States lists the states in the order of menus.
func States() []State {
	return []State{Draft, Returned, Submitted, Published, Expired, Closed, Withdrawn}
}

// Outcome says how it ended when a position is closed.
type Outcome string

// Outcomes lists the outcomes: all places filled here, some, none, filled elsewhere, or no longer needed.
func Outcomes() []Outcome { return []Outcome{"filled", "partly", "none", "elsewhere", "cancelled"} }

// Degree is the least education asked for.
type Degree string

// The degrees, from none to the highest. NoDegree means that everybody may apply (学历不限).
const (
	DegreeUnset Degree = ""
	NoDegree    Degree = "any"
	Junior      Degree = "junior"   // 初中及以下
	Senior      Degree = "senior"   // 高中 / 中专 / 技校
	College     Degree = "college"  // 大专
	Bachelor    Degree = "bachelor" // 本科
	Master      Degree = "master"   // 硕士
	Doctor      Degree = "doctor"   // 博士
)

// Degrees lists the degrees from the least.
func Degrees() []Degree {
	return []Degree{NoDegree, Junior, Senior, College, Bachelor, Master, Doctor}
}

// Rank returns how high the degree is: 0 for NoDegree, 6 for Doctor, -1 when it is not stated.
func (d Degree) Rank() int { return slices.Index(Degrees(), d) }

// Employments lists the forms of employment (用工类型) by kind, the usual one first.
func Employments(k Kind) []string {
	return map[Kind][]string{
		Job:        {"labor_contract", "dispatch"},
		Internship: {"internship_agreement"},
		Flexible:   {"part_time", "service_contract", "labor_contract"},
		Talent:     {"talent_agreement", "service_contract"},
		Volunteer:  {"volunteer_agreement"},
	}[k]
}

// TalentForms lists the forms of lent expertise (柔性引才): 项目合作, 短期借用, 顾问指导.
func TalentForms() []string { return []string{"project", "secondment", "advisor"} }

// Sources lists where the information comes from: the employer itself, a member unit that entrusted the organization,
// or another publication, which must then be named.
func Sources() []string { return []string{"direct", "entrusted", "reposted"} }

// Content is what the poster writes.
type Content struct {
	Kind             Kind   `db:"kind" json:"kind"`
	Title            string `db:"title" json:"title"`
	Employer         string `db:"employer" json:"employer"` // "" means the organization itself
	EmployerCode     string `db:"employer_code" json:"employer_code"`
	EmployerProfile  string `db:"employer_profile" json:"employer_profile"`
	EntrustmentID    id.ID  `db:"entrustment_id" json:"-"`
	Headcount        int    `db:"headcount" json:"headcount"`
	Duties           string `db:"duties" json:"duties"`
	Requirements     string `db:"requirements" json:"requirements"`
	Employment       string `db:"employment" json:"employment"`
	Conditions       string `db:"conditions" json:"conditions"`
	Region           string `db:"region_code" json:"region"`
	Address          string `db:"address" json:"address"`
	Pay              `json:"pay"`
	Allowance        int64             `db:"allowance" json:"allowance"` // fen per turn, volunteers only
	ValidUntil       calendar.Day      `db:"valid_until" json:"valid_until"`
	Source           string            `db:"source" json:"source"`
	SourceNote       string            `db:"source_note" json:"source_note"`
	Degree           Degree            `db:"degree" json:"degree"`
	Majors           db.JSON[[]string] `db:"majors" json:"majors"`
	Skills           db.JSON[[]string] `db:"skills" json:"skills"`
	AnswerDays       int               `db:"answer_days" json:"answer_days"` // working days in which every applicant is answered
	TalentForm       string            `db:"talent_form" json:"talent_form"`
	InternshipMonths int               `db:"internship_months" json:"internship_months"`
	ServiceTime      string            `db:"service_time" json:"service_time"` // when volunteers serve
	RiskStatement    string            `db:"risk_statement" json:"risk_statement"`
	Dangerous        db.Bool           `db:"dangerous" json:"dangerous"`
	InsuranceNo      string            `db:"insurance_no" json:"insurance_no"`
}

// Position is one post.
type Position struct {
	ID    id.ID `db:"id"`
	OrgID id.ID `db:"org_id"`
	Content
	Filled       int                        `db:"filled"`
	PayMonthMin  int64                      `db:"pay_month_min"`
	PayMonthMax  int64                      `db:"pay_month_max"`
	State        State                      `db:"state"`
	ReviewNote   string                     `db:"review_note"`
	ReviewFields db.JSON[map[string]string] `db:"review_fields"`
	CloseOutcome Outcome                    `db:"close_outcome"`
	SubmittedAt  db.Time                    `db:"submitted_at"`
	PublishedAt  db.Time                    `db:"published_at"`
	ClosedAt     db.Time                    `db:"closed_at"`
	ImportKey    *string                    `db:"import_key"`
	CreatedBy    id.ID                      `db:"created_by"`
	CreatedAt    db.Time                    `db:"created_at"`
	UpdatedAt    db.Time                    `db:"updated_at"`
	Version      int                        `db:"version"`
}

// OnBehalf reports whether the organization posts for a member unit.
func (p Position) OnBehalf() bool { return p.Employer != "" }

// Left returns how many places are not taken yet.
func (p Position) Left() int { return p.Headcount - p.Filled }

// OpenOn reports whether people may apply on day d, as far as the position itself is concerned.
func (p Position) OpenOn(d calendar.Day) bool { return p.State == Published && p.ValidUntil >= d }

// StateOn returns the state as it is to be shown on day d: a published position whose time has passed is expired, even
// before the nightly run has written it down.
func (p Position) StateOn(d calendar.Day) State {
	if p.State == Published && p.ValidUntil < d {
		return Expired
	}
	return p.State
}

// Event is a line of a position's history.
type Event struct {
	ID       id.ID   `db:"id"`
	Position id.ID   `db:"position_id"`
	At       db.Time `db:"at"`
	Account  id.ID   `db:"account_id"`
	Verb     string  `db:"verb"`
	From     State   `db:"from_state"`
	To       State   `db:"to_state"`
	Note     string  `db:"note"`
}

// transitions names the states from which each verb may start, and where it leads.
var transitions = map[string]struct {
	from []State
	to   State
}{
	"submit":   {[]State{Draft, Returned}, Submitted},
	"approve":  {[]State{Submitted}, Published},
	"return":   {[]State{Submitted}, Returned},
	"reopen":   {[]State{Published}, Submitted},       // an edit of what was reviewed
	"close":    {[]State{Published, Expired}, Closed}, // also to say how it ended once its time is over
	"renew":    {[]State{Published, Expired}, Published},
	"expire":   {[]State{Published}, Expired},
	"withdraw": {[]State{Draft, Returned, Submitted, Published, Expired}, Withdrawn},
}

// move changes the state, or returns Conflict when the verb does not start from where the position stands.
func (p *Position) move(verb string) (from State, err error) {
	t := transitions[verb]
	if !slices.Contains(t.from, p.State) {
		return p.State, errs.Conflict("position.conflict."+string(p.State)).With("verb", "position.verb."+verb)
	}
	from, p.State = p.State, t.to
	return from, nil
}

// Can reports whether verb may start from state s, for buttons.
func (s State) Can(verb string) bool { return slices.Contains(transitions[verb].from, s) }
