package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// positionContent is what an organization writes of a post. Amounts are in yuan; what does not belong to the kind is left
// out when it is kept, as the form does.
type positionContent struct {
	Kind             position.Kind   `json:"kind"`
	Title            string          `json:"title"`
	Employer         string          `json:"employer"`
	EmployerCode     string          `json:"employer_code"`
	EmployerProfile  string          `json:"employer_profile"`
	Entrustment      id.ID           `json:"entrustment"`
	Headcount        int32           `json:"headcount"`
	Duties           string          `json:"duties"`
	Requirements     string          `json:"requirements"`
	Employment       string          `json:"employment"`
	Conditions       string          `json:"conditions"`
	Region           string          `json:"region"`
	Address          string          `json:"address"`
	Pay              payInput        `json:"pay"`
	Allowance        yuan            `json:"allowance"`
	ValidUntil       calendar.Day    `json:"valid_until"`
	Source           string          `json:"source"`
	SourceNote       string          `json:"source_note"`
	Degree           position.Degree `json:"degree"`
	Majors           []string        `json:"majors"`
	Skills           []string        `json:"skills"`
	AnswerDays       int32           `json:"answer_days"`
	TalentForm       string          `json:"talent_form"`
	InternshipMonths int32           `json:"internship_months"`
	ServiceTime      string          `json:"service_time"`
	RiskStatement    string          `json:"risk_statement"`
	Dangerous        bool            `json:"dangerous"`
	InsuranceNo      string          `json:"insurance_no"`
}

type payInput struct {
	Min        yuan          `json:"min"`
	Max        yuan          `json:"max"`
	Unit       position.Unit `json:"unit"`
	Months     int32         `json:"months"`
	Negotiable bool          `json:"negotiable"`
}

// positionNames says how the fields of a post that stand apart in the form are called here.
func positionNames() map[string]string {
	return map[string]string{"pay_min": "pay.min", "pay_max": "pay.max", "pay_unit": "pay.unit", "pay_months": "pay.months"}
}

// inAPI is the name of a field of a post.
func inAPI(field string) string {
	if name, other := positionNames()[field]; other {
		return name
	}
	return field
}

// inForm is the name of a field of a post where it is kept.
func inForm(field string) string {
	if rest, isPay := strings.CutPrefix(field, "pay."); isPay {
		return "pay_" + rest
	}
	return field
}

// content checks what a program alone can get wrong, and returns the rest for the verbs to check. owner is the
// organization whose letters of entrustment may be named; named is the one that the post has already.
func (h *handlers) content(c *gin.Context, in positionContent, owner, named id.ID) (position.Content, error) {
	bad := errs.Fields{}
	among(bad, "kind", in.Kind, position.Kinds())
	among(bad, "degree", in.Degree, position.Degrees())
	among(bad, "pay.unit", in.Pay.Unit, position.Units())
	among(bad, "source", in.Source, position.Sources())
	among(bad, "talent_form", in.TalentForm, position.TalentForms())
	if bad["kind"].Key == "" && in.Kind != "" {
		among(bad, "employment", in.Employment, position.Employments(in.Kind))
	}
	if in.Entrustment != 0 && in.Entrustment != named {
		if err := h.ownFile(c, owner, in.Entrustment, "entrustment"); errs.Is(err, errs.KindNotFound) {
			bad.Add("entrustment", "error.choice")
		} else if err != nil {
			return position.Content{}, err
		}
	}
	out := position.Content{
		Kind: in.Kind, Title: in.Title, Employer: in.Employer, EmployerCode: in.EmployerCode, EmployerProfile: in.EmployerProfile,
		EntrustmentID: in.Entrustment, Headcount: int(in.Headcount), Duties: in.Duties, Requirements: in.Requirements, Employment: in.Employment,
		Conditions: in.Conditions, Region: in.Region, Address: in.Address, Allowance: int64(in.Allowance), ValidUntil: in.ValidUntil,
		Source: in.Source, SourceNote: in.SourceNote, Degree: in.Degree, Majors: db.AsJSON(in.Majors), Skills: db.AsJSON(in.Skills),
		AnswerDays: int(in.AnswerDays), TalentForm: in.TalentForm, InternshipMonths: int(in.InternshipMonths), ServiceTime: in.ServiceTime,
		RiskStatement: in.RiskStatement, Dangerous: db.Bool(in.Dangerous), InsuranceNo: in.InsuranceNo,
		Pay: position.Pay{
			Min: int64(in.Pay.Min), Max: int64(in.Pay.Max), Unit: in.Pay.Unit, Months: int(in.Pay.Months), Negotiable: db.Bool(in.Pay.Negotiable),
		},
	}
	if out.Pay.Max == 0 {
		out.Pay.Max = out.Pay.Min
	}
	return out, bad.Err()
}

// apiCreatePosition makes a draft for an organization that the actor edits for.
func (h *handlers) apiCreatePosition(c *gin.Context) (reply, error) {
	var in struct {
		Org id.ID `json:"org"`
		positionContent
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	if in.Org == 0 {
		return reply{}, errs.Fields{"org": {Key: "error.required"}}.Err()
	}
	if err := needOrg(c, in.Org, auth.Editor); err != nil {
		return reply{}, err
	}
	content, err := h.content(c, in.positionContent, in.Org, 0)
	if err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	var p position.Position
	err = errs.NotFound("error.not_found")
	if isResumed(c) {
		p, err = h.Positions.Twin(ctx, who, in.Org, content)
	}
	if errs.Is(err, errs.KindNotFound) {
		p, err = h.Positions.Create(ctx, who, in.Org, content)
	}
	if err != nil {
		return reply{}, called(err, positionNames())
	}
	return h.madePosition(c, p)
}

func (h *handlers) madePosition(c *gin.Context, p position.Position) (reply, error) {
	r, err := h.deskPosition(c, p)
	r.Status, r.Location = http.StatusCreated, apiRoot+"/positions/"+p.ID.String()
	return r, err
}

// versionTag is the tag of a thing that is changed only as it was read.
func versionTag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// versionOf returns the version that a change is made to: that of If-Match, or else the one in the body. 428 when there is
// neither, 412 when If-Match names another one than current.
func versionOf(c *gin.Context, given *int32, current int) (int, error) {
	match := c.GetHeader("If-Match")
	switch {
	case match == "" && given == nil:
		return 0, withStatus(http.StatusPreconditionRequired, errs.Invalid("api.version.required"))
	case match == "":
		return int(*given), nil
	}
	for one := range strings.SplitSeq(match, ",") {
		if one = strings.TrimSpace(one); one == "*" || one == versionTag(current) {
			return current, nil
		}
	}
	return 0, withStatus(http.StatusPreconditionFailed, errs.Conflict("error.changed"))
}

// overtaken turns a Conflict with a change of the same moment into 412 when the request said by If-Match what it knew.
func overtaken(c *gin.Context, err error) error {
	if errs.KeyOf(err) == "error.changed" && c.GetHeader("If-Match") != "" {
		return withStatus(http.StatusPreconditionFailed, errs.Conflict("error.changed").Because(err))
	}
	return err
}

// apiEditPosition replaces what a post says. A post on show whose reviewed part changes goes back to its bureau: the answer
// says so by its state.
func (h *handlers) apiEditPosition(c *gin.Context) (reply, error) {
	var in struct {
		Version *int32 `json:"version"`
		positionContent
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	p, err := h.editable(c)
	if err != nil {
		return reply{}, err
	}
	version, err := versionOf(c, in.Version, p.Version)
	if err != nil {
		return reply{}, err
	}
	content, err := h.content(c, in.positionContent, p.OrgID, p.EntrustmentID)
	if err != nil {
		return reply{}, err
	}
	if _, err := h.Positions.Edit(c.Request.Context(), actor(c), p.ID, version, content); err != nil {
		return reply{}, overtaken(c, called(err, positionNames()))
	}
	return h.positionNow(c, p.ID)
}

// editable returns the post that the path names, of an organization that the actor edits for.
func (h *handlers) editable(c *gin.Context) (position.Position, error) {
	post, err := pathID(c, "id")
	if err != nil {
		return position.Position{}, err
	}
	p, err := h.workedOn(c, post)
	if err != nil {
		return p, err
	}
	return p, actor(c).NeedOrg(p.OrgID, auth.Editor)
}

// positionNow answers with a post as it is by now.
func (h *handlers) positionNow(c *gin.Context, post id.ID) (reply, error) {
	p, err := h.workedOn(c, post)
	if err != nil {
		return reply{}, err
	}
	return h.deskPosition(c, p)
}

func (h *handlers) apiSubmitPosition(c *gin.Context) (reply, error) {
	return h.onPosition(c, &struct{}{}, func(p position.Position) error {
		return h.Positions.Submit(c.Request.Context(), actor(c), p.ID)
	})
}

func (h *handlers) apiClosePosition(c *gin.Context) (reply, error) {
	var in struct {
		Outcome position.Outcome `json:"outcome"`
	}
	return h.onPosition(c, &in, func(p position.Position) error {
		bad := errs.Fields{}
		among(bad, "outcome", in.Outcome, position.Outcomes())
		if err := bad.Err(); err != nil {
			return err
		}
		return h.Positions.Close(c.Request.Context(), actor(c), p.ID, in.Outcome)
	})
}

func (h *handlers) apiWithdrawPosition(c *gin.Context) (reply, error) {
	var in struct {
		Reason string `json:"reason"`
	}
	return h.onPosition(c, &in, func(p position.Position) error {
		if err := checkReason("reason", in.Reason); err != nil {
			return err
		}
		return h.Positions.Withdraw(c.Request.Context(), actor(c), p.ID, in.Reason)
	})
}

func (h *handlers) apiRenewPosition(c *gin.Context) (reply, error) {
	var in struct {
		ValidUntil calendar.Day `json:"valid_until"`
	}
	return h.onPosition(c, &in, func(p position.Position) error {
		if _, err := calendar.ParseDay(string(in.ValidUntil)); err != nil {
			return errs.Fields{"valid_until": {Key: "error.day"}}.Err()
		}
		return h.Positions.Renew(c.Request.Context(), actor(c), p.ID, in.ValidUntil)
	})
}

// onPosition reads what a verb wants to know, runs it on the post that the path names, for an editor of its organization,
// and answers with the post as it then is.
func (h *handlers) onPosition(c *gin.Context, in any, verb func(position.Position) error) (reply, error) {
	if err := readOptional(c, in); err != nil {
		return reply{}, err
	}
	p, err := h.editable(c)
	if err != nil {
		return reply{}, err
	}
	if err := verb(p); err != nil {
		return reply{}, called(err, positionNames())
	}
	return h.positionNow(c, p.ID)
}

func (h *handlers) apiCopyPosition(c *gin.Context) (reply, error) {
	if err := readOptional(c, &struct{}{}); err != nil {
		return reply{}, err
	}
	p, err := h.editable(c)
	if err != nil {
		return reply{}, err
	}
	if p, err = h.Positions.Copy(c.Request.Context(), actor(c), p.ID); err != nil {
		return reply{}, called(err, positionNames())
	}
	return h.madePosition(c, p)
}
