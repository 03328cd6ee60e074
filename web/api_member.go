package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
)

// memberView is somebody who works for an organization.
type memberView struct {
	Account id.ID        `json:"account"`
	Name    string       `json:"name"`
	Role    auth.OrgRole `json:"role"`
	Since   stamp        `json:"since"`
}

func (h *handlers) apiListMembers(c *gin.Context) (reply, error) {
	owner, err := pathID(c, "org")
	if err != nil {
		return reply{}, err
	}
	all, err := h.Orgs.Members(c.Request.Context(), actor(c), owner)
	if err != nil {
		return reply{}, err
	}
	out := apiList[memberView]{Items: []memberView{}}
	for _, m := range all {
		out.Items = append(out.Items, newMemberView(m))
	}
	return shown(out), nil
}

func newMemberView(m org.Member) memberView {
	return memberView{m.Account, m.Name, m.Role, stamp(m.Since)}
}

// apiAddMember gives a role to somebody who has an account. The role of somebody who has one already is changed by its own
// route.
func (h *handlers) apiAddMember(c *gin.Context) (reply, error) {
	var in struct {
		Login string       `json:"login"`
		Role  auth.OrgRole `json:"role"`
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	owner, err := pathID(c, "org")
	if err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	if err := h.Limiter.Take(ctx, "member "+who.Account.String(), inviteRate()); err != nil {
		return reply{}, err
	}
	account, err := h.Accounts.Find(ctx, in.Login)
	if errs.Is(err, errs.KindNotFound) || err == nil && !account.Active() {
		err = errs.Fields{"login": {Key: "console.members.unknown"}}.Err()
	}
	if err != nil {
		return reply{}, err
	}
	if err := h.newMember(c, owner, account.ID, in.Role); err != nil {
		return reply{}, err
	}
	r, err := h.memberNow(c, owner, account.ID)
	return made(apiRoot+"/orgs/"+owner.String()+"/members/"+account.ID.String(), r.Body), err
}

// memberNow answers with a member as they are by now.
func (h *handlers) memberNow(c *gin.Context, owner, account id.ID) (reply, error) {
	all, err := h.Orgs.Members(c.Request.Context(), actor(c), owner)
	for _, m := range all {
		if m.Account == account {
			return shown(newMemberView(m)), nil
		}
	}
	if err == nil {
		err = errs.NotFound("error.not_found")
	}
	return reply{}, err
}

func (h *handlers) apiChangeMember(c *gin.Context) (reply, error) {
	var in struct {
		Role auth.OrgRole `json:"role"`
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	owner, account, err := h.pathMember(c)
	if err != nil {
		return reply{}, err
	}
	if err := h.Orgs.SetMember(c.Request.Context(), actor(c), owner, account, in.Role); err != nil {
		return reply{}, err
	}
	return h.memberNow(c, owner, account)
}

func (h *handlers) apiRemoveMember(c *gin.Context) (reply, error) {
	owner, account, err := h.pathMember(c)
	if err != nil {
		return reply{}, err
	}
	return none(), h.Orgs.RemoveMember(c.Request.Context(), actor(c), owner, account)
}
