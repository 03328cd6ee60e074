package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"zhigang/internal/position"
	"zhigang/internal/queue"
)

// Posts come on show one after the other, and each time, at a moment that nobody chose, processes are killed: those that
// do the work, or all of them; every third time Redis loses everything too. What was begun before is still under way when
// the next crash comes. ZHIGANG_TEST_SEEDS says how often.
func TestCrashAtAnyMomentLosesNothing(t *testing.T) {
	seeds := 12
	if text := os.Getenv("ZHIGANG_TEST_SEEDS"); text != "" {
		var err error
		if seeds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		newAnytime(t, embeddedStack(t), seeds).happen()
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		newAnytime(t, clusterStack(t).inParts(3), seeds).happen()
	})
}

// each is how many people look for each post.
const eachPost = 20

// anytime is a stack that crashes at any time.
type anytime struct {
	*crash
	posts []position.Position
}

// newAnytime makes posts that nobody mistakes for each other, each with people who look for it alone.
func newAnytime(t *testing.T, s *stack, seeds int) *anytime {
	m := &anytime{crash: openCrash(t, s)}
	for n := range seeds {
		word := fmt.Sprintf("zg%03d", n)
		m.posts = append(m.posts, m.submitted("社工 "+word))
		for range eachPost {
			m.emails[m.seeker("q="+word)] = true
		}
	}
	return m
}

func (m *anytime) happen() {
	m.stack.mail.Delay(5 * time.Millisecond)
	m.stack.start(m.T)
	for seed, post := range m.posts {
		r := rand.New(rand.NewPCG(17, uint64(seed)))
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			m.untilApproved(post)
		}()
		time.Sleep(time.Duration(r.IntN(700)) * time.Millisecond) // the moment
		m.kill(r)
		<-asked
	}
	m.stack.mail.Behave()
	m.until("everybody has been told", func() bool {
		return count(m.T, m.db, `SELECT COUNT(*) FROM outbox WHERE state <> 'done' AND queue <> ?`, queue.Report) == 0
	})
	m.all(len(m.posts) * eachPost)
	m.found()
	m.stack.stop(m.T)
}

// untilApproved lets a post come on show, as somebody who presses again when no answer comes.
func (m *anytime) untilApproved(post position.Position) {
	m.until("the post is on show", func() bool {
		req, err := http.NewRequestWithContext(m.Context(), http.MethodPost, m.stack.base+"/api/v1/positions/"+post.ID.String()+"/approve", nil)
		if err != nil {
			return false
		}
		req.Header.Set("Authorization", "Bearer "+m.token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		defer res.Body.Close()
		_, _ = io.Copy(io.Discard, res.Body)
		return res.StatusCode == http.StatusOK || res.StatusCode == http.StatusConflict // it was approved before the answer was lost
	})
}

// kill ends processes as a power failure does, and starts them again.
func (m *anytime) kill(r *rand.Rand) {
	m.Helper()
	m.kills++
	if m.stack.redis == nil {
		m.end(m.stack.work...)
		m.stack.start(m.T)
		return
	}
	dying := m.stack.work[r.IntN(2):] // both workers, or one
	web := r.IntN(3) == 0
	if m.end(dying...); web {
		m.end(m.stack.web...)
	}
	if r.IntN(3) == 0 {
		m.forgetRedis()
	}
	for n := range dying {
		dying[n] = start(m.T, m.stack.setting, "worker")
	}
	if web {
		for n, address := range m.stack.listen {
			m.stack.web[n] = serving(m.T, m.stack.with("ZHIGANG_LISTEN", address), "web")
		}
	}
}

func (m *anytime) end(all ...*process) {
	for _, p := range all {
		_ = p.cmd.Process.Kill()
	}
	for _, p := range all {
		<-p.done
	}
}

// found asks the site for each post by its word.
func (m *anytime) found() {
	m.Helper()
	for n := range m.posts {
		res, err := http.Get(fmt.Sprintf("%s/api/v1/positions?q=zg%03d", m.stack.base, n))
		if err != nil {
			m.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || !strings.Contains(string(body), `"total":1,`) {
			m.Errorf("zg%03d: %s %v", n, body, err)
		}
	}
}

// all looks at the ledger, the inboxes and the mail server: so many matches, each told once, each with its mail, which came
// again only where a process died between the server's yes and our commit.
func (m *anytime) all(want int) {
	m.Helper()
	for what, query := range map[string]string{
		"matches":                  `SELECT COUNT(*) FROM match`,
		"matches that were told":   `SELECT COUNT(*) FROM match WHERE notice_id IS NOT NULL AND dropped_at IS NULL`,
		"notices":                  `SELECT COUNT(*) FROM notice WHERE kind = 'match'`,
		"notices with their match": `SELECT COUNT(*) FROM notice n JOIN match m ON m.notice_id = n.id AND m.saved_search_id = n.subject`,
		"mails that were sent":     `SELECT COUNT(*) FROM delivery WHERE kind = 'match' AND state = 'sent'`,
	} {
		if n := count(m.T, m.db, query); n != want {
			m.Errorf("%s: %d, not %d", what, n, want)
		}
	}
	if n := count(m.T, m.db, `SELECT COUNT(*) FROM outbox WHERE state = 'dead'`); n != 0 {
		m.Errorf("%d tasks were given up", n)
	}
	var sent []struct {
		Message string `db:"message_id"`
		Repeats int    `db:"repeats"`
	}
	if err := m.db.Select(m.Context(), &sent, `SELECT message_id, repeats FROM delivery WHERE kind = 'match'`); err != nil {
		m.Fatal(err)
	}
	letters, again := m.letters(), 0
	for _, d := range sent {
		n := letters[strings.Trim(d.Message, "<>")]
		if n == 0 || n > 1+d.Repeats {
			m.Errorf("mail %s came %d times; it was begun anew %d times", d.Message, n, d.Repeats)
		}
		again += max(0, n-1)
	}
	m.Logf("%d crashes: %d matches, %d mails, %d of them again", m.kills, want, len(letters), again)
}
