package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

// deskOrgs is the list of organizations.
func deskOrgs() deskKind {
	list := deskKind{
		nav: "orgs", title: "bureau.orgs", path: "/bureau/orgs", tabText: "bureau.orgs.tab.", kindText: "org.kind.",
		tabs: []string{string(org.Pending), string(org.Approved), string(org.Returned), string(org.Suspended)},
	}
	for _, k := range org.Kinds() {
		list.kinds = append(list.kinds, string(k))
	}
	return list
}

// orgsPage lists the organizations of a bureau's region.
type orgsPage struct {
	deskList
	Waiting bool // the tab of those that wait for review
	Lines   []orgLine
}

// standing is an organization with what follows today from what is noted of it.
type standing struct {
	org.Org
	Code        org.Code
	ValidRating int
	Expired     bool // the rating has run out
	VerifyLate  bool
}

func (h *handlers) standingOf(o org.Org) standing {
	today := h.today()
	s := standing{Org: o, Code: o.CreditCode(), ValidRating: o.RatingOn(today)}
	s.Expired = o.Rating > 0 && s.ValidRating == 0
	s.VerifyLate = o.State == org.Approved && o.VerifyDue < today
	return s
}

// orgLine is an organization in the list.
type orgLine struct {
	standing
	URL    string
	Term   term
	Waited int
}

func (h *handlers) listOrgs(c *gin.Context) error {
	f, err := h.readFilter(c, c.Request.URL.Query(), deskOrgs())
	if err != nil {
		return err
	}
	page := &orgsPage{deskList: h.deskList(c, deskOrgs(), f), Waiting: f.State == ""}
	if err := h.countWaiting(c, &page.deskList, report.ReviewOrgs); err != nil {
		return err
	}
	filter := org.Filter{
		State: org.State(f.State), Kind: org.Kind(f.Kind), Region: f.Region, Name: f.Text, After: f.After,
		Limit: deskSize + 1,
	}
	if page.Waiting {
		filter.State, filter.Limit = org.Pending, 200 // those that wait are listed whole: the oldest come first, and go
	}
	all, err := h.Orgs.List(c.Request.Context(), desk(c), filter)
	if err != nil {
		return err
	}
	if !page.Waiting {
		var more bool
		if all, more = cut(all); more {
			page.Next = f.next(page.Path, all[len(all)-1].ID)
		}
	}
	for _, o := range all {
		page.Lines = append(page.Lines, orgLine{
			standing: h.standingOf(o), URL: withQuery(page.Path+"/"+o.ID.String(), f.Query()),
			Term: h.termOf(o.SubmittedAt, h.Reports.ReviewDays), Waited: h.waited(o.SubmittedAt),
		})
	}
	return h.show(c, "bureau/orgs", page)
}

// deskOrg is how an organization stands, for whoever decides about it or its posts.
type deskOrg struct {
	standing
	Reply string // percent, "" while there is too little to say
	Host  org.Org
	Staff int // owners and editors
}

func (h *handlers) deskOrg(c *gin.Context, o org.Org) (deskOrg, error) {
	ctx, d := c.Request.Context(), deskOrg{standing: h.standingOf(o)}
	replies, err := h.Applications.RepliesOf(ctx, []id.ID{o.ID})
	if err != nil {
		return d, err
	}
	if rate, ok := replies[o.ID].Rate(); ok {
		d.Reply = strconv.Itoa(rate)
	}
	if o.HostID != 0 { // a host may be another bureau's: its public page is for everybody
		if d.Host, err = h.Orgs.Public(ctx, o.HostID); err != nil && !errs.Is(err, errs.KindNotFound) {
			return d, err
		}
	}
	staff, err := org.Editors(ctx, h.DB, o.ID)
	d.Staff = len(staff)
	return d, err
}

// deskOrgPage is one organization as its bureau reviews and supervises it.
type deskOrgPage struct {
	Page
	Form         Form
	Org          deskOrg
	Refused      *errs.Error
	Term         term
	Waited       int
	Derived      derived
	NeedOverride bool
	Certificates []certificate
	Posts        []reviewLine
	History      []historyLine
	Ratings      []Option
	Filter       deskFilter
	Next         string
}

// certificate is a file by which an organization proves itself.
type certificate struct {
	file.Info
	SizeText string
}

// derived is what the credit code says.
type derived struct {
	Kind   org.Kind // "" when it says no kind of social organization
	Region string   // code of the region that registered the organization, "" without a credit code
	Place  string
	Valid  bool
}

func (h *handlers) derive(c *gin.Context, code org.Code) derived {
	if code == "" {
		return derived{}
	}
	d := derived{Region: code.Region(), Valid: code.Valid()}
	d.Kind, _ = code.Kind() // false is the zero kind
	switch _, known := h.Tree.Get(d.Region); {
	case d.Region == "100000":
		d.Place = h.printer(c).T("bureau.org.nation", nil)
	case known:
		d.Place = h.Tree.FullName(d.Region)
	}
	return d
}

func (h *handlers) showDeskOrg(c *gin.Context) error {
	f, err := h.readFilter(c, c.Request.URL.Query(), deskOrgs())
	if err != nil {
		return err
	}
	return h.deskOrgPage(c, http.StatusOK, f, Form{}, nil)
}

// deskOrgPage renders the page; refused is why a decision cannot be, nil when none was asked for.
func (h *handlers) deskOrgPage(c *gin.Context, status int, f deskFilter, form Form, refused error) error {
	ctx := c.Request.Context()
	one, err := pathID(c, "id")
	if err != nil {
		return err
	}
	o, err := h.Orgs.Get(ctx, desk(c), one)
	if err != nil {
		return err
	}
	page := &deskOrgPage{
		Page: h.deskPage(c, "orgs", o.Name), Term: h.termOf(o.SubmittedAt, h.Reports.ReviewDays),
		Waited: h.waited(o.SubmittedAt), Derived: h.derive(c, o.CreditCode()),
		NeedOverride: slices.Contains(o.Flags.V, org.FlagCode), Filter: f,
	}
	page.Form = form.or("override_reason", o.OverrideReason)
	page.Form = page.Form.or("rating", strconv.Itoa(o.Rating)).or("rating_until", string(o.RatingUntil))
	page.Refused, _ = errors.AsType[*errs.Error](refused)
	if page.Org, err = h.deskOrg(c, o); err != nil {
		return err
	}
	certificates, err := h.Files.Of(ctx, file.Owner{Kind: "org", ID: o.ID}, "certificate")
	if err != nil {
		return err
	}
	for _, info := range certificates {
		page.Certificates = append(page.Certificates, certificate{info, fileSize(info.Size)})
	}
	posts, err := h.Positions.List(ctx, desk(c), position.Filter{Org: o.ID, Limit: 20})
	if err != nil {
		return err
	}
	for _, p := range posts {
		page.Posts = append(page.Posts, reviewLine{
			Listed: p, URL: "/bureau/positions/" + p.ID.String(), StateOn: p.StateOn(h.today()),
		})
	}
	if page.History, err = h.orgHistory(c, o.ID); err != nil {
		return err
	}
	for n := range 6 {
		text := strconv.Itoa(n)
		page.Ratings = append(page.Ratings, Option{Value: text, Label: h.printer(c).T("bureau.org.grade."+text, nil)})
	}
	next, err := h.nextOrg(c, f, o.ID)
	if err != nil {
		return err
	}
	if next != 0 {
		page.Next = withQuery("/bureau/orgs/"+next.String(), f.Query())
	}
	return h.page(c, status, "bureau/org", page)
}

// nextOrg returns the organization of the same list that waits for review after the one just looked at, or else the one
// that waits longest; zero when none waits.
func (h *handlers) nextOrg(c *gin.Context, f deskFilter, after id.ID) (id.ID, error) {
	waiting, err := h.Orgs.List(c.Request.Context(), desk(c), org.Filter{
		State: org.Pending, Kind: org.Kind(f.Kind), Region: f.Region, Name: f.Text, Limit: 200,
	})
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(waiting, func(o org.Org) bool { return o.ID == after })
	for _, o := range slices.Concat(waiting[at+1:], waiting) {
		if o.ID != after {
			return o.ID, nil
		}
	}
	return 0, nil
}

func (h *handlers) orgHistory(c *gin.Context, one id.ID) ([]historyLine, error) {
	events, err := h.Orgs.History(c.Request.Context(), desk(c), one)
	if err != nil {
		return nil, err
	}
	var deciders []id.ID
	for _, e := range events {
		if e.Verb != "register" && e.Verb != "edit" {
			deciders = append(deciders, e.Account)
		}
	}
	names, err := h.staffNames(c.Request.Context(), deciders)
	if err != nil {
		return nil, err
	}
	var lines []historyLine
	for _, e := range slices.Backward(events) {
		line := historyLine{At: e.At, Verb: "bureau.event.org." + e.Verb, Note: e.Note}
		if e.Verb != "register" && e.Verb != "edit" {
			line.Who = names[e.Account]
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func (h *handlers) approveOrg(c *gin.Context) error {
	return h.decideOrg(c, "approve", func(form Form, one id.ID) error {
		reason := form.Get("override_reason")
		if err := checkReason("override_reason", reason); err != nil {
			return err
		}
		seen, _ := strconv.Atoi(form.Get("version")) // who names none has read whatever stands
		return renamed(h.Orgs.ApproveSeen(c.Request.Context(), desk(c), one, reason, seen), "override", "override_reason")
	})
}

func (h *handlers) returnOrg(c *gin.Context) error {
	return h.decideOrg(c, "return", func(form Form, one id.ID) error {
		reason := form.Get("return_reason")
		if err := checkReason("return_reason", reason); err != nil {
			return err
		}
		return renamed(h.Orgs.Return(c.Request.Context(), desk(c), one, reason), "reason", "return_reason")
	})
}

func (h *handlers) suspendOrg(c *gin.Context) error {
	return h.decideOrg(c, "suspend", func(form Form, one id.ID) error {
		reason := form.Get("suspend_reason")
		if err := checkReason("suspend_reason", reason); err != nil {
			return err
		}
		return renamed(h.Orgs.Suspend(c.Request.Context(), desk(c), one, reason), "reason", "suspend_reason")
	})
}

func (h *handlers) rateOrg(c *gin.Context) error {
	return h.decideOrg(c, "rate", func(form Form, one id.ID) error {
		grade, err := strconv.Atoi(form.Get("rating"))
		if err != nil {
			return errs.Fields{"rating": {Key: "error.choice"}}.Err()
		}
		until := calendar.Day(form.Get("rating_until"))
		if grade == 0 {
			until = ""
		}
		return h.Orgs.Rate(c.Request.Context(), desk(c), one, grade, until)
	})
}

// deciding names the field that holds the reason of each decision.
var deciding = map[string]string{"approve": "override_reason", "return": "return_reason", "suspend": "suspend_reason"}

// decideOrg runs one decision about the organization of the page. After a review it goes on to the next that waits;
// what cannot be is said on the same page.
func (h *handlers) decideOrg(c *gin.Context, verb string, do func(Form, id.ID) error) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	one, err := pathID(c, "id")
	if err != nil {
		return err
	}
	query, _ := url.ParseQuery(form.Get("filter")) // whatever cannot be read narrows nothing
	f, err := h.readFilter(c, query, deskOrgs())
	if err != nil {
		return err
	}
	before, err := h.Orgs.Get(c.Request.Context(), desk(c), one)
	if err != nil {
		return err
	}
	err = do(form, one)
	if h.orgDoneBefore(c, err, one, verb, form.Get(deciding[verb])) {
		err = nil
	}
	switch {
	case errs.Is(err, errs.KindInvalid) && len(errs.FieldsOf(err)) > 0:
		return h.deskOrgPage(c, http.StatusUnprocessableEntity, f, form.with(err), nil)
	case err != nil && told(err):
		return h.deskOrgPage(c, statusOf(err), f, form, err)
	case err != nil:
		return err
	}
	h.flash(c, "flash.org."+verb)
	to := one
	if before.State == org.Pending && verb != "rate" {
		next, err := h.nextOrg(c, f, one)
		if err != nil {
			return err
		}
		if next != 0 {
			to = next
		}
	}
	return redirect(c, withQuery("/bureau/orgs/"+to.String(), f.Query()))
}

func (h *handlers) downloadCertificate(c *gin.Context) error {
	ctx := c.Request.Context()
	one, err := pathID(c, "id")
	if err != nil {
		return err
	}
	cert, err := pathID(c, "file")
	if err != nil {
		return err
	}
	if _, err := h.Orgs.Get(ctx, desk(c), one); err != nil {
		return err
	}
	info, err := h.Files.Info(ctx, cert)
	if err != nil {
		return err
	}
	if info.OwnerKind != "org" || info.OwnerID != one || info.Purpose != "certificate" {
		return errs.NotFound("error.not_found")
	}
	return h.keepFile(c, cert)
}
