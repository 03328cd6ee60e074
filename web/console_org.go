package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/org"
	"zhigang/internal/search"
)

// ownOrgPage is what an organization says of itself, and what its bureau says of it.
type ownOrgPage struct {
	consolePage
	Form         Form
	Host         string
	ValidRating  int // 0 when there is none or it has run out
	Expired      int // a rating that has run out
	Verified     calendar.Day
	Verify       *term // how long until it must be checked anew
	Certificates []file.Info
	MayDelete    bool // certificates; what the bureau has seen stays
	History      []historyLine
	// Exposure is how much it is seen, as the order of searches counts it; nil before it was counted.
	Exposure *exposureLine
}

// exposureLine says what lifts the posts of an organization in searches.
type exposureLine struct {
	search.Standing
	PerOpening string // applications, with one decimal
	Replies    int    // percent in time
	Known      bool   // whether there were enough to say
}

func (h *handlers) showOwnOrg(c *gin.Context) error { return h.ownOrgPage(c, http.StatusOK, Form{}) }

func (h *handlers) ownOrgPage(c *gin.Context, status int, form Form) error {
	p := h.printer(c)
	base, err := h.console(c, "org", p.T("console.org.title", nil))
	if err != nil {
		return err
	}
	ctx, o := c.Request.Context(), base.Org
	page := &ownOrgPage{
		consolePage: base, Form: form, ValidRating: o.RatingOn(h.today()),
		MayDelete: base.Owner && (o.State == org.Pending || o.State == org.Returned),
	}
	if page.ValidRating == 0 {
		page.Expired = o.Rating
	}
	if !o.VerifiedAt.IsZero() {
		page.Verified = calendar.DayOf(o.VerifiedAt.Time)
	}
	if o.VerifyDue != "" {
		t := h.deadline(o.VerifyDue)
		page.Verify = &t
	}
	if o.HostID != 0 {
		host, err := h.Orgs.Public(ctx, o.HostID)
		if err != nil && !errs.Is(err, errs.KindNotFound) {
			return err
		}
		page.Host = host.Name
	}
	if one, err := h.Search.StandingOf(ctx, o.ID); err == nil {
		replies := application.Replies{Due: one.Due, Answered: one.Answered}
		percent, known := replies.Rate()
		page.Exposure = &exposureLine{one, strconv.FormatFloat(one.PerOpening(), 'f', 1, 64), percent, known}
	} else if !errs.Is(err, errs.KindNotFound) {
		return err
	}
	if page.Certificates, err = h.Files.Of(ctx, file.Owner{Kind: "org", ID: o.ID}, "certificate"); err != nil {
		return err
	}
	if page.History, err = h.ownHistory(c, o); err != nil {
		return err
	}
	return h.page(c, status, "console/org", page)
}

// ownHistory says what happened to the organization, newest first.
func (h *handlers) ownHistory(c *gin.Context, o org.Org) ([]historyLine, error) {
	ctx, who, p := c.Request.Context(), actor(c), h.printer(c)
	events, err := h.Orgs.History(ctx, who, o.ID)
	if err != nil {
		return nil, err
	}
	names, err := h.memberNames(ctx, who, o.ID)
	if err != nil {
		return nil, err
	}
	var lines []historyLine
	for _, e := range slices.Backward(events) {
		line := historyLine{At: e.At, Verb: "console.org.event." + e.Verb, Note: e.Note, Who: names[e.Account]}
		if e.Verb != "register" && e.Verb != "edit" {
			line.Who = p.T("console.who.bureau", nil)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// orgFormOf writes the registration of an organization as its form holds it.
func (h *handlers) orgFormOf(o org.Org) Form {
	v := url.Values{
		"name": {o.Name}, "code": {string(o.CreditCode())}, "kind": {string(o.Kind)}, "region": {placeText(h.Tree, o.Region)},
		"address": {o.Address},
		"intro":   {o.Intro}, "contact_name": {o.ContactName}, "contact_phone": {o.ContactPhone},
	}
	if o.HostID != 0 {
		v.Set("host", o.HostID.String())
	}
	return Form{Values: v}
}

func (h *handlers) showEditOrg(c *gin.Context) error {
	return h.editOrgPage(c, http.StatusOK, orgForm{}, nil)
}

// editOrgPage renders the form of an organization that stands; page.Form without values is what it says now.
func (h *handlers) editOrgPage(c *gin.Context, status int, page orgForm, refused error) error {
	var err error
	if page.consolePage, err = h.console(c, "org", h.printer(c).T("console.org.edit", nil)); err != nil {
		return err
	}
	if page.Form.Values == nil {
		page.Form = h.orgFormOf(page.Org)
		page.Form.Values.Set("confirmed", signature(page.Form)) // what stands has been reviewed
	}
	page.Form = page.Form.with(refused)
	if said, ok := conflict(refused); ok {
		page.Refused = &said
	}
	if err := h.fillOrgForm(c, &page); err != nil {
		return err
	}
	return h.page(c, status, "console/org_edit", &page)
}

func (h *handlers) editOrg(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	if form.Get("do") == "hosts" {
		return h.editOrgPage(c, http.StatusOK, orgForm{Form: form}, nil)
	}
	r, bad := h.readRegistration(form)
	if err = bad.Err(); err == nil {
		if h.doubtful(c, form) {
			form.Values.Set("confirmed", signature(form))
			return h.editOrgPage(c, http.StatusOK, orgForm{Form: form, Confirm: true}, nil)
		}
		err = h.Orgs.Edit(c.Request.Context(), actor(c), owner, r)
	}
	if told(err) {
		return h.editOrgPage(c, statusOf(err), orgForm{Form: form}, err)
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.saved")
	return redirect(c, inConsole(c, "/org"))
}

func (h *handlers) addCertificate(c *gin.Context) error {
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	added, err := h.takeFile(c, file.Owner{Kind: "org", ID: owner}, "certificate")
	if err == nil && added == 0 {
		err = errs.Fields{"certificate": {Key: "console.org.choose_file"}}.Err()
	}
	if errs.Is(err, errs.KindInvalid) {
		return h.ownOrgPage(c, http.StatusUnprocessableEntity, Form{}.with(err))
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.certificate_added")
	return redirect(c, inConsole(c, "/org#certificates"))
}

// deleteCertificate takes away a certificate that was uploaded by mistake, as long as the bureau has not decided on it.
func (h *handlers) deleteCertificate(c *gin.Context) error {
	if err := h.takeCertificateAway(c); err != nil {
		return err
	}
	h.flash(c, "flash.certificate_deleted")
	return redirect(c, inConsole(c, "/org#certificates"))
}

// takeCertificateAway deletes the certificate that the path names. Conflict once a bureau has approved what it shows.
func (h *handlers) takeCertificateAway(c *gin.Context) error {
	ctx, who := c.Request.Context(), actor(c)
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	f, err := pathID(c, "file")
	if err != nil {
		return err
	}
	if err := h.ownFile(c, owner, f, "certificate"); err != nil {
		return err
	}
	o, err := h.Orgs.Get(ctx, who, owner)
	if err != nil {
		return err
	}
	if o.State != org.Pending && o.State != org.Returned {
		return errs.Conflict("console.org.certificate_kept")
	}
	return h.DB.Write(ctx, func(tx *db.Tx) error { return h.Files.Delete(ctx, tx, f) })
}

// showOwnFile sends a certificate or a letter of entrustment of the organization.
func (h *handlers) showOwnFile(c *gin.Context) error {
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	f, err := pathID(c, "file")
	if err != nil {
		return err
	}
	if err := h.ownFile(c, owner, f, "certificate", "entrustment"); err != nil {
		return err
	}
	return h.sendApart(c, f)
}
