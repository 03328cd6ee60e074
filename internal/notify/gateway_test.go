package notify_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/testserver"
	"zhigang/internal/webhook"
)

// gateway is the operator's, as a test plays it.
type gateway struct {
	mu     sync.Mutex
	status int
	ids    []string
	data   []gatewayData
}

type gatewayData struct {
	To, Lang, Template, Text string
	Params                   []string
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var got struct{ Data gatewayData }
	_ = json.NewDecoder(r.Body).Decode(&got)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ids, g.data = append(g.ids, r.Header.Get("webhook-id")), append(g.data, got.Data)
	w.WriteHeader(g.status)
}

// withGateway lets w tell phones.
func (w *world) withGateway() *gateway {
	w.T.Helper()
	g := &gateway{status: http.StatusOK}
	server := httptest.NewServer(g)
	w.T.Cleanup(server.Close)
	var err error
	w.Gateway, err = webhook.Open(webhook.Options{
		URL: server.URL, Secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Allow: []string{"127.0.0.1"}, Clock: w.Clock,
	})
	if err != nil {
		w.T.Fatal(err)
	}
	w.wire(w.Sender)
	return g
}

// phone makes an account that has a mobile number and no e-mail address.
func (w *world) phone() (account id.ID) {
	w.T.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		account, err = w.Accounts.Seed(ctx, tx, "张三", "-", auth.Login{Kind: auth.Mobile, Value: "+8613800000000"})
		return err
	})
	return account
}

func TestWhoHasAPhoneAndNoMailboxIsToldByTheGateway(t *testing.T) {
	each(t, func(t *testing.T, w *world, _ *clock.Manual) {
		g := w.withGateway()
		w.Save(w.phone(), panyu, match.Instant, true)
		ann := w.Person()
		w.Save(ann, panyu, match.Instant, true)
		p := w.Publish(w.Draft("社区社工"))[0]
		w.Work()
		if len(g.data) != 1 || len(w.mails(ann)) != 1 {
			t.Fatalf("%d messages to phones, %d mails", len(g.data), len(w.mails(ann)))
		}
		got := g.data[0]
		want := []string{"1", "广州市番禺区 · 社会工作 · 月薪 ≥ 5000", "https://zhigang.example/positions/" + p.String()}
		if got.To != "+8613800000000" || got.Lang != "zh-Hans" || got.Template != "match" || !slices.Equal(got.Params, want) {
			t.Errorf("%+v", got)
		}
		contains(t, got.Text, "社区社工", "https://zhigang.example/unsubscribe/")
		if n := w.Count("delivery", "channel = 'webhook' AND state = 'sent'"); n != 1 {
			t.Errorf("%d deliveries to phones", n)
		}
	})
}

func TestAGatewayThatIsBusyIsAskedAgainUnderTheSameName(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		g := w.withGateway()
		g.status = http.StatusServiceUnavailable
		w.Save(w.phone(), panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		if d := w.delivery(); d.State != notify.Queued || !strings.Contains(d.LastError, "webhook: answer refused with 503") {
			t.Errorf("%+v", d)
		}
		g.mu.Lock()
		g.status = http.StatusAccepted
		g.mu.Unlock()
		later(c)
		w.Work()
		if len(g.ids) != 2 || g.ids[0] != g.ids[1] || w.delivery().State != notify.Sent {
			t.Errorf("asked as %q, %+v", g.ids, w.delivery())
		}
	})
}

func TestWhatTheGatewayRefusesIsNotTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		g := w.withGateway()
		g.status = http.StatusUnprocessableEntity
		w.Save(w.phone(), panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		for range 3 {
			w.Work()
			later(c)
		}
		if d := w.delivery(); len(g.ids) != 1 || d.State != notify.Failed {
			t.Errorf("asked %d times, %+v", len(g.ids), d)
		}
		if h, err := w.Notify.Health(t.Context()); err != nil || h.States[notify.Failed] != 1 || len(h.Errors) != 1 {
			t.Errorf("%+v, %v", h, err)
		}
	})
}

func TestAGatewayThatIsTurnedOffTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world, c *clock.Manual) {
		g := w.withGateway()
		g.status = http.StatusServiceUnavailable
		w.Save(w.phone(), panyu, match.Instant, true)
		w.Publish(w.Draft("社区社工"))
		w.Work()
		w.Gateway = nil
		w.wire(w.Sender)
		later(c)
		w.Work()
		if d := w.delivery(); d.State != notify.Dropped || len(g.ids) != 1 {
			t.Errorf("%+v, asked %d times", d, len(g.ids))
		}
	})
}

// Providers approve a text with its parameters: each kind has one, filled with what its notice says, in a fixed order.
func TestEveryKindHasAnApprovedTextThatItsNoticeFills(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testserver.Root(), "internal/notify/templates/gateway.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[notify.Kind][]string
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	words := texts(t)[i18n.Langs()[0]]
	for _, k := range notify.Kinds() {
		params, known := all[k]
		if !known || params[len(params)-1] != "url" {
			t.Errorf("%s: %q", k, params)
			continue
		}
		said := i18n.Placeholders(words["notice."+string(k)+".title"] + words["notice."+string(k)+".body"])
		for _, name := range params[:len(params)-1] {
			if !slices.Contains(said, name) {
				t.Errorf("%s has no %s to fill its text with", k, name)
			}
		}
	}
	if len(all) != len(notify.Kinds()) {
		t.Errorf("%d texts for %d kinds", len(all), len(notify.Kinds()))
	}
}
