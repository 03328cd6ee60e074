package web

import (
	"maps"
	"slices"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/file"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

// consoleHomePage is what waits for an organization, before any figure.
type consoleHomePage struct {
	consolePage
	Waiting  []waitingLine
	Sum      int // of the counts of Waiting
	New      int // of the applications, those that nobody has looked at
	Claimed  int // hires that their persons have yet to confirm
	Returned []returnedPost
	Expiring []expiringPost
	Steps    []taskStep // the first steps, until all are done
	Week     calendar.Week
	Numbers  []numberLine
	Verify   *term // when the registration must be checked anew, once that day is near
}

// waitingLine is one kind of work that waits.
type waitingLine struct {
	Key, URL, Action string
	Count            int
	Term             *term
}

type returnedPost struct {
	position.Position
	Reasons []reasonLine
}

// reasonLine is what the bureau said of one field; Field is "" for the post as a whole.
type reasonLine struct{ Field, Reason string }

type expiringPost struct {
	position.Position
	Days int
}

// taskStep is a step that gets an organization started.
type taskStep struct {
	Key, URL string
	Done     bool
	Later    bool // not possible yet
}

type numberLine struct {
	Name, Unit string // translation keys
	Value      int64
	URL        string
}

// soonDays is how many days ahead a post counts as ending soon, verifyDays a registration as to be checked anew.
const (
	soonDays   = 7
	verifyDays = 30
)

func (h *handlers) showConsole(c *gin.Context) error {
	base, err := h.console(c, "console", h.printer(c).T("console.home.title", nil))
	if err != nil {
		return err
	}
	page := &consoleHomePage{consolePage: base, Week: calendar.WeekOf(h.DB.Clock().Now())}
	type part func(*gin.Context, *consoleHomePage) error
	for _, fill := range []part{h.fillWaiting, h.fillPosts, h.fillSteps, h.fillWeek} {
		if err := fill(c, page); err != nil {
			return err
		}
	}
	if due := base.Org.VerifyDue; due != "" && h.today().Until(due) <= verifyDays {
		t := h.deadline(due)
		page.Verify = &t
	}
	return h.show(c, "console/home", page)
}

// fillWaiting lists the work that waits; what is nothing today is left out.
func (h *handlers) fillWaiting(c *gin.Context, page *consoleHomePage) error {
	ctx, who, owner := c.Request.Context(), actor(c), page.Org.ID
	counts, err := h.Applications.CountOnDesk(ctx, who, owner, 0)
	if err != nil {
		return err
	}
	posts, err := h.Positions.CountOnDesk(ctx, who, owner, position.Desk{})
	if err != nil {
		return err
	}
	placements, err := h.Applications.PlacementsOfOrg(ctx, who, owner)
	if err != nil {
		return err
	}
	today := &term{Key: "report.left.today", Tone: "gold"}
	for _, line := range []waitingLine{
		{"overdue", "/applications?overdue=1", "answer", counts.Overdue, &term{Key: "console.due.over", Tone: "bad"}},
		{"due_today", "/applications?waiting=1", "answer", counts.DueToday, today},
		{"later", "/applications?waiting=1", "answer", counts.Waiting - counts.Overdue - counts.DueToday, nil},
		{"disputed", "/applications?state=hired", "look", placements[application.Disputed], nil},
		{"returned", "/positions?state=returned", "correct", posts[position.Returned], nil},
		{"draft", "/positions?state=draft", "go_on", posts[position.Draft], nil},
	} {
		if line.Count > 0 {
			line.URL = page.Path(line.URL)
			page.Waiting = append(page.Waiting, line)
			page.Sum += line.Count
		}
	}
	page.New, page.Claimed = counts.ByState[application.Received], placements[application.Claimed]
	return nil
}

// fillPosts lists the posts that came back with reasons, and those that end soon.
func (h *handlers) fillPosts(c *gin.Context, page *consoleHomePage) error {
	const most = 5
	ctx, who, owner := c.Request.Context(), actor(c), page.Org.ID
	returned, err := h.Positions.OnDesk(ctx, who, owner, position.Desk{State: position.Returned, Limit: most})
	if err != nil {
		return err
	}
	for _, p := range returned {
		page.Returned = append(page.Returned, returnedPost{p, reasonsOf(p)})
	}
	soon := position.Desk{State: position.Published, EndsBy: h.today().Add(soonDays), Limit: most}
	expiring, err := h.Positions.OnDesk(ctx, who, owner, soon)
	if err != nil {
		return err
	}
	for _, p := range expiring {
		page.Expiring = append(page.Expiring, expiringPost{p, h.today().Until(p.ValidUntil)})
	}
	return nil
}

// fillSteps lists the first steps of an organization unless all are done.
func (h *handlers) fillSteps(c *gin.Context, page *consoleHomePage) error {
	ctx, who, o := c.Request.Context(), actor(c), page.Org
	certificates, err := h.Files.Of(ctx, file.Owner{Kind: "org", ID: o.ID}, "certificate")
	if err != nil {
		return err
	}
	posts, err := h.Positions.CountOnDesk(ctx, who, o.ID, position.Desk{})
	if err != nil {
		return err
	}
	made := 0
	for _, n := range posts {
		made += n
	}
	members, err := h.Orgs.Members(ctx, who, o.ID)
	if err != nil {
		return err
	}
	page.Steps = []taskStep{
		{Key: "data", URL: page.Path("/org"), Done: o.Intro != ""},
		{Key: "certificate", URL: page.Path("/org#certificates"), Done: len(certificates) > 0},
		{Key: "post", URL: page.Path("/positions/new"), Done: made > posts[position.Draft]},
		{Key: "colleague", URL: page.Path("/members"), Done: len(members) > 1},
	}
	for _, s := range page.Steps {
		if !s.Done {
			return nil
		}
	}
	page.Steps = nil
	return nil
}

// fillWeek takes the figures of the running week from the same definitions as the weekly report.
func (h *handlers) fillWeek(c *gin.Context, page *consoleHomePage) error {
	week, err := h.Reports.OfOrg(c.Request.Context(), actor(c), page.Org.ID, page.Week)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		figure report.Figure
		url    string
	}{
		{report.Posts, "/positions?state=published"}, {report.Views, ""}, {report.Applications, "/applications"},
		{report.HiresConfirmed, "/applications?state=hired"},
	} {
		d, _ := report.Define(one.figure) // figures of the report
		line := numberLine{Name: d.NameKey(), Unit: d.UnitKey(), Value: week.Figures[one.figure]}
		if one.url != "" {
			line.URL = page.Path(one.url)
		}
		page.Numbers = append(page.Numbers, line)
	}
	return nil
}

// reasonsOf lists why a post came back: the whole first, then field by field in the order of the form.
func reasonsOf(p position.Position) []reasonLine {
	var out []reasonLine
	if p.ReviewNote != "" {
		out = append(out, reasonLine{"", p.ReviewNote})
	}
	fields := positionFields()
	for _, field := range slices.Sorted(maps.Keys(p.ReviewFields.V)) {
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	for _, field := range fields {
		if reason := p.ReviewFields.V[field]; reason != "" {
			out = append(out, reasonLine{field, reason})
		}
	}
	return out
}
