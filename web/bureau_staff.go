package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
)

// staffPage lists who works for the bureaus of the administrator's region and below.
type staffPage struct {
	Page
	Form   Form
	Staff  []staffLine
	Roles  []Option
	Places []region.Region // proposals for the region of a bureau
}

type staffLine struct {
	auth.StaffMember
	URL  string
	Day  calendar.Day // since when
	Self bool
}

func (h *handlers) listStaff(c *gin.Context) error { return h.staffPage(c, http.StatusOK, Form{}) }

func (h *handlers) staffPage(c *gin.Context, status int, form Form) error {
	own := desk(c).Bureau.Region
	lo, hi := region.Scope(own)
	all, err := h.Accounts.Staff(c.Request.Context(), lo, hi)
	if err != nil {
		return err
	}
	page := &staffPage{
		Page: h.deskPage(c, "bureau", h.printer(c).T("bureau.staff", nil)),
		Form: form.or("staff_role", string(auth.Reviewer)), Roles: h.roleOptions(c), Places: h.bureauPlaces(own),
	}
	for _, m := range all {
		page.Staff = append(page.Staff, staffLine{
			m, "/bureau/staff/" + m.Account.String(), calendar.DayOf(m.Since.Time), m.Account == desk(c).Account,
		})
	}
	return h.page(c, status, "bureau/staff", page)
}

func (h *handlers) roleOptions(c *gin.Context) []Option {
	p := h.printer(c)
	var out []Option
	for _, r := range auth.BureauRoles() {
		out = append(out, Option{
			Value: string(r), Label: p.T("role.bureau."+string(r), nil), Hint: p.T("bureau.role."+string(r), nil),
		})
	}
	return out
}

// bureauPlaces lists the regions that are proposed for a bureau: the administrator's own and those one level below.
func (h *handlers) bureauPlaces(own string) []region.Region {
	here, _ := h.Tree.Get(own) // a bureau is given a region that exists
	return append([]region.Region{here}, h.Tree.Children(own)...)
}

// placeOf reads the region of a bureau as a code or as a name, which need not say what lies above the administrator's own.
func (h *handlers) placeOf(c *gin.Context, text string) (string, error) {
	own, code := desk(c).Bureau.Region, strings.TrimSpace(text)
	if _, known := h.Tree.Get(code); !known {
		found, rest, ok := h.Tree.Find(h.Tree.FullName(own) + code)
		if !ok || rest != "" {
			found, rest, ok = h.Tree.Find(code)
		}
		if !ok || rest != "" {
			return "", errs.Fields{"staff_region": {Key: "error.region"}}.Err()
		}
		code = found
	}
	switch place, _ := h.Tree.Get(code); {
	case place.Retired || place.Paper:
		return "", errs.Fields{"staff_region": {Key: "error.region"}}.Err()
	case !h.inBureau(c, code):
		outside := errs.Field{Key: "bureau.staff.outside", Params: errs.Params{"region": h.Tree.Name(own)}}
		return "", errs.Fields{"staff_region": outside}.Err()
	}
	return code, nil
}

func (h *handlers) grantStaff(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	account, err := h.Accounts.Find(ctx, form.Get("login"))
	if errs.Is(err, errs.KindNotFound) {
		err = errs.Fields{"login": {Key: "bureau.staff.unknown"}}.Err()
	}
	fields := errs.Fields{}
	for name, f := range errs.FieldsOf(err) {
		fields.Add(name, f.Key, f.Params)
	}
	if err != nil && len(fields) == 0 {
		return err
	}
	code, err := h.placeOf(c, form.Get("staff_region"))
	for name, f := range errs.FieldsOf(err) {
		fields.Add(name, f.Key, f.Params)
	}
	if err = fields.Err(); err == nil {
		err = h.giveRole(ctx, desk(c), account.ID, code, form.Get("staff_role"))
	}
	if errs.Is(err, errs.KindConflict) { // said where the account was named
		err = errs.Fields{"login": {Key: errs.KeyOf(err)}}.Err()
	}
	if errs.Is(err, errs.KindInvalid) {
		return h.staffPage(c, http.StatusUnprocessableEntity, form.with(err))
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.staff.grant")
	return redirect(c, "/bureau/staff")
}

// giveRole gives an account a role in the bureau of a region, with an audit row. Conflict for the actor's own role, so
// that no bureau loses its last administrator, and for staff of bureaus beyond the actor's.
func (h *handlers) giveRole(ctx context.Context, who auth.Actor, account id.ID, code, role string) error {
	return renamed(h.DB.Write(ctx, func(tx *db.Tx) error {
		entry := audit.Entry{
			Verb: "staff.grant", SubjectKind: "account", Subject: account, Region: code, Note: role + " " + code,
		}
		if err := h.noteStaff(ctx, tx, who, entry); err != nil {
			return err
		}
		return h.Accounts.GrantStaff(ctx, tx, account, code, auth.BureauRole(role))
	}), "role", "staff_role")
}

// noteStaff writes the audit row of a change, which lets one change of staff happen after the other, and then looks
// whether the actor may change the role that the account has now.
func (h *handlers) noteStaff(ctx context.Context, tx *db.Tx, who auth.Actor, entry audit.Entry) error {
	if entry.Subject == who.Account {
		return errs.Conflict("bureau.staff.self")
	}
	if err := audit.Add(ctx, tx, who, entry); err != nil {
		return err
	}
	has, err := h.Accounts.StaffOf(ctx, entry.Subject)
	switch {
	case errs.Is(err, errs.KindNotFound):
		return nil
	case err != nil:
		return err
	case !region.Within(has.Region, who.Bureau.Region):
		return errs.Conflict("bureau.staff.elsewhere")
	}
	return nil
}

// staffMemberPage changes or ends the role of one member of staff.
type staffMemberPage struct {
	Page
	Form   Form
	Member auth.StaffMember
	Self   bool
	Roles  []Option
	Places []region.Region
}

func (h *handlers) showStaffMember(c *gin.Context) error {
	return h.staffMemberPage(c, http.StatusOK, Form{})
}

// memberOf returns the member of staff that the path names. NotFound for those beyond the administrator's region.
func (h *handlers) memberOf(c *gin.Context) (auth.StaffMember, error) {
	account, err := pathID(c, "id")
	if err != nil {
		return auth.StaffMember{}, err
	}
	ctx := c.Request.Context()
	grant, err := h.Accounts.StaffOf(ctx, account)
	if err != nil {
		return auth.StaffMember{}, err
	}
	if !h.inBureau(c, grant.Region) {
		return auth.StaffMember{}, errs.NotFound("error.not_found")
	}
	a, err := h.Accounts.Get(ctx, account)
	return auth.StaffMember{Account: account, Name: a.Name, Region: grant.Region, Role: grant.Role}, err
}

func (h *handlers) staffMemberPage(c *gin.Context, status int, form Form) error {
	m, err := h.memberOf(c)
	if err != nil {
		return err
	}
	return h.page(c, status, "bureau/staff_member", &staffMemberPage{
		Page: h.deskPage(c, "bureau", m.Name), Member: m, Self: m.Account == desk(c).Account,
		Form:  form.or("staff_region", m.Region).or("staff_role", string(m.Role)),
		Roles: h.roleOptions(c), Places: h.bureauPlaces(desk(c).Bureau.Region),
	})
}

func (h *handlers) changeStaff(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	m, err := h.memberOf(c)
	if err != nil {
		return err
	}
	code, err := h.placeOf(c, form.Get("staff_region"))
	if err == nil {
		err = h.giveRole(c.Request.Context(), desk(c), m.Account, code, form.Get("staff_role"))
	}
	if errs.Is(err, errs.KindInvalid) {
		return h.staffMemberPage(c, http.StatusUnprocessableEntity, form.with(err))
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.staff.grant")
	return redirect(c, "/bureau/staff")
}

func (h *handlers) endStaff(c *gin.Context) error {
	m, err := h.memberOf(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request.Context(), desk(c)
	err = h.DB.Write(ctx, func(tx *db.Tx) error {
		entry := audit.Entry{
			Verb: "staff.end", SubjectKind: "account", Subject: m.Account, Region: m.Region,
			Note: string(m.Role) + " " + m.Region,
		}
		if err := h.noteStaff(ctx, tx, who, entry); err != nil {
			return err
		}
		return h.Accounts.EndStaff(ctx, tx, m.Account)
	})
	if err != nil {
		return err
	}
	h.flash(c, "flash.staff.end")
	return redirect(c, "/bureau/staff")
}
