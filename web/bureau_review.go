package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// reviewPage is one post as its bureau reviews it: what is posted in the order in which it is read, who posts it, what
// is missing, and what happened before.
type reviewPage struct {
	Page
	Form        Form
	Post        position.Listed
	State       position.State
	Refused     *errs.Error // why the decision that was asked for cannot be
	Term        term
	Waited      int
	Edited      bool
	Facts       []factLine
	Particulars []particular
	Missing     int
	Org         deskOrg
	Entrustment *file.Info
	History     []historyLine
	Filter      deskFilter
	Next        string // the post to look at instead, "" when none waits
}

// reviewed returns a post for its bureau. NotFound for drafts, which have never left the organization's desk.
func (h *handlers) reviewed(c *gin.Context, post id.ID) (position.Position, error) {
	p, err := h.Positions.Get(c.Request.Context(), desk(c), post)
	if err == nil && p.State == position.Draft {
		return position.Position{}, errs.NotFound("error.not_found")
	}
	return p, err
}

func (h *handlers) showReview(c *gin.Context) error {
	f, err := h.readFilter(c, c.Request.URL.Query(), deskPosts())
	if err != nil {
		return err
	}
	return h.reviewPage(c, http.StatusOK, f, Form{}, nil)
}

// reviewPage renders the page; refused is why a decision cannot be, nil when none was asked for.
func (h *handlers) reviewPage(c *gin.Context, status int, f deskFilter, form Form, refused error) error {
	ctx := c.Request.Context()
	post, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, err := h.reviewed(c, post)
	if err != nil {
		return err
	}
	owner, err := h.Orgs.Get(ctx, desk(c), p.OrgID)
	if err != nil {
		return err
	}
	page := &reviewPage{
		Page: h.deskPage(c, "positions", p.Title), Form: form, State: p.StateOn(h.today()), Filter: f,
		Post: position.Listed{Position: p, OrgName: owner.Name, OrgKind: owner.Kind, OrgRegion: owner.Region},
		Term: h.termOf(p.SubmittedAt, h.Reports.ReviewDays), Waited: h.waited(p.SubmittedAt),
		Edited: p.State == position.Submitted && !p.PublishedAt.IsZero(),
	}
	page.Refused, _ = errors.AsType[*errs.Error](refused)
	page.Facts = h.facts(c, page.Post)
	if err := h.particulars(c, page, owner); err != nil {
		return err
	}
	if page.Org, err = h.deskOrg(c, owner); err != nil {
		return err
	}
	if page.Entrustment, err = h.entrustmentOf(c, p); err != nil {
		return err
	}
	if page.History, err = h.reviewHistory(c, p.ID); err != nil {
		return err
	}
	next, err := h.nextReview(c, f, p.ID)
	if err != nil {
		return err
	}
	if next != 0 {
		page.Next = withQuery("/bureau/positions/"+next.String(), f.Query())
	}
	return h.page(c, status, "bureau/position", page)
}

// reviewHistory is the history of a post, newest first.
func (h *handlers) reviewHistory(c *gin.Context, post id.ID) ([]historyLine, error) {
	ctx := c.Request.Context()
	events, err := h.Positions.History(ctx, desk(c), post)
	if err != nil {
		return nil, err
	}
	var deciders []id.ID
	for _, e := range events {
		if e.Verb == "approve" || e.Verb == "return" {
			deciders = append(deciders, e.Account)
		}
	}
	names, err := h.staffNames(ctx, deciders)
	if err != nil {
		return nil, err
	}
	p := h.printer(c)
	var lines []historyLine
	for _, e := range slices.Backward(events) {
		line := historyLine{At: e.At, Verb: "bureau.event.position." + e.Verb, Note: e.Note}
		switch e.Verb {
		case "approve", "return":
			line.Who, line.Note = names[e.Account], h.reasons(c, e.Note)
		case "close":
			line.Note = p.T("bureau.outcome."+e.Note, nil)
		case "renew":
			line.Note = p.T("position.until", map[string]any{"day": format{p, h}.day(calendar.Day(e.Note))})
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// reasons prints the reasons of a return, which name particulars by their fields.
func (h *handlers) reasons(c *gin.Context, note string) string {
	p := h.printer(c)
	out := strings.Split(note, "\n")
	for n, line := range out {
		field, reason, ok := strings.Cut(line, ": ")
		if key := "bureau.particular." + field; ok && p.Has(key) {
			out[n] = p.T("bureau.reason", map[string]any{"particular": p.T(key, nil), "reason": reason})
		}
	}
	return strings.Join(out, "\n")
}

// readReasons reads from a form why a post is returned: in general, and for single particulars.
type readReasons func(Form, position.Position) (note string, fields map[string]string, err error)

func (h *handlers) approvePosition(c *gin.Context) error { return h.reviewOne(c, "approve", noReasons) }

func noReasons(Form, position.Position) (string, map[string]string, error) { return "", nil, nil }

func (h *handlers) returnPosition(c *gin.Context) error {
	return h.reviewOne(c, "return", returnReasons)
}

func returnReasons(form Form, p position.Position) (note string, fields map[string]string, err error) {
	fields = map[string]string{}
	for _, name := range particulars(p.Kind) {
		fields[name] = form.Get("reason_" + name)
		if checkReason("return_note", fields[name]) != nil {
			long := errs.Field{Key: "bureau.return.long", Params: errs.Params{"max": maxReason}}
			return "", nil, errs.Fields{"return_note": long}.Err()
		}
	}
	note = form.Get("return_note")
	return note, fields, checkReason("return_note", note)
}

// reviewOne decides about the post of the page and goes on to the next that waits. What cannot be is said on the same
// page.
func (h *handlers) reviewOne(c *gin.Context, verb string, read readReasons) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	post, err := pathID(c, "id")
	if err != nil {
		return err
	}
	query, _ := url.ParseQuery(form.Get("filter")) // whatever cannot be read narrows nothing
	f, err := h.readFilter(c, query, deskPosts())
	if err != nil {
		return err
	}
	p, err := h.reviewed(c, post)
	if err != nil {
		return err
	}
	note, fields, err := read(form, p)
	if err == nil {
		seen, _ := strconv.Atoi(form.Get("version")) // who names none has read whatever stands
		_, err = h.decide(c, decision{post, seen, verb, note, fields})
	}
	switch {
	case err == nil, verb == "approve" && h.postDoneBefore(c, err, post, verb, ""):
		return h.afterReview(c, f, post, verb)
	case verb == "return" && errs.Is(err, errs.KindInvalid):
		return h.reviewPage(c, http.StatusUnprocessableEntity, f, form.with(renamed(err, "note", "return_note")), nil)
	case told(err):
		return h.reviewPage(c, statusOf(err), f, form, err)
	}
	return err
}

// afterReview goes on to the next post that waits, or back to the list when that was the last.
func (h *handlers) afterReview(c *gin.Context, f deskFilter, post id.ID, verb string) error {
	next, err := h.nextReview(c, f, post)
	if err != nil {
		return err
	}
	if next == 0 {
		h.flash(c, "flash.position."+verb+".last")
		return redirect(c, f.On("/bureau/positions"))
	}
	h.flash(c, "flash.position."+verb)
	return redirect(c, withQuery("/bureau/positions/"+next.String(), f.Query()))
}

// entrustmentOf returns the letter by which a member unit entrusts the organization; nil when the post needs none.
func (h *handlers) entrustmentOf(c *gin.Context, p position.Position) (*file.Info, error) {
	if p.EntrustmentID == 0 {
		return nil, nil
	}
	info, err := h.Files.Info(c.Request.Context(), p.EntrustmentID)
	if err == nil {
		err = h.ofPoster(c, p, info)
	}
	if errs.Is(err, errs.KindNotFound) {
		return nil, nil
	}
	return &info, err
}

// ofPoster returns NotFound unless a file is a letter of entrustment that the organization of p uploaded, for this post
// or, where p is a copy, for another of its posts.
func (h *handlers) ofPoster(c *gin.Context, p position.Position, info file.Info) error {
	owner := info.OwnerID
	if info.OwnerKind == "position" {
		of, err := h.Positions.Get(c.Request.Context(), desk(c), info.OwnerID)
		if err != nil {
			return err
		}
		owner = of.OrgID
	}
	if info.Purpose != "entrustment" || owner != p.OrgID || info.OwnerKind != "position" && info.OwnerKind != "org" {
		return errs.NotFound("error.not_found")
	}
	return nil
}

func (h *handlers) downloadEntrustment(c *gin.Context) error {
	post, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, err := h.reviewed(c, post)
	if err != nil {
		return err
	}
	info, err := h.entrustmentOf(c, p)
	if err != nil {
		return err
	}
	if info == nil {
		return errs.NotFound("error.not_found")
	}
	return h.keepFile(c, info.ID)
}

// keepFile sends a file that the caller has checked the actor may read. A browser keeps it and never shows it within
// the site; were it shown all the same, the sandbox would let nothing in it run.
func (h *handlers) keepFile(c *gin.Context, one id.ID) error {
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	return h.sendFile(c, one)
}
