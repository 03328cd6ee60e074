package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/person"
	"zhigang/internal/position"
)

// meView is whose token it is, and what it may do.
type meView struct {
	ID     id.ID      `json:"id"`
	Name   string     `json:"name"`
	Lang   i18n.Lang  `json:"lang"`
	Email  string     `json:"email"`
	Mobile string     `json:"mobile"`
	Orgs   []orgGrant `json:"orgs"`
	Bureau *deskGrant `json:"bureau"`
	Unread int        `json:"unread"` // notices, up to 100
}

type orgGrant struct {
	ID    id.ID        `json:"id"`
	Name  string       `json:"name"`
	State org.State    `json:"state"`
	Role  auth.OrgRole `json:"role"`
}

type deskGrant struct {
	Region *regionView     `json:"region"`
	Role   auth.BureauRole `json:"role"`
}

func (h *handlers) apiShowMe(c *gin.Context) (reply, error) {
	ctx, who := c.Request.Context(), actor(c)
	contact, err := h.Accounts.Contact(ctx, h.DB, who.Account)
	if err != nil {
		return reply{}, err
	}
	me := meView{
		ID: who.Account, Name: contact.Name, Lang: i18n.Lang(contact.Lang), Email: contact.Email, Mobile: contact.Mobile, Orgs: []orgGrant{},
	}
	mine, err := h.Orgs.Mine(ctx, who)
	if err != nil {
		return reply{}, err
	}
	roles := map[id.ID]auth.OrgRole{}
	for _, g := range who.Orgs {
		roles[g.Org] = g.Role
	}
	for _, o := range mine {
		me.Orgs = append(me.Orgs, orgGrant{o.ID, o.Name, o.State, roles[o.ID]})
	}
	if who.Bureau != nil {
		me.Bureau = &deskGrant{h.regionView(who.Bureau.Region), who.Bureau.Role}
	}
	me.Unread, err = h.Notices.Unread(ctx, who)
	return shown(me), err
}

// profileView is what a person says of themselves. A version of 0 is a profile in which nothing was said yet.
type profileView struct {
	Degree      *position.Degree `json:"degree"`
	School      string           `json:"school"`
	Major       string           `json:"major"`
	GraduatedOn dayOrNull        `json:"graduated_on"`
	Skills      []string         `json:"skills"`
	About       string           `json:"about"`
	WantKinds   []string         `json:"want_kinds"`
	WantRegions []string         `json:"want_regions"`
	WantPay     yuan             `json:"want_pay"` // a month, at least
	CV          *fileView        `json:"cv"`
	Missing     []string         `json:"missing"` // what must be filled before one can apply for paid work
	UpdatedAt   stamp            `json:"updated_at"`
	Version     int              `json:"version"`
}

func (h *handlers) apiShowProfile(c *gin.Context) (reply, error) {
	p, err := h.People.Get(c.Request.Context(), actor(c))
	if err != nil {
		return reply{}, err
	}
	v := profileView{
		Degree: orNull(position.Degree(p.Degree)), School: p.School, Major: p.Major, GraduatedOn: dayOrNull(p.GraduatedOn), Skills: listOf(p.Skills.V),
		About: p.About, WantKinds: listOf(p.WantKinds.V), WantRegions: listOf(p.WantRegions.V), WantPay: yuan(p.WantPay), Missing: listOf(p.Missing()),
		UpdatedAt: stamp(p.UpdatedAt), Version: p.Version,
	}
	if p.CVID != 0 {
		info, err := h.Files.Info(c.Request.Context(), p.CVID)
		if err != nil {
			return reply{}, err
		}
		cv := h.fileView(info, "/me/profile/cv")
		v.CV = &cv
	}
	r := shown(v)
	r.ETag = versionTag(p.Version)
	return r, nil
}

// apiSaveProfile replaces the profile; the CV stays.
func (h *handlers) apiSaveProfile(c *gin.Context) (reply, error) {
	var in struct {
		Version     *int32          `json:"version"`
		Degree      position.Degree `json:"degree"`
		School      string          `json:"school"`
		Major       string          `json:"major"`
		GraduatedOn calendar.Day    `json:"graduated_on"`
		Skills      []string        `json:"skills"`
		About       string          `json:"about"`
		WantKinds   []position.Kind `json:"want_kinds"`
		WantRegions []string        `json:"want_regions"`
		WantPay     yuan            `json:"want_pay"`
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	before, err := h.People.Get(ctx, who)
	if err != nil {
		return reply{}, err
	}
	p := person.Profile{
		Degree: string(in.Degree), School: in.School, Major: in.Major, GraduatedOn: in.GraduatedOn, Skills: db.AsJSON(in.Skills), About: in.About,
		WantKinds: db.AsJSON([]string{}), WantRegions: db.AsJSON(in.WantRegions), WantPay: int64(in.WantPay), CVID: before.CVID,
	}
	bad := errs.Fields{}
	for _, k := range in.WantKinds {
		if k == "" {
			bad.Add("want_kinds", "error.choice")
		}
		among(bad, "want_kinds", k, position.Kinds())
		p.WantKinds.V = append(p.WantKinds.V, string(k))
	}
	among(bad, "degree", in.Degree, position.Degrees()[1:])
	if err := bad.Err(); err != nil {
		return reply{}, err
	}
	if p.Version, err = versionOf(c, in.Version, before.Version); err != nil {
		return reply{}, err
	}
	if err := h.People.Save(ctx, who, p); err != nil {
		return reply{}, overtaken(c, err)
	}
	return h.apiShowProfile(c)
}

// apiPutCV keeps a file as the actor's CV in the place of the one before. What went out with an application stays as it
// was.
func (h *handlers) apiPutCV(c *gin.Context) (reply, error) {
	name, content, err := readUpload(c, "file")
	if err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	p, err := h.People.Get(ctx, who)
	if err != nil {
		return reply{}, err
	}
	added, err := h.keepUpload(c, file.Owner{Kind: "person", ID: who.Account}, "cv", name, content)
	if err != nil {
		return reply{}, err
	}
	p.CVID = added.ID
	if err := h.People.Save(ctx, who, p); err != nil {
		return reply{}, err
	}
	if err := h.sweepCVs(ctx, who, added.ID); err != nil {
		return reply{}, err
	}
	return h.apiShowProfile(c)
}

func (h *handlers) apiDeleteCV(c *gin.Context) (reply, error) {
	ctx, who := c.Request.Context(), actor(c)
	p, err := h.People.Get(ctx, who)
	if err != nil {
		return reply{}, err
	}
	if p.CVID != 0 {
		p.CVID = 0
		if err := h.People.Save(ctx, who, p); err != nil {
			return reply{}, err
		}
	}
	return reply{Status: http.StatusNoContent}, h.sweepCVs(ctx, who, 0)
}

func (h *handlers) apiShowCV(c *gin.Context) (reply, error) {
	p, err := h.People.Get(c.Request.Context(), actor(c))
	if err == nil && p.CVID == 0 {
		err = errs.NotFound("error.not_found")
	}
	if err != nil {
		return reply{}, err
	}
	return reply{sent: true}, h.sendApart(c, p.CVID)
}
