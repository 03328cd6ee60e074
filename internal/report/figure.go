package report

import "slices"

// Figure names a number of a report, in JSON too. Names are never reused for another meaning.
type Figure string

// The figures. Hires are employment only (full-time and flexible jobs); internships, lent talent and volunteers have
// figures of their own and are never added to hires.
const (
	Posts     Figure = "posts"
	Headcount Figure = "headcount"
	Employers Figure = "employers"

	PostsNew     Figure = "posts_new"
	HeadcountNew Figure = "headcount_new"
	Views        Figure = "views"

	Applications   Figure = "applications"
	Interviews     Figure = "interviews"
	Offers         Figure = "offers"
	Answered       Figure = "answered"
	AnsweredInTime Figure = "answered_in_time"
	AnswersDue     Figure = "answers_due"
	AnswersOverdue Figure = "answers_overdue"

	HiresClaimed          Figure = "hires_claimed"
	HiresClaimedConfirmed Figure = "hires_claimed_confirmed"
	HiresClaimedDisputed  Figure = "hires_claimed_disputed"
	HiresClaimedOpen      Figure = "hires_claimed_open"
	HiresConfirmed        Figure = "hires_confirmed"
	HiresDisputed         Figure = "hires_disputed"

	InternshipsClaimed   Figure = "internships_claimed"
	InternshipsConfirmed Figure = "internships_confirmed"
	InternshipsDisputed  Figure = "internships_disputed"
	TalentsClaimed       Figure = "talents_claimed"
	TalentsConfirmed     Figure = "talents_confirmed"
	TalentsDisputed      Figure = "talents_disputed"
	VolunteersClaimed    Figure = "volunteers_claimed"
	VolunteersConfirmed  Figure = "volunteers_confirmed"
	VolunteersDisputed   Figure = "volunteers_disputed"

	OrgsActive     Figure = "orgs_active"
	OrgsApproved   Figure = "orgs_approved"
	OrgsNew        Figure = "orgs_new"
	OrgsRegistered Figure = "orgs_registered"
)

// Definitions is the version of the definitions below. It goes up whenever a figure counts something else than before.
const Definitions = 1

// measure says what is added up over the rows of a figure.
type measure int

const (
	rows    measure = iota // each row is one
	amounts                // each row counts its amount: headcount, views
	units                  // each unit is one, however many rows it has
)

// Definition says what a figure counts: which rows of which rowset, and what of them is added up. The number on a page
// and the list behind it are both read from the rowset, so they cannot disagree.
type Definition struct {
	Figure Figure
	// Unit is what is counted: "post", "person", "org", "application" or "view".
	Unit string
	// ByKind says that the figure is broken down by kind of position; organizations have no kind of position.
	ByKind bool
	// AtEnd says that the figure is a state at the end of the week; the others count what happened in the week.
	AtEnd bool

	rows    rowset
	steps   []string // which steps of the rowset count; none means all
	measure measure
}

// NameKey is the translation key of the figure's name.
func (d Definition) NameKey() string { return "report.figure." + string(d.Figure) }

// TextKey is the translation key of what the figure counts, in a sentence.
func (d Definition) TextKey() string { return d.NameKey() + ".definition" }

// UnitKey is the translation key of what is counted.
func (d Definition) UnitKey() string { return "report.unit." + d.Unit }

// takes reports whether rows of a step count.
func (d Definition) takes(step string) bool {
	return len(d.steps) == 0 || slices.Contains(d.steps, step)
}

// All is the table of figures, in the order of pages.
func All() []Definition {
	all := []Definition{
		{Figure: Posts, Unit: "post", ByKind: true, AtEnd: true, rows: onShow},
		{Figure: Headcount, Unit: "person", ByKind: true, AtEnd: true, rows: onShow, measure: amounts},
		{Figure: Employers, Unit: "org", ByKind: true, AtEnd: true, rows: onShow, measure: units},
		{Figure: PostsNew, Unit: "post", ByKind: true, rows: published},
		{Figure: HeadcountNew, Unit: "person", ByKind: true, rows: published, measure: amounts},
		{Figure: Views, Unit: "view", ByKind: true, rows: viewed, measure: amounts},
		{Figure: Applications, Unit: "application", ByKind: true, rows: handled, steps: []string{"apply"}},
		{Figure: Interviews, Unit: "application", ByKind: true, rows: handled, steps: []string{"interview"}},
		{Figure: Offers, Unit: "application", ByKind: true, rows: handled, steps: []string{"offer"}},
		{Figure: Answered, Unit: "application", ByKind: true, rows: answered},
		{Figure: AnsweredInTime, Unit: "application", ByKind: true, rows: answered, steps: []string{"in_time"}},
		{Figure: AnswersDue, Unit: "application", ByKind: true, AtEnd: true, rows: promised, steps: []string{"due"}},
		{Figure: AnswersOverdue, Unit: "application", ByKind: true, AtEnd: true, rows: promised, steps: []string{"overdue"}},
	}
	all = append(all, ofHires()...)
	all = append(all, ofGroup("internship", InternshipsClaimed, InternshipsConfirmed, InternshipsDisputed)...)
	all = append(all, ofGroup("talent", TalentsClaimed, TalentsConfirmed, TalentsDisputed)...)
	all = append(all, ofGroup("volunteer", VolunteersClaimed, VolunteersConfirmed, VolunteersDisputed)...)
	return append(all,
		Definition{Figure: OrgsActive, Unit: "org", rows: active},
		Definition{Figure: OrgsApproved, Unit: "org", AtEnd: true, rows: approved},
		Definition{Figure: OrgsNew, Unit: "org", rows: joined, steps: []string{"approve"}},
		Definition{Figure: OrgsRegistered, Unit: "org", rows: joined, steps: []string{"register"}},
	)
}

// ofHires defines the figures of employment. Of what was claimed in the week, confirmed, disputed and open add up to
// the claims; what was confirmed or disputed in the week may have been claimed long before.
func ofHires() []Definition {
	hires := ofGroup("hire", HiresClaimed, HiresConfirmed, HiresDisputed)
	claim := func(f Figure, decision string) Definition {
		return Definition{Figure: f, Unit: "person", ByKind: true, rows: claimed, steps: []string{"hire." + decision}}
	}
	return []Definition{
		hires[0],
		claim(HiresClaimedConfirmed, "confirm"), claim(HiresClaimedDisputed, "dispute"), claim(HiresClaimedOpen, "open"),
		hires[1], hires[2],
	}
}

func ofGroup(group string, claims, confirms, disputes Figure) []Definition {
	return []Definition{
		{
			Figure: claims, Unit: "person", ByKind: true, rows: claimed,
			steps: []string{group + ".confirm", group + ".dispute", group + ".open"},
		},
		{Figure: confirms, Unit: "person", ByKind: true, rows: decided, steps: []string{group + ".confirm"}},
		{Figure: disputes, Unit: "person", ByKind: true, rows: decided, steps: []string{group + ".dispute"}},
	}
}

// Define returns the definition of a figure, and whether there is one.
func Define(f Figure) (Definition, bool) {
	for _, d := range All() {
		if d.Figure == f {
			return d, true
		}
	}
	return Definition{}, false
}
