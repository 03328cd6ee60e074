package web

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/limit"
	"zhigang/internal/org"
)

// membersPage lists who works for an organization.
type membersPage struct {
	consolePage
	Form    Form
	Refused *FieldError
	Members []memberLine
	Roles   []Option
}

type memberLine struct {
	org.Member
	Self  bool
	Roles []Option
}

func (h *handlers) listMembers(c *gin.Context) error {
	return h.membersPage(c, http.StatusOK, Form{}, nil)
}

// membersPage renders the page; refused is why what was asked for cannot be.
func (h *handlers) membersPage(c *gin.Context, status int, form Form, refused error) error {
	p := h.printer(c)
	base, err := h.console(c, "org", p.T("console.members.title", nil))
	if err != nil {
		return err
	}
	who := actor(c)
	members, err := h.Orgs.Members(c.Request.Context(), who, base.Org.ID)
	if err != nil {
		return err
	}
	page := &membersPage{consolePage: base, Form: form.with(refused)}
	if said, ok := conflict(refused); ok {
		page.Refused = &said
	}
	roles := func(current auth.OrgRole) []Option {
		var out []Option
		for _, r := range auth.OrgRoles() {
			out = append(out, Option{
				Value: string(r), Label: p.T("role.org."+string(r), nil), Hint: p.T("console.role."+string(r), nil),
				Checked: r == current,
			})
		}
		return out
	}
	page.Roles = roles("")
	if !page.Form.Values.Has("role") {
		page.Form.Values.Set("role", string(auth.Editor))
	}
	for _, m := range members {
		page.Members = append(page.Members, memberLine{m, m.Account == who.Account, roles(m.Role)})
	}
	return h.page(c, status, "console/members", page)
}

// inviteRate bounds how often somebody may find out whether an address belongs to an account.
func inviteRate() limit.Rate { return limit.Rate{Burst: 20, Per: time.Hour} }

// addMember gives a role to somebody who has an account. The role of somebody who has one is not changed here.
func (h *handlers) addMember(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	ctx, who := c.Request.Context(), actor(c)
	if err := h.Limiter.Take(ctx, "member "+who.Account.String(), inviteRate()); err != nil {
		return err
	}
	account, err := h.Accounts.Find(ctx, form.Get("login"))
	if errs.Is(err, errs.KindNotFound) || err == nil && !account.Active() {
		err = errs.Fields{"login": {Key: "console.members.unknown"}}.Err()
	}
	if err == nil {
		err = h.newMember(c, owner, account.ID, auth.OrgRole(form.Get("role")))
	}
	return h.memberDone(c, form, err, "flash.member_added")
}

func (h *handlers) newMember(c *gin.Context, owner, account id.ID, role auth.OrgRole) error {
	ctx, who := c.Request.Context(), actor(c)
	members, err := h.Orgs.Members(ctx, who, owner)
	if err != nil {
		return err
	}
	for _, m := range members {
		switch {
		case m.Account == account && m.Role == role: // the same form came before
			return nil
		case m.Account == account:
			return errs.Fields{"login": {Key: "console.members.already"}}.Err()
		}
	}
	return h.Orgs.SetMember(ctx, who, owner, account, role)
}

func (h *handlers) changeMember(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	owner, account, err := h.pathMember(c)
	if err != nil {
		return err
	}
	err = h.Orgs.SetMember(c.Request.Context(), actor(c), owner, account, auth.OrgRole(form.Get("role")))
	return h.memberDone(c, Form{}, err, "flash.member_changed")
}

func (h *handlers) removeMember(c *gin.Context) error {
	owner, account, err := h.pathMember(c)
	if err != nil {
		return err
	}
	err = h.Orgs.RemoveMember(c.Request.Context(), actor(c), owner, account)
	if err == nil && account == actor(c).Account { // nothing of this console is theirs any more
		h.flash(c, "flash.member_left")
		return redirect(c, "/console")
	}
	return h.memberDone(c, Form{}, err, "flash.member_removed")
}

// pathMember returns the organization and the member that the path names. NotFound for somebody who is none.
func (h *handlers) pathMember(c *gin.Context) (owner, account id.ID, err error) {
	if owner, err = pathID(c, "org"); err != nil {
		return 0, 0, err
	}
	if account, err = pathID(c, "id"); err != nil {
		return 0, 0, err
	}
	names, err := h.memberNames(c.Request.Context(), actor(c), owner)
	if err != nil {
		return 0, 0, err
	}
	if _, known := names[account]; !known {
		return 0, 0, errs.NotFound("error.not_found")
	}
	return owner, account, nil
}

func (h *handlers) memberDone(c *gin.Context, form Form, err error, done string) error {
	if told(err) {
		return h.membersPage(c, statusOf(err), form, err)
	}
	if err != nil {
		return err
	}
	h.flash(c, done)
	return redirect(c, inConsole(c, "/members"))
}
