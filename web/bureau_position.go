package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/report"
)

// endedTab stands for every way in which a post may end.
const endedTab = "ended"

// deskPosts is the list of posts.
func deskPosts() deskKind {
	list := deskKind{
		nav: "positions", title: "bureau.positions", path: "/bureau/positions", tabText: "bureau.positions.tab.",
		kindText: "kind.",
		tabs:     []string{string(position.Submitted), string(position.Published), string(position.Returned), endedTab},
	}
	for _, k := range position.Kinds() {
		list.kinds = append(list.kinds, string(k))
	}
	return list
}

// reviewsPage lists the posts of a bureau's region.
type reviewsPage struct {
	deskList
	Form    Form
	Waiting bool // the tab of those that wait for review, where many are decided at once
	All     string
	Lines   []reviewLine
	Done    *bulkResult
}

// reviewLine is a post in the list.
type reviewLine struct {
	position.Listed
	URL     string
	StateOn position.State
	Term    term
	Waited  int
	Missing int  // how many of the particulars a post must state
	Edited  bool // it has been on show before
	Ticked  bool
}

func (h *handlers) listReviews(c *gin.Context) error {
	f, err := h.readFilter(c, c.Request.URL.Query(), deskPosts())
	if err != nil {
		return err
	}
	page, err := h.reviewsPage(c, f, Form{})
	if err != nil {
		return err
	}
	return h.show(c, "bureau/positions", page)
}

func (h *handlers) reviewsPage(c *gin.Context, f deskFilter, form Form) (*reviewsPage, error) {
	page := &reviewsPage{deskList: h.deskList(c, deskPosts(), f), Form: form, Waiting: f.State == ""}
	if err := h.countWaiting(c, &page.deskList, report.ReviewPositions); err != nil {
		return nil, err
	}
	posts, more, err := h.reviewPosts(c, f)
	if err != nil {
		return nil, err
	}
	every := c.Query("all") == "1"
	for _, p := range posts {
		line := reviewLine{
			Listed: p, URL: withQuery(page.Path+"/"+p.ID.String(), f.Query()), StateOn: p.StateOn(h.today()),
			Edited: !p.PublishedAt.IsZero(), Ticked: every || ticked(form, p.ID),
		}
		if page.Waiting {
			line.Term, line.Waited = h.termOf(p.SubmittedAt, h.Reports.ReviewDays), h.waited(p.SubmittedAt)
			line.Missing = len(errs.FieldsOf(p.CheckPublish(h.today())))
		}
		page.Lines = append(page.Lines, line)
	}
	if more {
		page.Next = f.next(page.Path, posts[len(posts)-1].ID)
	}
	if page.Waiting && !every {
		page.All = f.all(page.Path)
	}
	return page, nil
}

// ticked reports whether a form names a post, at whichever version.
func ticked(form Form, post id.ID) bool {
	return slices.ContainsFunc(form.All("post"), func(v string) bool {
		one, _, _ := strings.Cut(v, ".")
		return one == post.String()
	})
}

// all is the address of the page on which every post is ticked.
func (f deskFilter) all(path string) string {
	v, _ := url.ParseQuery(f.Query()) // it was written a line above
	v.Set("all", "1")
	if f.After != 0 {
		v.Set("after", f.After.String())
	}
	return path + "?" + v.Encode()
}

// reviewPosts reads one page of the list.
func (h *handlers) reviewPosts(c *gin.Context, f deskFilter) (posts []position.Listed, more bool, err error) {
	states := []position.State{position.State(f.State)}
	switch f.State {
	case "":
		states = []position.State{position.Submitted}
	case endedTab:
		states = []position.State{position.Closed, position.Expired, position.Withdrawn}
	}
	var all []position.Listed
	for _, state := range states {
		some, err := h.Positions.List(c.Request.Context(), desk(c), position.Filter{
			State: state, Kind: position.Kind(f.Kind), Region: f.Region, Title: f.Text,
			After: f.After, Limit: deskSize + 1,
		})
		if err != nil {
			return nil, false, err
		}
		all = append(all, some...)
	}
	if len(states) > 1 { // each list is in order, and the page is the first lines of them together
		slices.SortFunc(all, func(a, b position.Listed) int { return cmp.Compare(b.ID, a.ID) })
	}
	posts, more = cut(all)
	return posts, more, nil
}

// nextReview returns the post that waits for review after the one just looked at, in the same list; zero when none
// waits.
func (h *handlers) nextReview(c *gin.Context, f deskFilter, after id.ID) (id.ID, error) {
	for _, from := range []id.ID{after, 0} { // from here on, then from the beginning
		found, err := h.Positions.List(c.Request.Context(), desk(c), position.Filter{
			State: position.Submitted, Kind: position.Kind(f.Kind), Region: f.Region, Title: f.Text,
			After: from, Limit: 2,
		})
		if err != nil {
			return 0, err
		}
		for _, p := range found {
			if p.ID != after {
				return p.ID, nil
			}
		}
	}
	return 0, nil
}

// bulkResult is how a decision on many posts went.
type bulkResult struct {
	Verb  string
	Good  int
	Bad   int
	Lines []bulkLine
}

// bulkLine is how it went with one of them.
type bulkLine struct {
	ID     string
	Title  string
	Good   bool
	Key    string
	Params errs.Params
	Fields []FieldError // the particulars that are missing
}

// maxBulk is how many posts may be decided at once.
const maxBulk = 200

// reviewMany decides about all posts that were ticked, each on its own: what cannot be done with one holds up no other.
// The page that answers tells of each; sent again, it tells of each that it was decided already.
func (h *handlers) reviewMany(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	query, _ := url.ParseQuery(form.Get("filter")) // whatever cannot be read narrows nothing
	f, err := h.readFilter(c, query, deskPosts())
	if err != nil {
		return err
	}
	status, done := http.StatusOK, (*bulkResult)(nil)
	if err := checkBulk(form); err != nil {
		form, status = form.with(err), http.StatusUnprocessableEntity
	} else if done, err = h.decideAll(c, form); err != nil {
		return err
	} else {
		form = Form{}
	}
	page, err := h.reviewsPage(c, f, form)
	if err != nil {
		return err
	}
	page.Done = done
	return h.page(c, status, "bureau/positions", page)
}

func checkBulk(form Form) error {
	fields := errs.Fields{}
	switch n := len(form.All("post")); {
	case n == 0:
		fields.Add("ticked", "bureau.bulk.none")
	case n > maxBulk:
		fields.Add("ticked", "error.many", errs.Params{"max": maxBulk})
	}
	switch form.Get("verb") {
	case "approve":
	case "return":
		if form.Get("bulk_note") == "" {
			fields.Add("bulk_note", "position.return.reason")
		}
		if err := checkReason("bulk_note", form.Get("bulk_note")); err != nil {
			return err
		}
	default:
		fields.Add("verb", "error.choice")
	}
	return fields.Err()
}

func (h *handlers) decideAll(c *gin.Context, form Form) (*bulkResult, error) {
	done := &bulkResult{Verb: form.Get("verb")}
	for _, text := range form.All("post") {
		one, version, _ := strings.Cut(text, ".")
		line := bulkLine{ID: one}
		post, err := id.Parse(one)
		if err != nil {
			err = errs.NotFound("error.not_found")
		} else {
			seen, _ := strconv.Atoi(version) // who names none has read whatever stands
			line.Title, err = h.decide(c, decision{post, seen, done.Verb, form.Get("bulk_note"), nil})
		}
		if err != nil && !told(err) && !errs.Is(err, errs.KindNotFound) && !errs.Is(err, errs.KindForbidden) {
			return nil, err // what went before stands; the next look at the list shows it
		}
		line.tell(err)
		if line.Good {
			done.Good++
		} else {
			done.Bad++
		}
		done.Lines = append(done.Lines, line)
	}
	return done, nil
}

// decision is what a reviewer says of a post as they have read it.
type decision struct {
	post       id.ID
	seen       int // the version that was read
	verb, note string
	fields     map[string]string // reasons for single particulars
}

// decide runs one decision and returns the title of the post, "" for one that is not the bureau's.
func (h *handlers) decide(c *gin.Context, d decision) (title string, err error) {
	p, err := h.reviewed(c, d.post)
	if err != nil {
		return "", err
	}
	if d.verb == "approve" {
		return p.Title, h.Positions.ApproveSeen(c.Request.Context(), desk(c), d.post, d.seen)
	}
	return p.Title, h.Positions.Return(c.Request.Context(), desk(c), d.post, d.note, d.fields)
}

// tell puts the outcome into the line.
func (l *bulkLine) tell(err error) {
	l.Good = err == nil
	if e, ok := errors.AsType[*errs.Error](err); ok {
		l.Key, l.Params = e.Key, e.Params
	}
	for _, f := range sortedFields(errs.FieldsOf(err)) {
		l.Fields = append(l.Fields, FieldError{particularOf(f.name), f.Key, f.Params})
	}
}
