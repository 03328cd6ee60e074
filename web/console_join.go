package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/region"
)

// joinPage says what an organization needs and how long it takes.
type joinPage struct {
	Page
	ReviewDays int
	Next       string
}

func (h *handlers) showJoin(c *gin.Context) error {
	p := h.printer(c)
	page := &joinPage{
		Page:       Page{Title: p.T("join.title", nil), Nav: "join", Description: p.T("join.lead", nil), Canonical: h.BaseURL + "/join"},
		ReviewDays: h.Reports.ReviewDays, Next: "/orgs/register",
	}
	if !actor(c).Known() { // whoever has no account makes one on the way
		page.Next = "/register?next=" + url.QueryEscape(page.Next)
	}
	return h.show(c, "console/join", page)
}

// orgForm is the form of an organization's registration.
type orgForm struct {
	consolePage // of the organization that is edited; nothing of it for a new one
	Form        Form
	Refused     *FieldError
	Filed       bool
	Kinds       []Option
	Hosts       []Option
	Says        []codeSays // what the credit code says
	Confirm     bool       // something does not fit, and has not been confirmed
}

// codeSays is one thing that a credit code says, and whether it fits what was typed.
type codeSays struct {
	Key, Value string
	Fits       bool
}

func (h *handlers) showRegisterOrg(c *gin.Context) error {
	kind := org.Kind(c.Query("kind"))
	if slices.Contains(org.Kinds(), kind) {
		return h.registerOrgPage(c, http.StatusOK, orgForm{Form: Form{Values: url.Values{"kind": {string(kind)}}}})
	}
	return h.show(c, "console/register_kind", &joinPage{Page: Page{Title: h.printer(c).T("console.register.title", nil), Nav: "join"}})
}

// registerOrgPage renders the form for a new organization.
func (h *handlers) registerOrgPage(c *gin.Context, status int, page orgForm) error {
	page.Page, page.ReviewDays = Page{Title: h.printer(c).T("console.register.title", nil)}, h.Reports.ReviewDays
	if err := h.fillOrgForm(c, &page); err != nil {
		return err
	}
	return h.page(c, status, "console/register", &page)
}

// fillOrgForm adds the choices, and what the code says.
func (h *handlers) fillOrgForm(c *gin.Context, page *orgForm) error {
	p := h.printer(c)
	page.Filed = page.Form.Get("kind") == string(org.Filed)
	for _, k := range org.Kinds() {
		if k != org.Filed {
			page.Kinds = append(page.Kinds, Option{Value: string(k), Label: p.T("org.kind."+string(k), nil)})
		}
	}
	if !page.Filed {
		page.Says = h.codeSays(c, page.Form)
		return nil
	}
	page.Hosts = []Option{{Label: p.T("console.choose", nil)}}
	code, ok := findPlace(h.Tree, strings.TrimSpace(page.Form.Get("region")))
	if !ok {
		return nil
	}
	hosts, err := h.Orgs.Hosts(c.Request.Context(), code)
	if err != nil {
		return err
	}
	for _, o := range hosts {
		page.Hosts = append(page.Hosts, Option{Value: o.ID.String(), Label: o.Name})
	}
	return nil
}

// codeSays reads the credit code that was typed; nothing while it is not complete.
func (h *handlers) codeSays(c *gin.Context, form Form) []codeSays {
	p := h.printer(c)
	code := org.NormalizeCode(form.Get("code"))
	if !code.WellFormed() {
		return nil
	}
	says := []codeSays{{Key: "console.code.check.ok", Fits: true}}
	if !code.Valid() {
		says[0] = codeSays{Key: "console.code.check.bad"}
	}
	kind, known := code.Kind()
	value := p.T("console.code.other", nil)
	if known {
		value = p.T("org.kind."+string(kind), nil)
	}
	says = append(says, codeSays{"console.code.kind", value, known && string(kind) == form.Get("kind")})
	by := code.Region()
	fits, name := by == nation, h.Tree.FullName(by)
	if by == nation {
		name = p.T("console.code.nation", nil)
	}
	if place, ok := findPlace(h.Tree, strings.TrimSpace(form.Get("region"))); ok && !fits {
		fits = region.Within(place, by) || region.Within(by, place)
	}
	if name == "" {
		name = by
	}
	return append(says, codeSays{"console.code.region", name, fits})
}

// nation is what stands in a credit code for the Ministry of Civil Affairs itself.
const nation = "100000"

// readRegistration takes the form into a registration; the complaints are about what cannot be read.
func (h *handlers) readRegistration(form Form) (org.Registration, errs.Fields) {
	bad := errs.Fields{}
	r := org.Registration{
		Name: form.Get("name"), Code: form.Get("code"), Kind: org.Kind(form.Get("kind")), HostID: form.ID("host"),
		Address: form.Get("address"), Intro: form.Get("intro"), ContactName: form.Get("contact_name"),
		ContactPhone: form.Get("contact_phone"),
	}
	r.Region = h.readRegion(form, "region", bad)
	if r.Region == "" && len(bad) == 0 {
		bad.Add("region", "error.required")
	}
	if r.Kind == org.Filed {
		r.Code = ""
	} else {
		r.HostID = 0
	}
	return r, bad
}

// registerOrg takes the registration. What does not fit the credit code is pointed out once; who sends the form again
// means it, and the bureau decides.
func (h *handlers) registerOrg(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if form.Get("do") == "hosts" { // the region was typed, now its hosts can be chosen
		return h.registerOrgPage(c, http.StatusOK, orgForm{Form: form})
	}
	r, bad := h.readRegistration(form)
	certificate, err := h.certificateOf(c, bad)
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return h.registerOrgPage(c, http.StatusUnprocessableEntity, orgForm{Form: form.with(bad.Err())})
	}
	if h.doubtful(c, form) {
		form.Values.Set("confirmed", signature(form))
		return h.registerOrgPage(c, http.StatusOK, orgForm{Form: form, Confirm: true})
	}
	twin, err := h.registeredBefore(c, r)
	if err != nil {
		return err
	}
	if twin != 0 {
		return redirect(c, consolePath(twin, ""))
	}
	o, err := h.Orgs.Register(c.Request.Context(), actor(c), r)
	if errs.Is(err, errs.KindInvalid) {
		if twin, e := h.registeredBefore(c, r); e == nil && twin != 0 { // the same form came at the same moment
			return redirect(c, consolePath(twin, ""))
		}
		return h.registerOrgPage(c, http.StatusUnprocessableEntity, orgForm{Form: form.with(err)})
	}
	if err != nil {
		return err
	}
	done := "flash.org_registered"
	if certificate {
		if _, err := h.takeFile(c, file.Owner{Kind: "org", ID: o.ID}, "certificate"); told(err) {
			done = "flash.certificate_refused"
		} else if err != nil {
			return err
		}
	}
	h.flash(c, done)
	return redirect(c, consolePath(o.ID, ""))
}

// certificateOf reports whether a certificate came with the form, and complains about one that may not be uploaded: it
// can only be kept once there is an organization that it belongs to.
func (h *handlers) certificateOf(c *gin.Context, bad errs.Fields) (bool, error) {
	name, content, err := upload(c, "certificate")
	if err != nil || name == "" {
		return false, err
	}
	rule := file.Rules()["certificate"]
	if int64(len(content)) > rule.Max {
		bad.Add("certificate", "file.too_large", errs.Params{"max": rule.Max >> 20})
	} else if _, err := file.Sniff(content, rule.Types); err != nil {
		bad.Add("certificate", "file.type.certificate")
	}
	return true, nil
}

// doubtful reports whether something does not fit the credit code, and nobody has said yet that it is meant so.
func (h *handlers) doubtful(c *gin.Context, form Form) bool {
	fits := !slices.ContainsFunc(h.codeSays(c, form), func(s codeSays) bool { return !s.Fits })
	return form.Get("kind") != string(org.Filed) && !fits && form.Get("confirmed") != signature(form)
}

// signature is what a confirmation is about: with another code, kind or region it is asked for anew.
func signature(form Form) string {
	return string(org.NormalizeCode(form.Get("code"))) + "|" + form.Get("kind") + "|" + form.Get("region")
}

// registeredBefore returns the actor's organization that the same form has made before; zero when there is none.
func (h *handlers) registeredBefore(c *gin.Context, r org.Registration) (id.ID, error) {
	mine, err := h.Orgs.Mine(c.Request.Context(), actor(c))
	if err != nil {
		return 0, err
	}
	for _, o := range mine {
		same := o.CreditCode() == org.NormalizeCode(r.Code)
		if r.Kind == org.Filed {
			same = o.Kind == org.Filed && o.HostID == r.HostID && o.Name == strings.TrimSpace(r.Name)
		}
		if same {
			return o.ID, nil
		}
	}
	return 0, nil
}
