package web

import (
	"net/url"
	"strconv"
	"strings"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/position"
)

// positionFields names the fields of the form of a post, in its order.
func positionFields() []string {
	return []string{
		"kind", "title", "headcount", "valid_until", "answer_days", "duties", "requirements", "degree", "majors", "skills",
		"talent_form",
		"internship_months", "region", "address", "service_time", "employment", "conditions", "pay_min", "pay_max",
		"pay_unit", "pay_months",
		"pay_negotiable", "allowance", "risk_statement", "dangerous", "insurance_no", "employer", "employer_code",
		"employer_profile",
		"entrustment", "source", "source_note",
	}
}

// positionForm writes what a post says as its form holds it. Amounts are in yuan, the region is in words.
func (h *handlers) positionForm(c position.Content) Form {
	v := url.Values{}
	for name, value := range map[string]string{
		"kind": string(c.Kind), "title": c.Title, "duties": c.Duties, "requirements": c.Requirements,
		"degree": string(c.Degree),
		"majors": strings.Join(c.Majors.V, "、"), "skills": strings.Join(c.Skills.V, "、"), "talent_form": c.TalentForm,
		"address":      c.Address,
		"service_time": c.ServiceTime, "employment": c.Employment, "conditions": c.Conditions, "pay_unit": string(c.Pay.Unit),
		"risk_statement": c.RiskStatement, "insurance_no": c.InsuranceNo, "employer": c.Employer,
		"employer_code":    c.EmployerCode,
		"employer_profile": c.EmployerProfile, "source": c.Source, "source_note": c.SourceNote,
		"valid_until": string(c.ValidUntil),
		"headcount":   wholeText(c.Headcount), "answer_days": wholeText(c.AnswerDays),
		"internship_months": wholeText(c.InternshipMonths),
		"pay_months":        wholeText(c.Pay.Months), "pay_min": fenText(c.Pay.Min), "pay_max": fenText(c.Pay.Max),
		"allowance": fenText(c.Allowance),
	} {
		v.Set(name, value)
	}
	if c.Region != "" {
		v.Set("region", placeText(h.Tree, c.Region))
	}
	if c.EntrustmentID != 0 {
		v.Set("entrustment_id", c.EntrustmentID.String())
	}
	if c.Pay.Negotiable {
		v.Set("pay_negotiable", "1")
	}
	if c.Dangerous {
		v.Set("dangerous", "1")
	}
	return Form{Values: v}
}

// wholeText writes a number; nothing was said of 0.
func wholeText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// fenText writes an amount in yuan; nothing was said of 0.
func fenText(fen int64) string {
	if fen == 0 {
		return ""
	}
	return position.Yuan(fen)
}

// readPosition takes the form into a post. The complaints are about what cannot be read; what can be read is checked by
// the verbs.
func (h *handlers) readPosition(form Form) (position.Content, errs.Fields) {
	bad := errs.Fields{}
	c := position.Content{
		Kind: position.Kind(form.Get("kind")), Title: form.Get("title"), Duties: form.Get("duties"),
		Requirements: form.Get("requirements"),
		Degree:       position.Degree(form.Get("degree")), Majors: db.AsJSON(splitList(form.Get("majors"))),
		Skills:     db.AsJSON(splitList(form.Get("skills"))),
		TalentForm: form.Get("talent_form"), Address: form.Get("address"), ServiceTime: form.Get("service_time"),
		Employment: form.Get("employment"), Conditions: form.Get("conditions"), RiskStatement: form.Get("risk_statement"),
		Dangerous: db.Bool(form.Checked("dangerous", "1")), InsuranceNo: form.Get("insurance_no"),
		Employer:     form.Get("employer"),
		EmployerCode: form.Get("employer_code"), EmployerProfile: form.Get("employer_profile"),
		EntrustmentID: form.ID("entrustment_id"),
		Source:        form.Get("source"), SourceNote: form.Get("source_note"),
		ValidUntil: calendar.Day(plainDigits(strings.TrimSpace(form.Get("valid_until")))),
		Headcount:  readWhole(form, "headcount", bad), AnswerDays: readWhole(form, "answer_days", bad),
		InternshipMonths: readWhole(form, "internship_months", bad), Allowance: readFen(form, "allowance", bad),
		Pay: readPay(form, bad),
	}
	c.Region = h.readRegion(form, "region", bad)
	return c, bad
}

func readWhole(form Form, field string, bad errs.Fields) int {
	n, ok := parseWhole(form.Get(field))
	if !ok {
		bad.Add(field, "error.number")
	}
	return n
}

func readFen(form Form, field string, bad errs.Fields) int64 {
	fen, ok := parseFen(form.Get(field))
	if !ok {
		bad.Add(field, "console.error.yuan")
	}
	return fen
}

// readPay reads the pay. One amount alone is exactly what is paid, or with "negotiable" the least.
func readPay(form Form, bad errs.Fields) position.Pay {
	p := position.Pay{
		Min: readFen(form, "pay_min", bad), Max: readFen(form, "pay_max", bad), Unit: position.Unit(form.Get("pay_unit")),
		Months: readWhole(form, "pay_months", bad), Negotiable: db.Bool(form.Checked("pay_negotiable", "1")),
	}
	if p.Max == 0 {
		p.Max = p.Min
	}
	return p
}

// readRegion reads a region that was written in words or as a code; what cannot be read is a complaint.
func (h *handlers) readRegion(form Form, field string, bad errs.Fields) string {
	text := strings.TrimSpace(plainDigits(form.Get(field)))
	if text == "" {
		return ""
	}
	code, ok := findPlace(h.Tree, text)
	if ok {
		return code
	}
	if known, rest, found := h.Tree.Find(text); found && rest != "" {
		bad.Add(field, "console.error.region_rest", errs.Params{"known": h.Tree.LocalName(known), "rest": rest})
	} else {
		bad.Add(field, "console.error.region", errs.Params{"text": cutText(text, 30)})
	}
	return ""
}
