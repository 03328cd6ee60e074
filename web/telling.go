package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/match"
	"zhigang/internal/suggest"
)

// tellingPage is how a person wants to be told of what their saved searches find.
type tellingPage struct {
	Page
	Form    Form
	Pause   Form
	Hours   []Option
	State   pauseState
	Blocked []match.Blocked
	Choice  suggest.Choice
}

// pauseState says whether somebody is told at present, in a form that pages show.
type pauseState struct {
	On    bool
	Until calendar.Day // "" when only the person ends it
}

func (h *handlers) pauseState(p match.Pause) pauseState {
	return pauseState{p.Paused(h.DB.Clock().Now()), p.ResumesOn}
}

// hours lists the hours of a day for a menu.
func hours() []Option {
	out := make([]Option, 24)
	for n := range out {
		out[n] = Option{Value: strconv.Itoa(n), Label: fmt.Sprintf("%02d:00", n)}
	}
	return out
}

func (h *handlers) showTelling(c *gin.Context) error {
	t, err := h.Matches.Telling(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	return h.tellingPage(c, http.StatusOK, hoursForm(t), Form{})
}

// hoursForm fills the form with what holds. Who has no quiet hours is offered those that others have.
func hoursForm(t match.Telling) Form {
	v := url.Values{"digest_hour": {strconv.Itoa(t.DigestHour)}}
	if t.HasQuiet() {
		v.Set("quiet", "yes")
	} else {
		t.QuietFrom, t.QuietTo = 22, 8
	}
	v.Set("quiet_from", strconv.Itoa(t.QuietFrom))
	v.Set("quiet_to", strconv.Itoa(t.QuietTo))
	return Form{Values: v}
}

func (h *handlers) tellingPage(c *gin.Context, status int, form, pause Form) error {
	ctx, who := c.Request.Context(), actor(c)
	page := &tellingPage{
		Page: Page{Title: h.printer(c).T("telling.title", nil), Nav: "me"}, Form: form, Pause: pause, Hours: hours(),
	}
	t, err := h.Matches.Telling(ctx, who)
	if err != nil {
		return err
	}
	page.State = h.pauseState(t.Pause)
	if page.Blocked, err = h.Matches.Blocks(ctx, who); err != nil {
		return err
	}
	if page.Choice, err = h.Suggestions.Choice(ctx, who); err != nil {
		return err
	}
	return h.page(c, status, "me/telling", page)
}

func (h *handlers) setTelling(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	set, fields := match.Hours{}, errs.Fields{}
	for name, hour := range map[string]*int{"digest_hour": &set.Digest, "quiet_from": &set.QuietFrom, "quiet_to": &set.QuietTo} {
		if *hour, err = strconv.Atoi(form.Get(name)); err != nil {
			fields.Add(name, "error.choice")
		}
	}
	if err = fields.Err(); err == nil {
		if !form.Checked("quiet", "yes") {
			set.QuietFrom, set.QuietTo = 0, 0
		}
		err = h.Matches.SetTelling(c.Request.Context(), actor(c), set)
	}
	if errs.Is(err, errs.KindInvalid) {
		return h.tellingPage(c, http.StatusUnprocessableEntity, form.with(err), Form{})
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.saved")
	return redirect(c, "/me/telling")
}

func (h *handlers) pauseAll(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request.Context(), actor(c)
	err = h.Matches.PauseAll(ctx, who, calendar.Day(form.Get("until")))
	if errs.Is(err, errs.KindInvalid) {
		t, e := h.Matches.Telling(ctx, who)
		if e != nil {
			return e
		}
		return h.tellingPage(c, http.StatusUnprocessableEntity, hoursForm(t), form.with(err))
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.paused")
	return redirect(c, "/me/telling")
}

func (h *handlers) resumeAll(c *gin.Context) error {
	if err := h.Matches.ResumeAll(c.Request.Context(), actor(c)); err != nil {
		return err
	}
	h.flash(c, "flash.resumed")
	return redirect(c, "/me/telling")
}

// blockPage asks whether somebody wants to hear no more of an organization.
type blockPage struct {
	Page
	Org     string
	Path    string
	Blocked bool
}

func (h *handlers) showBlock(c *gin.Context) error {
	org, err := pathID(c, "id")
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	o, err := h.Orgs.Public(ctx, org)
	if err != nil {
		return err
	}
	all, err := h.Matches.Blocks(ctx, actor(c))
	if err != nil {
		return err
	}
	page := &blockPage{
		Page: Page{Title: h.printer(c).T("block.title", nil), Nav: "me"}, Org: o.Name, Path: c.Request.URL.Path,
	}
	for _, one := range all {
		page.Blocked = page.Blocked || one.Org == org
	}
	return h.show(c, "me/block", page)
}

func (h *handlers) blockOrg(c *gin.Context) error {
	org, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := h.Matches.Block(c.Request.Context(), actor(c), org); err != nil {
		return err
	}
	h.flash(c, "flash.blocked")
	return redirect(c, "/me/telling#blocked")
}

func (h *handlers) unblockOrg(c *gin.Context) error {
	org, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := h.Matches.Unblock(c.Request.Context(), actor(c), org); err != nil {
		return err
	}
	h.flash(c, "flash.unblocked")
	return redirect(c, "/me/telling#blocked")
}
