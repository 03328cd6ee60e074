package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/search"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

// A post meets a thousand saved searches, and while their owners are told, the power goes: twice, and once with all of
// Redis. Everybody is told of every match once, by a notice and by a mail.
func TestCrashInTheMiddleOfAThousandNotices(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		newCrash(t, embeddedStack(t)).happen(false)
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		newCrash(t, clusterStack(t)).happen(false)
	})
	t.Run("cluster that matches in parts, and its Redis", func(t *testing.T) {
		t.Parallel()
		newCrash(t, clusterStack(t).inParts(3)).happen(true)
	})
}

// How many people look for what comes, each with how many searches; and how many look for something else.
const (
	seekers   = 200
	elsewhere = 30
	thousand  = 1000
)

// criteria are searches that find the post, as the search page writes them.
func criteria() []string {
	return []string{"kind=job&region=" + panyu, "q=社区社工", "region=" + panyu + "&pay_min=5000", "degree=bachelor&region=440100", "q=社工&kind=job"}
}

// crash is a stack with all those people, and a post that waits for its review.
type crash struct {
	*testing.T
	stack   *stack
	db      *db.DB
	world   *worldtest.World
	matches *match.Service
	owner   auth.Actor
	post    position.Position
	token   string
	emails  map[string]bool // of those who look for the post
	kills   int
}

func newCrash(t *testing.T, s *stack) *crash {
	c := openCrash(t, s)
	for n := range seekers + elsewhere {
		if n >= seekers {
			c.seeker("q=会计")
			continue
		}
		c.emails[c.seeker(criteria()...)] = true
	}
	c.post = c.submitted("社区社工")
	return c
}

// seeker makes somebody who looks for something, and returns their address.
func (c *crash) seeker(searches ...string) (email string) {
	c.Helper()
	who, email := c.world.Account("毕业生")
	err := c.matches.SetTelling(c.Context(), who, match.Hours{Digest: 8}) // the test may run at night
	for _, text := range searches {
		var q search.Query
		v, wrong := url.ParseQuery(text)
		if err = errors.Join(err, wrong); err == nil {
			q, err = search.Parse(v, c.world.Tree)
		}
		if err == nil {
			_, _, err = c.matches.Save(c.Context(), who, q, match.Instant, true)
		}
	}
	if err != nil {
		c.Fatal(err)
	}
	return email
}

// submitted makes a post that waits for its review.
func (c *crash) submitted(title string) position.Position {
	c.Helper()
	post, err := c.world.Positions.Create(c.Context(), c.owner, c.owner.Orgs[0].Org, c.world.Content(position.Job, title))
	if err == nil {
		err = c.world.Positions.Submit(c.Context(), c.owner, post.ID)
	}
	if err != nil {
		c.Fatal(err)
	}
	return post
}

// openCrash is a stack that is not started, with an organization and somebody who reviews its posts.
func openCrash(t *testing.T, s *stack) *crash {
	t.Helper()
	c := &crash{T: t, stack: s, db: s.open(t), emails: map[string]bool{}}
	c.world = worldtest.With(t, c.db, clock.At(clock.System{}.Now()), nil, s.setting["ZHIGANG_SECRET_KEY"])
	c.matches = match.New(c.db, outbox.New(c.db, nil), search.Reader{Tree: c.world.Tree}, slog.New(slog.DiscardHandler))
	_, c.owner = c.world.Org(orgName, panyu)
	zhigangIn(t, s.setting, password+"\n", "account", "create", reviewerMail, "--name", "黄审核", "--role", "reviewer", "--region", panyu).
		want(t, exitOK)
	c.token = strings.TrimSpace(zhigang(t, s.setting, "token", "create", "--account", reviewerMail).want(t, exitOK).out)
	return c
}

func (c *crash) happen(flush bool) {
	c.stack.mail.Delay(20 * time.Millisecond) // so that a crash finds mails at every step of their way
	c.stack.start(c.T)
	c.approve()

	notices := func() int { return count(c.T, c.db, `SELECT COUNT(*) FROM notice WHERE kind = 'match'`) }
	c.killAt("notices", notices, flush)
	c.killAt("mails", func() int { return len(c.letters()) }, flush)
	c.stack.mail.Behave()

	c.until("everybody has been told", func() bool {
		return count(c.T, c.db, `SELECT COUNT(*) FROM outbox WHERE state <> 'done' AND queue NOT IN (?)`, []string{queue.Index, queue.Report}) == 0
	})
	c.told()
	c.written()
	c.stack.stop(c.T)
}

// approve lets the post come on show, by the API.
func (c *crash) approve() {
	c.Helper()
	req, err := http.NewRequestWithContext(c.Context(), http.MethodPost, c.stack.base+"/api/v1/positions/"+c.post.ID.String()+"/approve", nil)
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		c.Fatalf("%d: %s", res.StatusCode, body)
	}
}

// killAt ends who works as a power failure does when some but not all of a thousand are done, and starts them again.
func (c *crash) killAt(what string, done func() int, flush bool) {
	c.Helper()
	least := thousand / 5 * (c.kills + 1)
	c.until(fmt.Sprintf("%d %s are there", least, what), func() bool { return done() >= least })
	for _, p := range c.stack.work {
		_ = p.cmd.Process.Kill()
	}
	for _, p := range c.stack.work {
		<-p.done
	}
	c.kills++
	n := done()
	c.Logf("killed after %d %s", n, what)
	if n >= thousand {
		c.Fatalf("it was too late to kill: all %s were there", what)
	}
	if flush {
		c.flushRedis()
	}
	if c.stack.redis == nil {
		c.stack.start(c.T)
		return
	}
	for n := range c.stack.work {
		c.stack.work[n] = start(c.T, c.stack.setting, "worker")
	}
}

func (c *crash) flushRedis() {
	c.Helper()
	if c.forgetRedis() == 0 {
		c.Fatal("nothing was lost with Redis")
	}
}

// forgetRedis empties Redis and returns how many keys were lost.
func (c *crash) forgetRedis() (keys int64) {
	c.Helper()
	options, err := redis.ParseURL(c.stack.redis.URL)
	if err != nil {
		c.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	keys, err = client.DBSize(c.Context()).Result()
	if err == nil {
		err = client.FlushAll(c.Context()).Err()
	}
	if err != nil {
		c.Fatal(err)
	}
	return keys
}

// letters counts the mails that came, by Message-ID.
func (c *crash) letters() map[string]int {
	all := map[string]int{}
	for _, m := range c.messages() {
		all[strings.Trim(m.MessageID, "<>")]++
	}
	return all
}

// messages are the mails that tell of the post; others tell its organization and the bureau of other things.
func (c *crash) messages() []testserver.SMTPMessage {
	return slices.DeleteFunc(c.stack.mail.Messages(), func(m testserver.SMTPMessage) bool {
		return !strings.Contains(m.Subject, "新岗位符合您的订阅")
	})
}

// told looks at the ledger and the inboxes: each saved search met the post once and told of it once.
func (c *crash) told() {
	c.Helper()
	for what, query := range map[string]string{
		"matches":                   `SELECT COUNT(*) FROM match`,
		"matches that were told":    `SELECT COUNT(*) FROM match WHERE notice_id IS NOT NULL AND dropped_at IS NULL`,
		"notices":                   `SELECT COUNT(*) FROM notice WHERE kind = 'match'`,
		"searches with a notice":    `SELECT COUNT(DISTINCT subject) FROM notice WHERE kind = 'match'`,
		"notices with their match":  `SELECT COUNT(*) FROM notice n JOIN match m ON m.notice_id = n.id AND m.saved_search_id = n.subject`,
		"mails":                     `SELECT COUNT(*) FROM delivery WHERE kind = 'match'`,
		"mails that count as sent":  `SELECT COUNT(*) FROM delivery WHERE kind = 'match' AND state = 'sent'`,
		"notices that have a mail":  `SELECT COUNT(DISTINCT notice_id) FROM delivery WHERE kind = 'match'`,
		"people's own notices":      `SELECT COUNT(*) FROM notice n JOIN saved_search s ON s.id = n.subject AND s.account_id = n.account_id WHERE n.kind = 'match'`,
		"mails to the right person": `SELECT COUNT(*) FROM delivery d JOIN notice n ON n.id = d.notice_id AND n.account_id = d.account_id WHERE d.kind = 'match'`,
	} {
		if n := count(c.T, c.db, query); n != thousand {
			c.Errorf("%s: %d, not %d", what, n, thousand)
		}
	}
	if n := count(c.T, c.db, `SELECT COUNT(*) FROM outbox WHERE state = 'dead'`); n != 0 {
		c.Errorf("%d tasks were given up", n)
	}
}

// written looks at what the mail server has: each mail at least once, and again only where a process died between the
// server's yes and our commit.
func (c *crash) written() {
	c.Helper()
	var sent []struct {
		Message string `db:"message_id"`
		Repeats int    `db:"repeats"`
		Search  id.ID  `db:"subject"`
	}
	if err := c.db.Select(c.Context(), &sent, `
		SELECT d.message_id, d.repeats, n.subject FROM delivery d JOIN notice n ON n.id = d.notice_id WHERE d.kind = 'match'`); err != nil {
		c.Fatal(err)
	}
	letters, again := c.letters(), 0
	for _, d := range sent {
		n := letters[d.Message]
		if n == 0 || n > 1+d.Repeats {
			c.Errorf("mail %s came %d times; it was begun anew %d times", d.Message, n, d.Repeats)
		}
		again += max(0, n-1)
	}
	pool := queue.Pools()[slices.IndexFunc(queue.Pools(), func(p queue.Pool) bool { return p.Name == queue.Mail })]
	if most := c.kills * len(c.stack.work) * pool.Workers; again > most {
		c.Errorf("%d mails came again; at most %d were under way at a crash", again, most)
	}
	if len(letters) != thousand {
		c.Errorf("%d different mails came, not %d", len(letters), thousand)
	}
	c.Logf("%d mails, %d of them again", len(letters), again)
	received := map[string]map[string]bool{}
	for _, m := range c.messages() {
		if received[m.To[0]] == nil {
			received[m.To[0]] = map[string]bool{}
		}
		received[m.To[0]][m.MessageID] = true
		if !strings.Contains(m.Text, "社区社工") || !strings.Contains(m.Text, c.post.ID.String()) {
			c.Errorf("a mail tells of something else:\n%s", m.Text)
		}
	}
	for address, mails := range received {
		if !c.emails[address] || len(mails) != len(criteria()) {
			c.Errorf("%s has %d mails", address, len(mails))
		}
	}
	if len(received) != seekers {
		c.Errorf("%d people were written to, not %d", len(received), seekers)
	}
}

// until polls what other processes bring about.
func (c *crash) until(what string, so func() bool) {
	c.Helper()
	for begun := time.Now(); !so(); {
		if time.Since(begun) > 5*time.Minute {
			c.Fatalf("not in five minutes: %s\n%s", what, c.stack.said())
		}
		time.Sleep(10 * time.Millisecond) // polling other processes
	}
}
