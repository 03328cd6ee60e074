package web

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/report"
)

// consolePage is what every page of an organization's console has.
type consolePage struct {
	Page
	Org           org.Org
	Role          auth.OrgRole
	Editor, Owner bool // what the actor may do
	// For the line that says where the organization stands with its bureau.
	Waited, ReviewDays int
}

// console begins a page of the console of the organization that the path names. Whether the actor may be there was
// decided before.
func (h *handlers) console(c *gin.Context, nav, title string) (consolePage, error) {
	owner, err := pathID(c, "org")
	if err != nil {
		return consolePage{}, err
	}
	who := actor(c)
	o, err := h.Orgs.Get(c.Request.Context(), who, owner)
	if err != nil {
		return consolePage{}, err
	}
	page := consolePage{
		Page: Page{Title: title, Nav: nav, Area: "console", Console: orgRef{o.ID.String(), o.Name}},
		Org:  o, Editor: who.InOrg(o.ID, auth.Editor), Owner: who.InOrg(o.ID, auth.Owner), ReviewDays: h.Reports.ReviewDays,
	}
	for _, g := range who.Orgs {
		if g.Org == o.ID {
			page.Role = g.Role
		}
	}
	if o.State == org.Pending {
		page.Waited = h.waited(o.SubmittedAt)
	}
	return page, nil
}

// Path is an address in the console of this organization.
func (p consolePage) Path(rest string) string { return consolePath(p.Org.ID, rest) }

// consolePath is an address in the console of an organization.
func consolePath(owner id.ID, rest string) string { return "/console/" + owner.String() + rest }

// inConsole is an address in the console that the request is about.
func inConsole(c *gin.Context, rest string) string { return "/console/" + c.Param("org") + rest }

// choosePage lists the organizations that the actor works for.
type choosePage struct {
	Page
	Orgs []chosenOrg
}

type chosenOrg struct {
	org.Org
	Role auth.OrgRole
}

func (h *handlers) chooseConsole(c *gin.Context) error {
	who := actor(c)
	mine, err := h.Orgs.Mine(c.Request.Context(), who)
	if err != nil {
		return err
	}
	if len(mine) == 1 {
		return redirect(c, consolePath(mine[0].ID, ""))
	}
	page := &choosePage{Page: Page{Title: h.printer(c).T("console.choose.title", nil), Nav: "console"}}
	roles := map[id.ID]auth.OrgRole{}
	for _, g := range who.Orgs {
		roles[g.Org] = g.Role
	}
	for _, o := range mine {
		page.Orgs = append(page.Orgs, chosenOrg{o, roles[o.ID]})
	}
	return h.show(c, "console/choose", page)
}

// memberNames returns the names of those who work for an organization, by account.
func (h *handlers) memberNames(ctx context.Context, who auth.Actor, owner id.ID) (map[id.ID]string, error) {
	members, err := h.Orgs.Members(ctx, who, owner)
	if err != nil {
		return nil, err
	}
	names := make(map[id.ID]string, len(members))
	for _, m := range members {
		names[m.Account] = m.Name
	}
	return names, nil
}

// deadline says in words how much time is left until a day by which something was promised: 剩 2 个工作日, 超时 1 个工作日.
func (h *handlers) deadline(day calendar.Day) term {
	left := h.Holidays.WorkingBetween(h.today(), day)
	if day < h.today() && left == 0 { // a promise that ended before a holiday is broken on the holiday already
		return term{Key: "console.due.over", Tone: "bad"}
	}
	return newTerm(report.ToDo{Left: left})
}

// paging is the way through a list of numbered pages.
type paging struct {
	At, Pages, Total int
	Prev, Next       string
	Numbers          []choice
}

// consoleRows is how many lines a table of the console shows on a page.
const consoleRows = 50

// newPaging reads the page from the query; at returns the address of a page. One that does not exist is the last one.
func newPaging(c *gin.Context, total int, at func(url.Values) string) paging {
	p := paging{Total: total, Pages: max(1, (total+consoleRows-1)/consoleRows)}
	asked, err := strconv.Atoi(c.Query("page"))
	if err != nil || asked < 1 {
		asked = 1
	}
	p.At = min(asked, p.Pages)
	link := func(n int) string {
		v := url.Values{}
		if n > 1 {
			v.Set("page", strconv.Itoa(n))
		}
		return at(v)
	}
	if p.At > 1 {
		p.Prev = link(p.At - 1)
	}
	if p.At < p.Pages {
		p.Next = link(p.At + 1)
	}
	return p
}

func (p paging) offset() int { return (p.At - 1) * consoleRows }

// parseFen reads an amount of yuan, with up to two decimals, and returns fen; nothing is 0.
func parseFen(text string) (int64, bool) {
	noise := strings.NewReplacer(",", "", "，", "", " ", "", "　", "", "．", ".", "元", "", "¥", "", "￥", "")
	text = noise.Replace(plainDigits(text))
	if text == "" {
		return 0, true
	}
	whole, part, _ := strings.Cut(text, ".")
	if whole == "" || len(part) > 2 || len(whole) > 12 {
		return 0, false
	}
	fen, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 62)
	return int64(fen), err == nil // bounded by 62 bits
}

// parseWhole reads a whole number; nothing is 0.
func parseWhole(text string) (int, bool) {
	text = strings.NewReplacer(",", "", "，", "", " ", "", "　", "").Replace(plainDigits(text))
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return int(n), err == nil
}

// conflict returns the key and parameters of an error that says why something cannot be done now; ok is false for any
// other.
func conflict(err error) (said FieldError, ok bool) {
	if !errs.Is(err, errs.KindConflict) {
		return FieldError{}, false
	}
	return refusal(err)
}

// refusal returns the key and parameters of an error that may be shown; ok is false for others.
func refusal(err error) (said FieldError, ok bool) {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return FieldError{}, false
	}
	return FieldError{Key: e.Key, Params: e.Params}, true
}
