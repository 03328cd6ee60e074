package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/secret"
	"zhigang/internal/worldtest"
)

const keyHeader = "Idempotency-Key"

func TestARequestThatComesTwiceIsDoneOnce(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org, list := s.program(owner), "/orgs/"+o.ID.String()+"/positions"
	body := jsonPost("job", "社区社工", "org", o.ID.String())
	first := org.post("/positions", body, keyHeader, "k-1").want(http.StatusCreated)
	again := org.post("/positions", body, keyHeader, `"k-1"`).want(http.StatusCreated)
	if first.Header.Get(headerReplayed) != "" || again.Header.Get(headerReplayed) != "true" {
		t.Error(first.Header, again.Header)
	}
	if string(first.Body) != string(again.Body) || first.Header.Get("Location") != again.Header.Get("Location") || again.Header.Get("ETag") != `"1"` {
		t.Errorf("answered otherwise:\n%s\n%s", first.Body, again.Body)
	}
	org.get(list).has("total", 1)
	if other := org.post("/positions", jsonPost("job", "另一个", "org", o.ID.String()), keyHeader, "k-1").want(http.StatusUnprocessableEntity); other.fields() != keyHeader {
		t.Error(other.fields())
	}
	org.post("/positions/"+first.text("id")+"/submit", nil, keyHeader, "k-1").want(http.StatusUnprocessableEntity)
	org.post("/positions/"+first.text("id")+"/submit", nil, keyHeader, "k-2").want(http.StatusOK).has("state", "submitted")
	org.post("/positions/"+first.text("id")+"/submit", nil, keyHeader, "k-2").want(http.StatusOK).has("state", "submitted")
	org.post("/positions/"+first.text("id")+"/submit", nil, keyHeader, "k-3").want(http.StatusConflict)
	org.post("/positions", body).want(http.StatusCreated) // without a key twice is twice
	org.get(list).has("total", 2)

	// What was refused can be put right under the same key.
	wrong := jsonPost("job", "", "org", o.ID.String())
	org.post("/positions", wrong, keyHeader, "k-4").want(http.StatusUnprocessableEntity)
	org.post("/positions", body, keyHeader, "k-4").want(http.StatusCreated)

	// A key belongs to its account, and a read needs none.
	_, rival := s.Org("番禺区另一家服务中心", worldtest.Panyu)
	s.program(rival).post("/positions", jsonPost("job", "别的", "org", rival.Orgs[0].Org.String()), keyHeader, "k-1").want(http.StatusCreated)
	org.get("/me", keyHeader, "k-1").want(http.StatusOK)
	for _, key := range []string{strings.Repeat("k", 201), "zwei Wörter", "a b"} {
		if a := org.post("/positions", body, keyHeader, key).want(http.StatusUnprocessableEntity); a.fields() != keyHeader {
			t.Errorf("%.20q: %s", key, a.Body)
		}
	}
	var plain int
	err := s.DB.Get(t.Context(), &plain, `SELECT COUNT(*) FROM idempotency WHERE status = 201 AND (body LIKE '%"id"%' OR body LIKE '%社区社工%')`)
	if err != nil || plain != 0 {
		t.Errorf("%d answers lie open, %v", plain, err)
	}
}

func TestAPlaceIsTakenOnceHoweverOftenOneAsks(t *testing.T) {
	s := newSite(t)
	_, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	content := s.Content("volunteer", "助餐志愿者")
	content.Headcount = 1
	post := s.Published(owner, content)
	ann, ben := s.program(s.Graduate("林同学")), s.program(s.Graduate("陈同学"))
	body := map[string]any{"position": post.ID.String(), "consent": true}
	var all sync.WaitGroup
	answers := make([]said, 12)
	for n := range answers {
		all.Go(func() {
			switch n % 3 { // with a key, without, and somebody else who wants the place
			case 0:
				answers[n] = ann.post("/applications", body, keyHeader, "k")
			case 1:
				answers[n] = ann.post("/applications", body)
			default:
				answers[n] = ben.post("/applications", body)
			}
		})
	}
	all.Wait()
	made, ids := 0, map[string]bool{}
	for _, a := range answers {
		switch a.Status {
		case http.StatusCreated, http.StatusOK:
			ids[a.text("id")] = true
			if a.Status == http.StatusCreated && a.Header.Get(headerReplayed) == "" {
				made++
			}
		case http.StatusConflict:
		default:
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	if made != 1 || len(ids) != 1 {
		t.Errorf("%d applications were made, %d were told", made, len(ids))
	}
}

func TestManyWithOneKeyMakeOnePost(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org := s.program(owner)
	var all sync.WaitGroup
	answers := make([]said, 10)
	for n := range answers {
		all.Go(func() {
			answers[n] = org.post("/positions", jsonPost("job", "社区社工", "org", o.ID.String()), keyHeader, "k")
		})
	}
	all.Wait()
	for _, a := range answers {
		if a.Status == http.StatusConflict && a.Header.Get("Retry-After") == "" || a.Status != http.StatusCreated && a.Status != http.StatusConflict {
			t.Errorf("%d %v %s", a.Status, a.Header, a.Body)
		}
	}
	org.get("/orgs/"+o.ID.String()+"/positions").has("total", 1)
}

func TestTheSameFileComesTwice(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org, files := s.program(owner), "/orgs/"+o.ID.String()+"/files"
	fields := []string{"purpose", "entrustment"}
	first := org.upload(http.MethodPost, files, "file", "委托书.pdf", pdf, fields, keyHeader, "k").want(http.StatusCreated)
	org.upload(http.MethodPost, files, "file", "委托书.pdf", pdf, fields, keyHeader, "k").want(http.StatusCreated).has("id", first.text("id"))
	org.upload(http.MethodPost, files, "file", "委托书.pdf", pdf+" ", fields, keyHeader, "k").want(http.StatusUnprocessableEntity)
	org.upload(http.MethodPost, files, "file", "另一份.pdf", pdf, fields, keyHeader, "k").want(http.StatusUnprocessableEntity)
	org.send(http.MethodPost, files, []byte("--"), "Content-Type", "multipart/form-data", keyHeader, "k-2").want(http.StatusBadRequest)
}

// The process died after the verb had committed and before the answer was kept.
func TestAKeyThatWasLeftIsTakenOver(t *testing.T) {
	s := newSite(t)
	o, owner := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	org := s.program(owner)
	leave := func(key string) {
		err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE idempotency SET status = 0, body = '' WHERE idem_key = ?`, key)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	body := jsonPost("job", "社区社工", "org", o.ID.String())
	first := org.post("/positions", body, keyHeader, "k").want(http.StatusCreated)
	leave("k")
	if a := org.post("/positions", body, keyHeader, "k").want(http.StatusConflict).has("code", "api.idempotency.running"); a.Header.Get("Retry-After") != "1" {
		t.Error(a.Header)
	}
	s.Clock.Add(answerTime)
	org.post("/positions", body, keyHeader, "k").want(http.StatusCreated).has("id", first.text("id"))
	org.get("/orgs/"+o.ID.String()+"/positions").has("total", 1)

	registration := map[string]any{
		"name": "番禺区第二服务中心", "code": worldtest.Code("52", "440113", 77), "kind": "service", "region": worldtest.Panyu,
		"address": "示例路1号", "contact_name": "联系人", "contact_phone": "020-00000000",
	}
	second := org.post("/orgs", registration, keyHeader, "o").want(http.StatusCreated)
	leave("o")
	s.Clock.Add(answerTime)
	org.post("/orgs", registration, keyHeader, "o").want(http.StatusCreated).has("id", second.text("id"))
}

// Whoever asked has gone before the answer: what was done is kept all the same, what was not is given back.
func TestAnAnswerIsKeptForWhoHasGone(t *testing.T) {
	s := newSite(t)
	who := s.Graduate("林同学")
	ask := func(key string, do func() (reply, error)) error {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		ctx, gone := context.WithCancel(t.Context())
		defer gone()
		c.Request = httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/x", strings.NewReader("{}"))
		c.Request.Header.Set(keyHeader, key)
		c.Set(keyActor, who)
		_, err := s.h.once(c, func(*gin.Context) (reply, error) {
			gone()
			return do()
		})
		return err
	}
	if err := ask("done", func() (reply, error) { return made("/x", map[string]int{"n": 1}), nil }); err != nil {
		t.Fatal(err)
	}
	if err := ask("refused", func() (reply, error) { return reply{}, errs.Conflict("error.changed") }); !errs.Is(err, errs.KindConflict) {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = ask("broken", func() (reply, error) { panic("a fault of ours") })
	}()
	var kept []string
	if err := s.DB.Select(t.Context(), &kept, `SELECT idem_key FROM idempotency WHERE status = 201 OR status = 0`); err != nil || len(kept) != 1 || kept[0] != "done" {
		t.Errorf("%q are kept, %v", kept, err)
	}
}

func TestAnswersAreKeptOnEveryEngine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		keys, err := secret.New(secret.Generate())
		if err != nil {
			t.Fatal(err)
		}
		r, ctx, account := replays{d, keys}, t.Context(), id.ID(7)
		mine, before, err := r.begin(ctx, account, "k", "hash")
		if err != nil || before != nil || mine.resumed {
			t.Fatal(mine, before, err)
		}
		if _, _, err := r.begin(ctx, account, "k", "hash"); errs.KeyOf(err) != "api.idempotency.running" {
			t.Fatal(err)
		}
		if err := r.forget(ctx, mine); err != nil {
			t.Fatal(err)
		}
		if mine, _, err = r.begin(ctx, account, "k", "hash"); err != nil {
			t.Fatal(err)
		}
		c.Add(answerTime)
		over, _, err := r.begin(ctx, account, "k", "hash")
		if err != nil || !over.resumed {
			t.Fatal(over, err)
		}
		if err := r.keep(ctx, mine, shown("late")); err != nil { // the first one wakes up: its turn is over
			t.Fatal(err)
		}
		if err := r.keep(ctx, over, made("/x", map[string]string{"url": "a&b<c"})); err != nil {
			t.Fatal(err)
		}
		_, before, err = r.begin(ctx, account, "k", "hash")
		if err != nil || before == nil || before.Status != http.StatusCreated || before.Location != "/x" {
			t.Fatal(before, err)
		}
		if body, err := encode(before.Body); err != nil || string(body) != `{"url":"a&b<c"}` {
			t.Errorf("%s, %v", body, err)
		}
		if _, _, err := r.begin(ctx, account, "k", "another"); errs.KeyOf(err) != "error.invalid" {
			t.Error(err)
		}
		if err := r.forget(ctx, over); err != nil { // an answer is not given back
			t.Fatal(err)
		}
		var n int
		if err := d.Get(ctx, &n, `SELECT COUNT(*) FROM idempotency WHERE created_at < ?`, db.At(c.Now().Add(time.Second))); err != nil || n != 1 {
			t.Error(n, err)
		}
	})
}
