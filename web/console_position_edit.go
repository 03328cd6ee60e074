package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// postForm is the form of a post that is made or edited.
type postForm struct {
	consolePage
	Form    Form
	Post    position.Position // as it stands; without an id for a new one
	Kind    position.Kind
	Kinds   []Option
	Refused *FieldError // why what was asked for cannot be, though nothing typed is wrong
	Saved   bool        // what was typed is kept as a draft although it cannot be submitted yet
	Changed []changedField
	Letters []Option // letters of entrustment that were uploaded before
	Places  []string // proposals for the region

	Degrees, Employments, Units, Sources, TalentForms, Negotiable, Dangerous []Option
}

// changedField is a field in which what was typed and what stands differ.
type changedField struct{ Field, Now string }

// Action is where the form goes.
func (p *postForm) Action() string {
	if p.Post.ID == 0 {
		return p.Path("/positions/new")
	}
	return p.Path("/positions/" + p.Post.ID.String() + "/edit")
}

// Reason is what the bureau said of a field when it sent the post back.
func (p *postForm) Reason(field string) string {
	if p.Post.State != position.Returned {
		return ""
	}
	return p.Post.ReviewFields.V[field]
}

// Drafting reports whether the post can be saved as a draft and submitted; what is in review or on show is just saved.
func (p *postForm) Drafting() bool {
	return p.Post.ID == 0 || p.Post.State == position.Draft || p.Post.State == position.Returned
}

// OnBehalf reports whether anything was said of a member unit, so that its part of the form stands open.
func (p *postForm) OnBehalf() bool {
	fields := []string{"employer", "employer_code", "employer_profile", "entrustment", "entrustment_id"}
	return slices.ContainsFunc(fields, func(name string) bool {
		_, bad := p.Form.Errors[name]
		return bad || p.Form.Get(name) != "" || p.Reason(name) != ""
	})
}

// kindsFor lists what an organization may offer: a filed one nothing but volunteer roles.
func kindsFor(o org.Org) []position.Kind {
	if o.Kind == org.Filed {
		return []position.Kind{position.Volunteer}
	}
	return position.Kinds()
}

// kindPage asks what is offered, before the form is shown.
type kindPage struct {
	consolePage
	Kinds []position.Kind
}

func (h *handlers) newPosition(c *gin.Context) error {
	title := h.printer(c).T("console.position.new", nil)
	base, err := h.console(c, "positions", title)
	if err != nil {
		return err
	}
	kinds, kind := kindsFor(base.Org), position.Kind(c.Query("kind"))
	if len(kinds) == 1 {
		kind = kinds[0]
	}
	if !slices.Contains(kinds, kind) {
		return h.show(c, "console/position_kind", &kindPage{base, kinds})
	}
	form := h.positionForm(position.Content{
		Kind: kind, Region: base.Org.Region, Address: base.Org.Address, ValidUntil: h.today().Add(position.DefaultValidDays),
		AnswerDays: position.DefaultAnswerDays, Headcount: 1, Source: "direct",
	})
	return h.postFormPage(c, http.StatusOK, postForm{Form: form})
}

func (h *handlers) editPosition(c *gin.Context) error {
	p, err := h.ownPosition(c)
	if err != nil {
		return err
	}
	if !editable(p.State) {
		ended := errs.Conflict("position.conflict."+string(p.State)).With("verb", "position.verb.edit")
		return h.postPage(c, http.StatusConflict, Form{}, ended)
	}
	return h.postFormPage(c, http.StatusOK, postForm{Form: h.positionForm(p.Content), Post: p})
}

// postFormPage renders the form with what page holds of it.
func (h *handlers) postFormPage(c *gin.Context, status int, page postForm) error {
	p := h.printer(c)
	title := p.T("console.position.new", nil)
	if page.Post.ID != 0 {
		title = p.T("console.position.edit", map[string]any{"title": page.Post.Title})
	}
	var err error
	if page.consolePage, err = h.console(c, "positions", title); err != nil {
		return err
	}
	kinds := kindsFor(page.Org)
	if page.Kind = position.Kind(page.Form.Get("kind")); !slices.Contains(kinds, page.Kind) {
		page.Kind = kinds[0]
		page.Form.Values.Set("kind", string(page.Kind))
	}
	if !page.Form.Values.Has("version") {
		page.Form.Values.Set("version", strconv.Itoa(page.Post.Version))
	}
	for _, k := range kinds {
		page.Kinds = append(page.Kinds, Option{Value: string(k), Label: p.T("kind."+string(k), nil)})
	}
	page.options(p)
	for _, r := range h.Tree.Children(around(page.Org.Region)) {
		page.Places = append(page.Places, placeText(h.Tree, r.Code))
	}
	letters, err := h.Files.Of(c.Request.Context(), file.Owner{Kind: "org", ID: page.Org.ID}, "entrustment")
	if err != nil {
		return err
	}
	page.Letters = []Option{{Label: p.T("console.position.letter.none", nil)}}
	for _, f := range letters {
		label := f.Name + " · " + format{p, h}.moment(f.CreatedAt)
		page.Letters = append(page.Letters, Option{Value: f.ID.String(), Label: label})
	}
	return h.page(c, status, "console/position_form", &page)
}

// around is the region whose parts are proposed as places of work: the district of a street, else the region itself.
func around(code string) string {
	if region.LevelOf(code) == region.Street {
		return region.Parent(code)
	}
	return code
}

// options fills in what the lists of the form offer.
func (p *postForm) options(t i18n.Printer) {
	for _, d := range append([]position.Degree{position.DegreeUnset}, position.Degrees()...) {
		p.Degrees = append(p.Degrees, Option{Value: string(d), Label: t.T("degree."+string(d), nil)})
	}
	p.Degrees[0].Label = t.T("console.choose", nil)
	p.Employments = labelled(t, "employment.", position.Employments(p.Kind))
	p.Sources = labelled(t, "source.", position.Sources())
	choose := []Option{{Label: t.T("console.choose", nil)}}
	p.TalentForms = append(choose, labelled(t, "talent.", position.TalentForms())...)
	p.Negotiable = []Option{{Value: "1", Label: t.T("console.f.pay_negotiable.label", nil)}}
	p.Dangerous = []Option{{Value: "1", Label: t.T("console.f.dangerous.label", nil)}}
	p.Units = []Option{{Label: t.T("console.choose", nil)}}
	for _, u := range position.Units() {
		p.Units = append(p.Units, Option{Value: string(u), Label: t.T("console.unit."+string(u), nil)})
	}
}

func labelled(t i18n.Printer, prefix string, values []string) []Option {
	out := make([]Option, len(values))
	for n, v := range values {
		out[n] = Option{Value: v, Label: t.T(prefix+v, nil)}
	}
	return out
}

// createPosition makes a draft of what was typed and, if asked, submits it.
func (h *handlers) createPosition(c *gin.Context) error {
	return h.takePosition(c, position.Position{})
}

// changeContent saves what was typed into a post that stands.
func (h *handlers) changeContent(c *gin.Context) error {
	p, err := h.ownPosition(c)
	if err != nil {
		return err
	}
	return h.takePosition(c, p)
}

// takePosition handles the form of a post: another kind shows other fields, everything else is saved. A letter that
// came with it is kept first, so that it need not be chosen again when something else is wrong.
func (h *handlers) takePosition(c *gin.Context, p position.Position) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.takeLetter(c, form, p); err != nil {
		return h.positionRefused(c, p, form, err)
	}
	if form.Get("do") == "kind" {
		return h.postFormPage(c, http.StatusOK, postForm{Form: form, Post: p})
	}
	content, bad := h.readPosition(form)
	if len(bad) > 0 {
		return h.positionRefused(c, p, form, bad.Err())
	}
	p, back, err := h.savePosition(c, p, form, content)
	if err != nil {
		return h.positionRefused(c, p, form, err)
	}
	done := "flash.position_saved"
	switch {
	case back:
		done = "flash.position_back_to_review"
	case form.Get("do") == "submit" && p.State == position.Submitted: // the same form came before
		done = "flash.position_submitted"
	case form.Get("do") == "submit":
		if err := h.Positions.Submit(c.Request.Context(), actor(c), p.ID); err != nil {
			return h.notSubmitted(c, p.ID, form, err)
		}
		done = "flash.position_submitted"
	}
	h.flash(c, done)
	return redirect(c, consolePath(p.OrgID, "/positions/"+p.ID.String()))
}

// savePosition keeps content as a new draft, or in the place of what p says. The same form sent twice makes one draft.
func (h *handlers) savePosition(
	c *gin.Context, p position.Position, form Form, content position.Content,
) (saved position.Position, backToReview bool, err error) {
	ctx, who := c.Request.Context(), actor(c)
	if p.ID == 0 {
		owner, err := pathID(c, "org")
		if err != nil {
			return p, false, err
		}
		made, err := h.Positions.CreateOnce(ctx, who, owner, content)
		return made, false, err
	}
	version, err := strconv.Atoi(form.Get("version"))
	if err != nil {
		return p, false, errs.Conflict("error.changed")
	}
	back, err := h.Positions.Edit(ctx, who, p.ID, version, content)
	return p, back, err
}

// positionRefused shows the form again with everything that was typed, and why it was not saved. When somebody else was
// faster it says what they changed; saving again then puts what was typed in its place. When nothing differs, the same
// form was sent twice.
func (h *handlers) positionRefused(c *gin.Context, p position.Position, form Form, err error) error {
	page := postForm{Form: form.with(err), Post: p}
	said, isConflict := conflict(err)
	switch {
	case isConflict && said.Key == "error.changed":
		if page.Changed = h.changedFields(form, p); len(page.Changed) == 0 {
			h.flash(c, "flash.position_saved")
			return redirect(c, consolePath(p.OrgID, "/positions/"+p.ID.String()))
		}
		page.Refused = &said
		page.Form.Values.Set("version", strconv.Itoa(p.Version))
	case isConflict:
		page.Refused = &said
	case !errs.Is(err, errs.KindInvalid):
		return err
	}
	return h.postFormPage(c, statusOf(err), page)
}

// notSubmitted shows the form of a draft that was saved but cannot be submitted.
func (h *handlers) notSubmitted(c *gin.Context, post id.ID, form Form, err error) error {
	if !told(err) {
		return err
	}
	p, e := h.Positions.Get(c.Request.Context(), actor(c), post)
	if e != nil {
		return e
	}
	page := postForm{Form: form.with(err), Post: p, Saved: true}
	page.Form.Values.Set("version", strconv.Itoa(p.Version))
	if said, ok := conflict(err); ok {
		page.Refused = &said
	}
	return h.postFormPage(c, statusOf(err), page)
}

// changedFields compares what was typed with what stands by now.
func (h *handlers) changedFields(form Form, p position.Position) []changedField {
	content, _ := h.readPosition(form) // 6,000 is the same as 6000; that it can be read was found out before
	typed, now := h.positionForm(content), h.positionForm(p.Content)
	var out []changedField
	for _, field := range positionFields() {
		if is := now.Get(field); sameText(typed.Get(field)) != sameText(is) {
			out = append(out, changedField{field, is})
		}
	}
	return out
}

// sameText makes texts comparable that differ in white space only.
func sameText(s string) string { return strings.Join(strings.Fields(s), " ") }

// takeLetter keeps a letter of entrustment that came with the form and notes it there. A letter that the form names
// must be the organization's own. Invalid on field "entrustment".
func (h *handlers) takeLetter(c *gin.Context, form Form, p position.Position) error {
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	if named := form.ID("entrustment_id"); named != 0 && named != p.EntrustmentID {
		if err := h.ownFile(c, owner, named, "entrustment"); err != nil {
			if !errs.Is(err, errs.KindNotFound) {
				return err
			}
			form.Values.Del("entrustment_id")
			return errs.Fields{"entrustment": {Key: "error.choice"}}.Err()
		}
	}
	added, err := h.takeFile(c, file.Owner{Kind: "org", ID: owner}, "entrustment")
	if err == nil && added != 0 {
		form.Values.Set("entrustment_id", added.String())
	}
	return err
}

// ownFile checks that a file is one of the organization's and serves one of the purposes. NotFound for any other file.
func (h *handlers) ownFile(c *gin.Context, owner, f id.ID, purposes ...string) error {
	info, err := h.Files.Info(c.Request.Context(), f)
	if err == nil && (info.OwnerKind != "org" || info.OwnerID != owner || !slices.Contains(purposes, info.Purpose)) {
		return errs.NotFound("error.not_found")
	}
	return err
}

// takeFile keeps the file that came in the field that is named like its purpose; zero when none came. Invalid on that
// field for what may not be uploaded.
func (h *handlers) takeFile(c *gin.Context, owner file.Owner, purpose string) (added id.ID, err error) {
	ctx := c.Request.Context()
	name, content, err := upload(c, purpose)
	if err != nil || name == "" {
		return 0, err
	}
	err = h.DB.Write(ctx, func(tx *db.Tx) (err error) {
		added, err = h.Files.Add(ctx, tx, actor(c), owner, purpose, name, content)
		return err
	})
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Kind == errs.KindTooLarge {
		err = errs.Fields{purpose: {Key: e.Key, Params: e.Params}}.Err()
	}
	return added, err
}
