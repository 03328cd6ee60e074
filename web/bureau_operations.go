package web

import (
	"context"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/disk"
	"zhigang/internal/errs"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/outbox"
)

// operationsPage tells the operator how the program is, and what to do about what is not well.
type operationsPage struct {
	Page
	Checks  []check
	Queues  []queueLine
	Trouble []outbox.Trouble
	Dead    []outbox.Row
	Mail    notify.Health
	States  []notify.State
	Failed  int64 // mails that may be tried again
	Version string
	Go      string
	Engine  string
}

// queueLine is a queue with the age of its oldest task in words.
type queueLine struct {
	outbox.Health
	Age string
}

// check is one thing that is looked at. State is "ok", "warn" or "bad".
type check struct {
	Name   string // the last part of the keys bureau.check.NAME and bureau.check.NAME.advice
	State  string
	Value  string
	Detail string
}

// Bad and Warn say whether something is to be done.
func (c check) Bad() bool  { return c.State == "bad" }
func (c check) Warn() bool { return c.State == "warn" }

// grade is "warn" from the first threshold on, "bad" from the second.
func grade(v, warn, bad int64) string {
	switch {
	case v >= bad:
		return "bad"
	case v >= warn:
		return "warn"
	}
	return "ok"
}

// maxDead is how many tasks that were given up the page lists.
const maxDead = 50

// maxTrouble is how many reasons why tasks fail at present it lists.
const maxTrouble = 10

func (h *handlers) showOperations(c *gin.Context) error {
	ctx, p := c.Request.Context(), h.printer(c)
	page := &operationsPage{
		Page: h.deskPage(c, "bureau", p.T("bureau.operations", nil)), States: notify.States(),
		Version: h.Version, Go: runtime.Version(), Engine: string(h.DB.Engine()),
	}
	f := format{p, h}
	queues, err := h.Outbox.Health(ctx)
	if err != nil {
		return err
	}
	for _, q := range queues {
		page.Queues = append(page.Queues, queueLine{q, f.age(q.Oldest)})
	}
	if page.Trouble, err = h.Outbox.Troubles(ctx, maxTrouble); err != nil {
		return err
	}
	if page.Dead, err = h.Outbox.Dead(ctx, maxDead); err != nil {
		return err
	}
	if page.Mail, err = h.Notices.Health(ctx); err != nil {
		return err
	}
	matches, err := h.Matches.Health(ctx)
	if err != nil {
		return err
	}
	page.Failed = page.Mail.States[notify.Failed] + page.Mail.States[notify.Unknown]
	page.Checks = []check{
		h.readyCheck(c), tasksCheck(f, queues), deadCheck(queues), matchCheck(f, matches, matches.Silent(h.DB.Clock().Now(), h.Holidays)), mailCheck(f, page.Mail),
		h.indexCheck(ctx, f),
	}
	if disk, ok := h.diskCheck(); ok {
		page.Checks = append(page.Checks, disk)
	}
	if h.Schema != 0 {
		page.Checks = append(page.Checks, check{Name: "schema", State: "ok", Value: strconv.FormatInt(h.Schema, 10)})
	}
	return h.show(c, "bureau/operations", page)
}

// readyCheck asks what /readyz asks.
func (h *handlers) readyCheck(c *gin.Context) check {
	late, err := h.Ready(c.Request.Context())
	if err != nil {
		return check{Name: "ready", State: "bad", Detail: err.Error()}
	}
	if len(late) > 0 {
		return check{Name: "ready", State: "warn", Detail: strings.Join(late, "; ")}
	}
	return check{Name: "ready", State: "ok", Value: h.printer(c).T("bureau.check.ready.ok", nil)}
}

// tasksCheck looks how long the oldest task has been due.
func tasksCheck(f format, queues []outbox.Health) check {
	var oldest, pending int64
	for _, q := range queues {
		oldest, pending = max(oldest, q.Oldest), pending+q.Pending
	}
	one := check{Name: "tasks", State: grade(oldest, 300, 3600), Value: number(pending)}
	if pending > 0 {
		one.Detail = f.age(oldest)
	}
	return one
}

func deadCheck(queues []outbox.Health) check {
	var dead int64
	for _, q := range queues {
		dead += q.Dead
	}
	return check{Name: "dead", State: grade(dead, 1, 1), Value: number(dead)}
}

// matchCheck looks whether people hear of what their saved searches found. silent says that nobody has for a working day.
func matchCheck(f format, m match.Health, silent bool) check {
	one := check{Name: "matches", State: grade(m.Oldest, 1, 24*3600), Value: number(m.Behind)}
	if m.Behind > 0 {
		one.Detail = f.age(m.Oldest)
	}
	if silent {
		one.Name, one.State = "matches_silent", "bad"
	}
	return one
}

func mailCheck(f format, m notify.Health) check {
	if !m.On {
		return check{Name: "mail_off", State: "warn"}
	}
	waiting := m.States[notify.Queued] + m.States[notify.Sending]
	failed := m.States[notify.Failed] + m.States[notify.Unknown]
	one := check{Name: "mail", State: grade(m.Oldest, 600, 3600), Value: number(waiting)}
	if waiting > 0 {
		one.Detail = f.age(m.Oldest)
	}
	if one.State == "ok" && failed > 0 {
		one.Name, one.State, one.Value, one.Detail = "mail_failed", "warn", number(failed), ""
	}
	return one
}

// indexTimeout is how long the page waits for the index to answer.
const indexTimeout = 2 * time.Second

func (h *handlers) indexCheck(ctx context.Context, f format) check {
	ctx, cancel := context.WithTimeout(ctx, indexTimeout)
	defer cancel()
	if err := h.Search.Ping(ctx); err != nil {
		return check{Name: "index_down", State: "bad"}
	}
	lag, err := h.Search.Lag(ctx)
	if err != nil {
		return check{Name: "index_down", State: "bad"}
	}
	seconds := int64(lag / time.Second)
	return check{Name: "index", State: grade(seconds, 60, 600), Detail: f.age(seconds)}
}

// diskCheck looks how much room the disk of the data has; false where that cannot be told.
func (h *handlers) diskCheck() (check, bool) {
	dir := h.DataDir
	if dir == "" && h.DB.Path() != "" {
		dir = filepath.Dir(h.DB.Path())
	}
	if dir == "" {
		return check{}, false
	}
	free, total, ok := disk.Space(dir)
	if !ok || total == 0 {
		return check{}, false
	}
	return check{
		Name: "disk", State: string(disk.Grade(free, total)), Value: strconv.FormatFloat(float64(free)/(1<<30), 'f', 1, 64) + " GB",
		Detail: strconv.FormatUint(free*100/total, 10) + "%",
	}, true
}

// age prints how old something is in one unit: 40 秒, 3 分钟, 5 小时, 2 天.
func (f format) age(seconds int64) string {
	for _, unit := range []struct {
		key  string
		size int64
	}{{"bureau.age.days", 86400}, {"bureau.age.hours", 3600}, {"bureau.age.minutes", 60}} {
		if seconds >= unit.size {
			return f.p.T(unit.key, map[string]any{"n": seconds / unit.size})
		}
	}
	return f.p.T("bureau.age.seconds", map[string]any{"n": seconds})
}

func (h *handlers) retryTask(c *gin.Context) error {
	row, err := pathID(c, "id")
	if err != nil {
		return err
	}
	switch err := h.Outbox.Retry(c.Request.Context(), row); {
	case errs.Is(err, errs.KindConflict): // somebody has tried it again already
		h.flash(c, "flash.task.retried_before")
	case err != nil:
		return err
	default:
		h.flash(c, "flash.task.retry")
	}
	return redirect(c, "/bureau/operations")
}

// mailSince is from how far back mails that were refused are tried again: older ones tell of what is over.
const mailSince = 7 * 24 * time.Hour

func (h *handlers) retryMail(c *gin.Context) error {
	if _, err := h.Notices.RetryFailed(c.Request.Context(), h.DB.Clock().Now().Add(-mailSince)); err != nil {
		return err
	}
	h.flash(c, "flash.mail.retry")
	return redirect(c, "/bureau/operations")
}
