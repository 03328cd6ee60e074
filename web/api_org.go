package web

import (
	"context"
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
)

// orgView is an organization as everybody may see it.
type orgView struct {
	ID          id.ID       `json:"id"`
	Name        string      `json:"name"`
	Kind        org.Kind    `json:"kind"`
	Code        org.Code    `json:"code"` // its subject part is hidden from the public; "" for a filed one
	Region      *regionView `json:"region"`
	Address     string      `json:"address"`
	Intro       string      `json:"intro"`
	Rating      *int        `json:"rating"`
	RatingUntil dayOrNull   `json:"rating_until"`
	VerifiedAt  stamp       `json:"verified_at"`
	ReplyRate   *int        `json:"reply_rate"`
	URL         string      `json:"url"`
}

// orgFull is an organization as its members and its bureau see it.
type orgFull struct {
	orgView
	State          org.State  `json:"state"`
	Host           *id.ID     `json:"host"`
	ContactName    string     `json:"contact_name"`
	ContactPhone   string     `json:"contact_phone"`
	Flags          []org.Flag `json:"flags"` // what a reviewer must look at
	ReviewNote     string     `json:"review_note"`
	OverrideReason string     `json:"override_reason"`
	SubmittedAt    stamp      `json:"submitted_at"`
	VerifyDue      dayOrNull  `json:"verify_due"`
	CreatedAt      stamp      `json:"created_at"`
}

// orgView shows an organization; replies are its reply figures, if any.
func (h *handlers) orgView(o org.Org, replies application.Replies) orgView {
	v := orgView{
		ID: o.ID, Name: o.Name, Kind: o.Kind, Code: org.Code(o.CreditCode().Mask()), Region: h.regionView(o.Region), Address: o.Address, Intro: o.Intro,
		Rating: orNull(o.RatingOn(h.today())), VerifiedAt: stamp(o.VerifiedAt), URL: h.BaseURL + "/orgs/" + o.ID.String(),
	}
	if v.Rating != nil {
		v.RatingUntil = dayOrNull(o.RatingUntil)
	}
	if rate, known := replies.Rate(); known {
		v.ReplyRate = &rate
	}
	return v
}

// orgFulls shows organizations to those who may see all of them.
func (h *handlers) orgFulls(c *gin.Context, orgs ...org.Org) ([]orgFull, error) {
	ids := make([]id.ID, len(orgs))
	for n, o := range orgs {
		ids[n] = o.ID
	}
	replies, err := h.repliesOf(c.Request.Context(), ids)
	out := make([]orgFull, len(orgs))
	for n, o := range orgs {
		out[n] = orgFull{
			orgView: h.orgView(o, replies[o.ID]), State: o.State, Host: orNull(o.HostID), ContactName: o.ContactName, ContactPhone: o.ContactPhone,
			Flags: listOf(o.Flags.V), ReviewNote: o.ReviewNote, OverrideReason: o.OverrideReason, SubmittedAt: stamp(o.SubmittedAt),
			VerifyDue: dayOrNull(o.VerifyDue), CreatedAt: stamp(o.CreatedAt),
		}
		out[n].Code = o.CreditCode()
	}
	return out, err
}

func (h *handlers) orgFull(c *gin.Context, o org.Org) (orgFull, error) {
	all, err := h.orgFulls(c, o)
	return all[0], err
}

// apiShowOrg shows an organization to everybody once it is approved, to its members and its bureau in full.
func (h *handlers) apiShowOrg(c *gin.Context) (reply, error) {
	ctx := c.Request.Context()
	one, err := pathID(c, "org")
	if err != nil {
		return reply{}, err
	}
	if who := actor(c); who.Known() {
		if o, err := h.Orgs.Get(ctx, who, one); err == nil {
			view, err := h.orgFull(c, o)
			return shown(view), err
		} else if !errs.Is(err, errs.KindNotFound) {
			return reply{}, err
		}
	}
	o, err := h.Orgs.Public(ctx, one)
	if err != nil {
		return reply{}, err
	}
	replies, err := h.Applications.RepliesOf(ctx, []id.ID{o.ID})
	r := shown(h.orgView(o, replies[o.ID]))
	r.Public = freshEachTime
	return r, err
}

// registration is what an organization gives to register, and to change its data.
type registration struct {
	Name         string   `json:"name"`
	Code         string   `json:"code"`
	Kind         org.Kind `json:"kind"`
	Host         id.ID    `json:"host"`
	Region       string   `json:"region"`
	Address      string   `json:"address"`
	Intro        string   `json:"intro"`
	ContactName  string   `json:"contact_name"`
	ContactPhone string   `json:"contact_phone"`
}

func (r registration) take() org.Registration {
	return org.Registration{
		Name: r.Name, Code: r.Code, Kind: r.Kind, HostID: r.Host, Region: r.Region, Address: r.Address, Intro: r.Intro,
		ContactName: r.ContactName, ContactPhone: r.ContactPhone,
	}
}

func (h *handlers) readOrg(c *gin.Context) (org.Registration, error) {
	var in registration
	if err := readJSON(c, &in); err != nil {
		return org.Registration{}, err
	}
	bad := errs.Fields{}
	among(bad, "kind", in.Kind, org.Kinds())
	return in.take(), bad.Err()
}

// apiRegisterOrg registers an organization with the actor as its owner. What does not fit its credit code is flagged for the
// reviewer and told in the answer.
func (h *handlers) apiRegisterOrg(c *gin.Context) (reply, error) {
	in, err := h.readOrg(c)
	if err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	if isResumed(c) {
		twin, err := h.registeredBefore(c, in)
		if err != nil {
			return reply{}, err
		}
		if twin != 0 {
			o, err := h.Orgs.Get(ctx, who, twin)
			if err != nil {
				return reply{}, err
			}
			return h.madeOrg(c, o)
		}
	}
	o, err := h.Orgs.Register(ctx, who, in)
	if err != nil {
		return reply{}, err
	}
	return h.madeOrg(c, o)
}

func (h *handlers) madeOrg(c *gin.Context, o org.Org) (reply, error) {
	view, err := h.orgFull(c, o)
	return made(apiRoot+"/orgs/"+o.ID.String(), view), err
}

func (h *handlers) apiEditOrg(c *gin.Context) (reply, error) {
	one, err := pathID(c, "org")
	if err != nil {
		return reply{}, err
	}
	in, err := h.readOrg(c)
	if err != nil {
		return reply{}, err
	}
	if err := h.Orgs.Edit(c.Request.Context(), actor(c), one, in); err != nil {
		return reply{}, err
	}
	return h.orgNow(c, actor(c), one)
}

func (h *handlers) orgNow(c *gin.Context, who auth.Actor, one id.ID) (reply, error) {
	o, err := h.Orgs.Get(c.Request.Context(), who, one)
	if err != nil {
		return reply{}, err
	}
	view, err := h.orgFull(c, o)
	return shown(view), err
}

func (h *handlers) apiApproveOrg(c *gin.Context) (reply, error) {
	var in struct {
		Override string `json:"override"`
	}
	return h.onOrg(c, &in, func(one id.ID) error {
		if err := checkReason("override", in.Override); err != nil {
			return err
		}
		return h.Orgs.Approve(c.Request.Context(), desk(c), one, in.Override)
	})
}

func (h *handlers) apiReturnOrg(c *gin.Context) (reply, error) {
	return h.onOrgBecause(c, h.Orgs.Return)
}

func (h *handlers) apiSuspendOrg(c *gin.Context) (reply, error) {
	return h.onOrgBecause(c, h.Orgs.Suspend)
}

func (h *handlers) apiRateOrg(c *gin.Context) (reply, error) {
	var in struct {
		Rating int32        `json:"rating"`
		Until  calendar.Day `json:"rating_until"`
	}
	return h.onOrg(c, &in, func(one id.ID) error {
		if in.Rating == 0 {
			in.Until = ""
		}
		return h.Orgs.Rate(c.Request.Context(), desk(c), one, int(in.Rating), in.Until)
	})
}

// onOrgBecause makes a decision that needs a reason.
func (h *handlers) onOrgBecause(c *gin.Context, decide func(context.Context, auth.Actor, id.ID, string) error) (reply, error) {
	var in struct {
		Reason string `json:"reason"`
	}
	return h.onOrg(c, &in, func(one id.ID) error {
		if err := checkReason("reason", in.Reason); err != nil {
			return err
		}
		return decide(c.Request.Context(), desk(c), one, in.Reason)
	})
}

// onOrg reads what a decision of the bureau needs, makes it, and answers with the organization as it then is.
func (h *handlers) onOrg(c *gin.Context, in any, decide func(id.ID) error) (reply, error) {
	if err := readOptional(c, in); err != nil {
		return reply{}, err
	}
	one, err := pathID(c, "org")
	if err != nil {
		return reply{}, err
	}
	if err := decide(one); err != nil {
		return reply{}, err
	}
	return h.orgNow(c, desk(c), one)
}

// apiListOwnPositions lists all posts of an organization in pages, the one that was changed last first.
func (h *handlers) apiListOwnPositions(c *gin.Context) (reply, error) {
	ctx, who := c.Request.Context(), actor(c)
	owner, err := pathID(c, "org")
	if err != nil {
		return reply{}, err
	}
	q := queryOf(c)
	page, per := q.whole("page", 1, 1, 10_000), q.whole("per_page", 20, 1, 100)
	f := position.Desk{State: choiceOf(q, "state", position.States()), Title: q.text("q", 100), Offset: (page - 1) * per, Limit: per}
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	counts, err := h.Positions.CountOnDesk(ctx, who, owner, f)
	if err != nil {
		return reply{}, err
	}
	posts, err := h.Positions.OnDesk(ctx, who, owner, f)
	if err != nil {
		return reply{}, err
	}
	o, err := h.Orgs.Get(ctx, who, owner)
	if err != nil {
		return reply{}, err
	}
	out := ownPositions{Page: page, Per: per}
	for _, n := range counts {
		out.Total += n
	}
	if out.Items, err = h.positionDetails(c, o, posts...); err != nil {
		return reply{}, err
	}
	for n, p := range posts {
		out.Items[n].Desk = h.positionDesk(c, p)
	}
	r := shown(out)
	r.Links = h.pageLinks(c, page, (out.Total+per-1)/per)
	return r, nil
}

// ownPositions is a page of an organization's posts.
type ownPositions struct {
	Items []positionDetail `json:"items"`
	Total int              `json:"total"`
	Page  int              `json:"page"`
	Per   int              `json:"per_page"`
}

// fileView is a file without its content.
type fileView struct {
	ID        id.ID  `json:"id"`
	Purpose   string `json:"purpose"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"` // bytes
	CreatedAt stamp  `json:"created_at"`
	URL       string `json:"url"`
}

func (h *handlers) fileView(f file.Info, path string) fileView {
	return fileView{f.ID, f.Purpose, f.Name, f.MediaType, f.Size, stamp(f.CreatedAt), h.BaseURL + apiRoot + path}
}

// orgPurposes are what an organization uploads files for.
func orgPurposes() []string { return []string{"certificate", "entrustment"} }

// apiAddOrgFile keeps a certificate, which owners upload, or a letter of entrustment, which a post then names.
func (h *handlers) apiAddOrgFile(c *gin.Context) (reply, error) {
	owner, err := pathID(c, "org")
	if err != nil {
		return reply{}, err
	}
	name, content, err := readUpload(c, "file", "purpose")
	if err != nil {
		return reply{}, err
	}
	purpose := c.PostForm("purpose")
	if !slices.Contains(orgPurposes(), purpose) {
		return reply{}, errs.Fields{"purpose": {Key: "error.choice"}}.Err()
	}
	if purpose == "certificate" {
		if err := needOrg(c, owner, auth.Owner); err != nil {
			return reply{}, err
		}
	}
	added, err := h.keepUpload(c, file.Owner{Kind: "org", ID: owner}, purpose, name, content)
	if err != nil {
		return reply{}, err
	}
	path := "/orgs/" + owner.String() + "/files/" + added.ID.String()
	return made(apiRoot+path, h.fileView(added, path)), nil
}

// keepUpload keeps a file for its owner. Complaints about it are on the field "file".
func (h *handlers) keepUpload(c *gin.Context, owner file.Owner, purpose, name string, content []byte) (file.Info, error) {
	added, err := h.addFile(c, owner, purpose, name, content)
	if e, ours := errors.AsType[*errs.Error](err); ours && e.Kind == errs.KindInvalid {
		err = called(err, map[string]string{purpose: "file"})
	}
	if err != nil {
		return file.Info{}, err
	}
	return h.Files.Info(c.Request.Context(), added)
}

// apiListOrgFiles lists the files of an organization for its members and its bureau.
func (h *handlers) apiListOrgFiles(c *gin.Context) (reply, error) {
	ctx := c.Request.Context()
	owner, err := h.seenOrg(c)
	if err != nil {
		return reply{}, err
	}
	q := queryOf(c)
	purpose := choiceOf(q, "purpose", orgPurposes())
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	out := apiList[fileView]{Items: []fileView{}}
	for _, one := range orgPurposes() {
		if purpose != "" && purpose != one {
			continue
		}
		all, err := h.Files.Of(ctx, file.Owner{Kind: "org", ID: owner}, one)
		if err != nil {
			return reply{}, err
		}
		for _, f := range all {
			out.Items = append(out.Items, h.fileView(f, "/orgs/"+owner.String()+"/files/"+f.ID.String()))
		}
	}
	return shown(out), nil
}

// seenOrg returns the organization that the path names, if the actor is its member or its bureau.
func (h *handlers) seenOrg(c *gin.Context) (id.ID, error) {
	owner, err := pathID(c, "org")
	if err != nil {
		return 0, err
	}
	_, err = h.Orgs.Get(c.Request.Context(), actor(c), owner)
	return owner, err
}

func (h *handlers) apiShowOrgFile(c *gin.Context) (reply, error) {
	owner, err := h.seenOrg(c)
	if err != nil {
		return reply{}, err
	}
	f, err := pathID(c, "file")
	if err != nil {
		return reply{}, err
	}
	if err := h.ownFile(c, owner, f, orgPurposes()...); err != nil {
		return reply{}, err
	}
	return reply{sent: true}, h.sendApart(c, f)
}

// apiDeleteOrgFile deletes a certificate that no bureau has approved yet. Letters of entrustment stay with their posts.
func (h *handlers) apiDeleteOrgFile(c *gin.Context) (reply, error) {
	return none(), h.takeCertificateAway(c)
}
