package position

import (
	"slices"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/org"
	"zhigang/internal/region"
	"zhigang/internal/text"
)

// Bounds of a position.
const (
	maxTitle = 60
	maxLine  = 200
	maxText  = 5000
	// maxReason bounds what a reviewer writes, for each field.
	maxReason = 1000
	maxList   = 20
	// MaxHeadcount is how many people one post may look for.
	MaxHeadcount = 10000
	// MaxValidDays is how long a post may stand before it must be renewed.
	MaxValidDays = 90
	// DefaultValidDays is what is proposed.
	DefaultValidDays = 30
	// DefaultAnswerDays is how many working days are proposed for an answer.
	DefaultAnswerDays = 5
	// MaxAnswerDays is how many there may be at most.
	MaxAnswerDays = 30
	maxPay        = 100_000_000 * 100 // fen
)

// tidy trims texts and lists, and drops what does not belong to the kind, so that a volunteer role can never carry pay.
func (c *Content) tidy() {
	for _, s := range []*string{&c.Title, &c.Employer, &c.Address, &c.SourceNote, &c.ServiceTime, &c.InsuranceNo} {
		*s = text.Line(*s)
	}
	for _, s := range []*string{&c.EmployerProfile, &c.Duties, &c.Requirements, &c.Conditions, &c.RiskStatement} {
		*s = text.Block(*s)
	}
	c.EmployerCode = string(org.NormalizeCode(c.EmployerCode))
	c.Majors.V, c.Skills.V = text.List(c.Majors.V), text.List(c.Skills.V)
	if c.Kind == Volunteer {
		c.Pay = Pay{}
	} else {
		c.Allowance, c.ServiceTime, c.RiskStatement, c.Dangerous, c.InsuranceNo = 0, "", "", false, ""
	}
	if c.Kind != Internship {
		c.InternshipMonths = 0
	}
	if c.Kind != Talent {
		c.TalentForm = ""
	}
	if forms := Employments(c.Kind); len(forms) > 0 && !slices.Contains(forms, c.Employment) {
		c.Employment = forms[0]
	}
	switch { // who hires says where the post comes from, unless it was found elsewhere
	case c.Source != "" && c.Source != "direct" && c.Source != "entrusted":
	case c.Employer != "":
		c.Source = "entrusted"
	default:
		c.Source = "direct"
	}
	if c.AnswerDays == 0 {
		c.AnswerDays = DefaultAnswerDays
	}
}

// checkDraft returns what keeps the content from being saved at all.
func (c Content) checkDraft(tree *region.Tree, owner org.Org) error {
	f := errs.Fields{}
	f.Text("title", c.Title, true, maxTitle)
	for field, v := range map[string]string{
		"employer": c.Employer, "address": c.Address, "source_note": c.SourceNote, "service_time": c.ServiceTime, "insurance_no": c.InsuranceNo,
	} {
		f.Text(field, v, false, maxLine)
	}
	for field, v := range map[string]string{
		"duties": c.Duties, "requirements": c.Requirements, "conditions": c.Conditions, "employer_profile": c.EmployerProfile, "risk_statement": c.RiskStatement,
	} {
		f.Text(field, v, false, maxText)
	}
	for field, list := range map[string][]string{"majors": c.Majors.V, "skills": c.Skills.V} {
		if len(list) > maxList {
			f.Add(field, "error.many", errs.Params{"max": maxList})
		}
		for _, v := range list {
			f.Text(field, v, false, maxTitle)
		}
	}
	switch {
	case !slices.Contains(Kinds(), c.Kind):
		f.Add("kind", "error.required")
	case owner.Kind == org.Filed && c.Kind != Volunteer:
		f.Add("kind", "position.kind.filed")
	}
	if c.Region != "" {
		if _, ok := tree.Get(c.Region); !ok {
			f.Add("region", "error.region")
		}
	}
	checkNumber(f, "headcount", int64(c.Headcount), 0, MaxHeadcount)
	checkNumber(f, "answer_days", int64(c.AnswerDays), 1, MaxAnswerDays)
	checkNumber(f, "allowance", c.Allowance, 0, maxPay)
	c.checkPay(f)
	for field, choice := range map[string]struct {
		value string
		among []string
	}{"source": {c.Source, Sources()}, "talent_form": {c.TalentForm, append(TalentForms(), "")}} {
		if !slices.Contains(choice.among, choice.value) {
			f.Add(field, "error.required")
		}
	}
	if c.Degree != DegreeUnset && c.Degree.Rank() < 0 {
		f.Add("degree", "error.required")
	}
	c.checkEmployer(f, owner)
	if _, err := calendar.ParseDay(string(c.ValidUntil)); c.ValidUntil != "" && err != nil {
		f.Add("valid_until", "error.day")
	}
	return f.Err()
}

func (c Content) checkPay(f errs.Fields) {
	checkNumber(f, "pay_min", c.Pay.Min, 0, maxPay)
	checkNumber(f, "pay_max", c.Pay.Max, 0, maxPay)
	if c.Pay.Max < c.Pay.Min {
		f.Add("pay_max", "position.pay.order")
	}
	if c.Pay.Unit != NoPay && !slices.Contains(Units(), c.Pay.Unit) {
		f.Add("pay_unit", "error.required")
	}
	if c.Pay.Months != 0 {
		checkNumber(f, "pay_months", int64(c.Pay.Months), 12, 24)
	}
}

// checkEmployer makes sure that a member unit is somebody else than the organization that posts for it.
func (c Content) checkEmployer(f errs.Fields, owner org.Org) {
	if c.Employer != "" && c.Employer == owner.Name {
		f.Add("employer", "position.employer.self")
	}
	switch {
	case c.EmployerCode == "":
	case !org.Code(c.EmployerCode).WellFormed():
		f.Add("employer_code", "org.code.form")
	case c.EmployerCode == string(owner.CreditCode()):
		f.Add("employer_code", "position.employer.self")
	}
}

func checkNumber(f errs.Fields, field string, v, least, most int64) {
	if v < least || v > most {
		f.Add(field, "error.between", errs.Params{"min": least, "max": most})
	}
}

// CheckPublish returns which of the particulars that a post must state are missing: the ten of the rules on network
// recruitment (人力资源市场暂行条例 art 24, 人社部令44 art 15, and the notice of 2025 on platforms), or, for volunteers, those
// of 志愿服务条例 arts 12 to 17. today is the day of publishing.
func (p Position) CheckPublish(today calendar.Day) error {
	f := errs.Fields{}
	need := func(field, value string) {
		if value == "" {
			f.Add(field, "error.required")
		}
	}
	need("duties", p.Duties)
	need("requirements", p.Requirements)
	need("conditions", p.Conditions)
	need("region", p.Region)
	need("address", p.Address)
	need("degree", string(p.Degree))
	need("employment", p.Employment)
	if p.Headcount < 1 {
		f.Add("headcount", "error.required")
	}
	switch left := today.Until(p.ValidUntil); {
	case p.ValidUntil == "":
		f.Add("valid_until", "error.required")
	case left < 0:
		f.Add("valid_until", "position.valid_until.past")
	case left > MaxValidDays:
		f.Add("valid_until", "position.valid_until.far", errs.Params{"days": MaxValidDays})
	}
	if p.OnBehalf() {
		need("employer_code", p.EmployerCode)
		need("employer_profile", p.EmployerProfile)
		if p.EntrustmentID == 0 {
			f.Add("entrustment", "position.entrustment.required")
		}
	}
	if p.Source == "reposted" {
		need("source_note", p.SourceNote)
	}
	switch p.Kind {
	case Volunteer:
		need("service_time", p.ServiceTime)
		need("risk_statement", p.RiskStatement)
		if p.Dangerous {
			need("insurance_no", p.InsuranceNo)
		}
	case Internship:
		checkNumber(f, "internship_months", int64(p.InternshipMonths), 3, 12)
	case Talent:
		need("talent_form", p.TalentForm)
	default:
	}
	if p.Kind != Volunteer {
		need("pay_unit", string(p.Pay.Unit))
		switch {
		case p.Pay.Min == 0 && bool(p.Negotiable):
			f.Add("pay_min", "position.pay.floor")
		case p.Pay.Min == 0: // what is paid at least is what the law calls the basic pay
			f.Add("pay_min", "error.required")
		}
	}
	return f.Err()
}

// DoubtfulCode reports whether the check digit of the member unit's credit code is wrong: a reviewer looks at its
// certificate, since real codes with a wrong digit are known.
func (c Content) DoubtfulCode() bool {
	return c.EmployerCode != "" && !org.Code(c.EmployerCode).Valid()
}

// reviewed returns the part of the content that the bureau vouches for. When it changes, the post is reviewed anew.
func (c Content) reviewed() Content {
	c.ValidUntil, c.Headcount, c.AnswerDays, c.ServiceTime = "", 0, 0, ""
	return c
}
