package web

import (
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/org"
	"zhigang/internal/position"
)

// particular is one of the things that a post must state.
type particular struct {
	Name    string // of the field that a reason is given for
	Label   string // a translation key
	Value   string // in a line
	Text    string // in paragraphs
	Missing []FieldError
	Reason  string // why the post was returned for it
	New     bool   // it reads differently from when the post was last on show
	Was     string // what it read then; "" for nothing
}

// particulars names what a post of a kind must state, in the order in which it is read: the title, the ten that the
// rules on network recruitment name, and for volunteers what the 志愿服务条例 asks for instead of pay.
func particulars(k position.Kind) []string {
	if k == position.Volunteer {
		return []string{
			"title", "employer_profile", "headcount", "duties", "requirements", "service_time", "conditions", "allowance", "address",
			"risk_statement", "insurance_no", "valid_until", "source",
		}
	}
	return []string{
		"title", "employer_profile", "headcount", "employment", "duties", "requirements", "conditions", "address",
		"pay_min", "valid_until", "source",
	}
}

// particularOf returns under which particular a field of a post is read.
func particularOf(field string) string {
	within := map[string]string{
		"region": "address", "degree": "requirements", "pay_unit": "pay_min", "pay_max": "pay_min",
		"source_note": "source",
		"employer":    "employer_profile", "employer_code": "employer_profile", "entrustment": "employer_profile",
		"internship_months": "employment", "talent_form": "employment",
	}
	if p, ok := within[field]; ok {
		return p
	}
	return field
}

// particulars fills in what the post states of each, what is missing as long as it waits for review, and what an edit of
// a post that was on show has changed.
func (h *handlers) particulars(c *gin.Context, page *reviewPage, owner org.Org) error {
	post, missing := page.Post, map[string][]FieldError{}
	if post.State == position.Submitted {
		for _, f := range sortedFields(errs.FieldsOf(post.CheckPublish(h.today()))) {
			name := particularOf(f.name)
			missing[name] = append(missing[name], FieldError{name, f.Key, f.Params})
		}
	}
	says, said := h.says(c, post, owner), map[string]particular(nil)
	before, err := h.Positions.Before(c.Request.Context(), desk(c), post.ID)
	switch {
	case err == nil:
		old := post
		old.Content = before
		said = h.says(c, old, owner)
	case !errs.Is(err, errs.KindNotFound):
		return err
	}
	for _, name := range particulars(post.Kind) {
		one := says[name]
		one.Name, one.Label = name, "bureau.particular."+name
		one.Missing, one.Reason = missing[name], post.ReviewFields.V[name]
		if was := said[name]; said != nil && (was.Value != one.Value || was.Text != one.Text) {
			one.New, one.Was = true, strings.TrimSpace(was.Value+"\n"+was.Text)
		}
		if name == "employer_profile" && said != nil && before.EntrustmentID != post.EntrustmentID {
			one.New, one.Was = true, strings.TrimSpace(one.Was+"\n"+h.printer(c).T("bureau.position.other_letter", nil))
		}
		page.Particulars = append(page.Particulars, one)
		page.Missing += len(one.Missing)
	}
	return nil
}

// says is what a post states of each particular.
func (h *handlers) says(c *gin.Context, post position.Listed, owner org.Org) map[string]particular {
	p, facts := h.printer(c), map[string]string{}
	for _, f := range h.facts(c, post) {
		facts[f.Label] = f.Value
	}
	profile, employer := owner.Intro, owner.Name
	if post.OnBehalf() {
		profile, employer = post.EmployerProfile, strings.TrimSpace(post.Employer+" "+post.EmployerCode)
	}
	requires := ""
	if post.Kind != position.Volunteer {
		requires = facts["position.fact.degree"]
	}
	if len(post.Skills.V) > 0 {
		requires += " · " + joinList(p, post.Skills.V)
	}
	return map[string]particular{
		"title":            {Value: post.Title},
		"employer_profile": {Value: employer, Text: profile},
		"headcount":        {Value: facts["position.fact.headcount"]},
		"employment":       {Value: facts["position.fact.employment"]},
		"duties":           {Text: post.Duties},
		"requirements":     {Value: strings.TrimPrefix(requires, " · "), Text: post.Requirements},
		"conditions":       {Text: post.Conditions},
		"allowance":        {Value: format{p, h}.paid(post.Content)},
		"address":          {Value: facts["position.fact.place"]},
		"pay_min":          {Value: format{p, h}.pay(post.Pay)},
		"valid_until":      {Value: facts["position.fact.until"]},
		"source":           {Value: facts["position.fact.source"]},
		"service_time":     {Value: post.ServiceTime},
		"risk_statement":   {Text: post.RiskStatement},
		"insurance_no":     {Value: h.insurance(c, post.Content)},
	}
}

func (h *handlers) insurance(c *gin.Context, content position.Content) string {
	p := h.printer(c)
	switch {
	case content.InsuranceNo != "":
		return p.T("position.insured.no", map[string]any{"no": content.InsuranceNo})
	case bool(content.Dangerous):
		return p.T("bureau.position.dangerous", nil)
	}
	return p.T("position.insured.none", nil)
}
