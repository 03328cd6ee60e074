package auth_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/secret"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func newService(t *testing.T, d *db.DB) *auth.Service {
	t.Helper()
	keys, err := secret.New(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return auth.New(d, keys)
}

const good = "correct horse battery"

func register(t *testing.T, s *auth.Service, login string) auth.Account {
	t.Helper()
	a, err := s.Register(t.Context(), auth.NewAccount{Name: "林同学", Login: login, Password: good, Lang: "zh-Hans"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestLoginsAreReadAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]auth.Login{
		"Lin@Example.ORG": {Kind: auth.Email, Value: "lin@example.org"}, " lin＠example.org ": {Kind: auth.Email, Value: "lin@example.org"},
		"13800138000": {Kind: auth.Mobile, Value: "+8613800138000"}, "+86 138-0013-8000": {Kind: auth.Mobile, Value: "+8613800138000"},
		"１３８００１３８０００": {Kind: auth.Mobile, Value: "+8613800138000"}, "+852 6123 4567": {Kind: auth.Mobile, Value: "+85261234567"}, "85366123456": {Kind: auth.Mobile, Value: "+85366123456"},
	} {
		if got, err := auth.ParseLogin(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "lin", "12345678901", "lin@example", "lin@@example.org", "Lin <lin@example.org>", "lin@example.org\r\nBcc: x@y.z", "1380013800"} {
		if got, err := auth.ParseLogin(bad); !errs.Is(err, errs.KindInvalid) {
			t.Errorf("%q: %+v, %v", bad, got, err)
		}
	}
	if m := (auth.Login{Kind: auth.Mobile, Value: "+8613800138000"}).Mask(); m != "+86138****8000" {
		t.Error(m)
	}
}

func TestWeakPasswordsAreRefused(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	s := newService(t, d)
	for password, key := range map[string]string{
		"short": "auth.password.short", strings.Repeat("长", 129): "auth.password.long", "password123": "auth.password.common", "Woaini1314": "auth.password.common",
		"zhigang林同学": "auth.password.context", "linlin99": "auth.password.context",
	} {
		_, err := s.Register(t.Context(), auth.NewAccount{Name: "林同学", Login: "linlin99@example.org", Password: password})
		if got := errs.FieldsOf(err)["password"].Key; got != key {
			t.Errorf("%q: %q, want %q", password, got, key)
		}
	}
	for _, password := range []string{"一句很长的密码短语", "with spaces in it", strings.Repeat("a b", 40)} {
		if _, err := s.Register(t.Context(), auth.NewAccount{Name: "王", Login: "w" + secret.Token() + "@example.org", Password: password}); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestAddressesAreNotReadableInSQL(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s := newService(t, d)
		a := register(t, s, "lin@example.org")
		var sealed []byte
		if err := d.Get(t.Context(), &sealed, `SELECT sealed FROM login WHERE account_id = ?`, a.ID); err != nil || bytes.Contains(sealed, []byte("lin@")) {
			t.Fatalf("%q, %v", sealed, err)
		}
		c, err := s.Contact(t.Context(), d, a.ID)
		if err != nil || c.Email != "lin@example.org" || c.Mobile != "" {
			t.Fatalf("%+v, %v", c, err)
		}
		if _, err := s.Register(t.Context(), auth.NewAccount{Name: "别人", Login: "LIN@example.org", Password: good}); errs.FieldsOf(err)["login"].Key != "auth.login.taken" {
			t.Fatalf("taken twice: %v", err)
		}
		if err := s.Edit(t.Context(), a.ID, "林同学", "en"); err != nil {
			t.Fatal(err)
		}
		if err := s.SetLogin(t.Context(), a.ID, good, "13800138000"); err != nil {
			t.Fatal(err)
		}
		if found, err := s.Find(t.Context(), "+86 13800138000"); err != nil || found.ID != a.ID || found.Lang != "en" {
			t.Fatalf("%+v, %v", found, err)
		}
		listed, err := s.List(t.Context(), 0, 10)
		if err != nil || len(listed) != 1 || listed[0].Login != "li***@example.org" {
			t.Fatalf("%+v, %v", listed, err)
		}
	})
}

func TestASessionCanBeSeenAndEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		s := newService(t, d)
		a := register(t, s, "lin@example.org")
		for _, wrong := range [][2]string{{"lin@example.org", "x"}, {"nobody@example.org", good}, {"???", good}} {
			if _, _, err := s.SignIn(t.Context(), wrong[0], wrong[1], auth.Client{}); errs.KeyOf(err) != "auth.signin.wrong" {
				t.Fatalf("%v: %v", wrong, err)
			}
		}
		first, _, err := s.SignIn(t.Context(), "lin@example.org", good, auth.Client{Agent: "phone"})
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := s.SignIn(t.Context(), "lin@example.org", good, auth.Client{Agent: "desk"})
		if err != nil {
			t.Fatal(err)
		}
		ses, _, err := s.Check(t.Context(), second)
		if err != nil {
			t.Fatal(err)
		}
		other := register(t, s, "wang@example.org")
		if err := s.Kill(t.Context(), other.ID, ses.ID); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("somebody else ends it: %v", err)
		}
		if all, err := s.Sessions(t.Context(), a.ID); err != nil || len(all) != 2 {
			t.Fatalf("%v, %v", all, err)
		}
		if err := s.Kill(t.Context(), a.ID, ses.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Check(t.Context(), second); !errs.Is(err, errs.KindUnauthenticated) {
			t.Fatalf("a killed session works: %v", err)
		}
		c.Add(13 * 24 * time.Hour) // used now and then it lives on…
		if _, _, err := s.Check(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		c.Add(13 * 24 * time.Hour)
		if _, _, err := s.Check(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		c.Add(5 * 24 * time.Hour) // …but not for ever
		if _, _, err := s.Check(t.Context(), first); !errs.Is(err, errs.KindUnauthenticated) {
			t.Fatalf("it lives longer than 30 days: %v", err)
		}
		if err := s.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM session`); err != nil || n != 0 {
			t.Fatal(n, err)
		}
	})
}

func TestAnswersToRepeatedRequestsAreForgottenInTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		s := newService(t, d)
		for _, key := range []string{"old", "new"} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `
					INSERT INTO idempotency (account_id, idem_key, request_hash, status, body, created_at) VALUES (1, ?, '', 201, '', ?)`,
					key, db.At(tx.Now))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			c.Add(6 * 24 * time.Hour)
		}
		if err := s.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		var keys []string
		if err := d.Select(t.Context(), &keys, `SELECT idem_key FROM idempotency`); err != nil || len(keys) != 1 || keys[0] != "new" {
			t.Error(keys, err)
		}
	})
}

func TestADisabledAccountIsOutAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s := newService(t, d)
		a := register(t, s, "lin@example.org")
		session, _, err := s.SignIn(t.Context(), "lin@example.org", good, auth.Client{})
		if err != nil {
			t.Fatal(err)
		}
		token, err := createToken(t, d, s, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := s.CheckToken(t.Context(), token); err != nil || got.ID != a.ID {
			t.Fatal(got, err)
		}
		if err := disable(t, d, s, a.ID); err != nil {
			t.Fatal(err)
		}
		_, _, err1 := s.Check(t.Context(), session)
		_, _, err2 := s.CheckToken(t.Context(), token)
		_, _, err3 := s.SignIn(t.Context(), "lin@example.org", good, auth.Client{})
		for _, err := range []error{err1, err2, err3} {
			if !errs.Is(err, errs.KindUnauthenticated) {
				t.Errorf("still in: %v", err)
			}
		}
	})
}

func TestATokenEndsWithItsDayOrWhenItIsTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		s := newService(t, d)
		a, b := register(t, s, "lin@example.org"), register(t, s, "wang@example.org")
		text := map[string]string{}
		ids := map[string]id.ID{}
		for name, in := range map[string]auth.NewToken{
			"year": {Name: "year"}, "week": {Name: "week", Days: 7}, "lobby": {Name: "lobby", ReadOnly: true},
		} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				token, made, err := s.CreateToken(t.Context(), tx, a.ID, in)
				text[name], ids[name] = token, made.ID
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		works := func(name string) bool {
			_, account, err := s.CheckToken(t.Context(), text[name])
			return err == nil && account.ID == a.ID
		}
		if lobby, _, err := s.CheckToken(t.Context(), text["lobby"]); err != nil || !bool(lobby.ReadOnly) || lobby.Name != "lobby" {
			t.Errorf("%+v, %v", lobby, err)
		}
		end := func(account, token id.ID) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return s.EndToken(t.Context(), tx, account, token) })
		}
		if err := end(b.ID, ids["lobby"]); !errs.Is(err, errs.KindNotFound) || !works("lobby") {
			t.Error("somebody else ended a token:", err)
		}
		if err := end(a.ID, ids["lobby"]); err != nil || works("lobby") {
			t.Error("a token that was taken works on:", err)
		}
		c.Add(7 * 24 * time.Hour)
		if works("week") || !works("year") {
			t.Error("a token for a week")
		}
		if all, err := s.Tokens(t.Context(), a.ID); err != nil || len(all) != 1 || all[0].Name != "year" {
			t.Errorf("%+v, %v", all, err)
		}
		c.Add(auth.TokenLife)
		if works("year") {
			t.Error("a token for a year")
		}
		for _, days := range []int{-1, 366, 1 << 40} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, _, err := s.CreateToken(t.Context(), tx, a.ID, auth.NewToken{Days: days})
				return err
			})
			if !errs.Is(err, errs.KindInvalid) {
				t.Errorf("%d days: %v", days, err)
			}
		}
	})
}

func TestAForgottenPasswordIsResetOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		s := newService(t, d)
		a := register(t, s, "lin@example.org")
		session, _, err := s.SignIn(t.Context(), "lin@example.org", good, auth.Client{})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(login string) (linkID int64) {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				l, err := s.AskReset(t.Context(), tx, login)
				linkID = int64(l)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return linkID
		}
		if ask("nobody@example.org") != 0 || ask("???") != 0 {
			t.Fatal("a link for nobody")
		}
		link := ask("lin@example.org")
		old, _, err := s.ResetToken(t.Context(), idOf(link))
		if err != nil {
			t.Fatal(err)
		}
		token, account, err := s.ResetToken(t.Context(), idOf(link)) // the mail was sent again
		if err != nil || account != a.ID {
			t.Fatal(account, err)
		}
		if err := s.Reset(t.Context(), old, "another long password"); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("the first token works: %v", err)
		}
		if err := s.Reset(t.Context(), token, "short"); !errs.Is(err, errs.KindInvalid) {
			t.Fatalf("a weak one: %v", err)
		}
		if err := s.Reset(t.Context(), token, "another long password"); err != nil {
			t.Fatal(err)
		}
		if err := s.Reset(t.Context(), token, "a third long password"); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("used twice: %v", err)
		}
		if _, _, err := s.Check(t.Context(), session); !errs.Is(err, errs.KindUnauthenticated) {
			t.Fatalf("old sessions live on: %v", err)
		}
		late := ask("lin@example.org")
		c.Add(31 * time.Minute)
		if _, _, err := s.ResetToken(t.Context(), idOf(late)); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("after half an hour: %v", err)
		}
	})
}

func TestSetupLinksWorkUntilThereIsAnAdministrator(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s := newService(t, d)
		works := func(token string) bool {
			t.Helper()
			ok, err := s.NeedsSetup(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		var links []string // of processes that start one after the other
		for range 4 {
			token, err := s.SetupLink(t.Context())
			if err != nil || token == "" {
				t.Fatal(token, err)
			}
			links = append(links, token)
		}
		for _, token := range links {
			if !works(token) {
				t.Error("the link of one process ended that of another")
			}
		}
		// Two people come at once, each with another link: one is the administrator.
		made := make(chan error, 2)
		for n := range 2 {
			go func() {
				_, err := s.Setup(t.Context(), links[n], auth.NewAccount{Name: "何主任", Login: fmt.Sprintf("he%d@example.org", n), Password: good, Lang: "zh-Hans"}, "440113")
				made <- err
			}()
		}
		first, second := <-made, <-made
		if (first == nil) == (second == nil) || first != nil && !errs.Is(first, errs.KindNotFound) || second != nil && !errs.Is(second, errs.KindNotFound) {
			t.Errorf("%v, %v", first, second)
		}
		for _, token := range links {
			if works(token) {
				t.Error("a link works although there is an administrator")
			}
		}
		if token, err := s.SetupLink(t.Context()); err != nil || token != "" {
			t.Errorf("another link is handed out: %v", err)
		}
	})
}

func TestAnAdministratorByCommandEndsTheSetupLinks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s := newService(t, d)
		token, err := s.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a := register(t, s, "he@example.org")
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return s.GrantStaff(t.Context(), tx, a.ID, "440113", auth.Administrator)
		}); err != nil {
			t.Fatal(err)
		}
		if ok, err := s.NeedsSetup(t.Context(), token); err != nil || ok {
			t.Errorf("the link still works: %v", err)
		}
		_, err = s.Setup(t.Context(), token, auth.NewAccount{Name: "别人", Login: "other@example.org", Password: good, Lang: "zh-Hans"}, "440113")
		if !errs.Is(err, errs.KindNotFound) {
			t.Errorf("a second administrator came by an old link: %v", err)
		}
	})
}

func TestRolesIncludeTheOnesBefore(t *testing.T) {
	a := auth.Actor{Account: 1, Orgs: []auth.OrgGrant{{Org: 7, Role: auth.Editor}}, Bureau: &auth.BureauGrant{Region: "440113", Role: auth.Supervisor}}
	if !a.InOrg(7, auth.Viewer) || !a.InOrg(7, auth.Editor) || a.InOrg(7, auth.Owner) || a.InOrg(8, auth.Viewer) {
		t.Error("organization")
	}
	if !a.InBureau(auth.Reviewer) || !a.InBureau(auth.Supervisor) || a.InBureau(auth.Administrator) {
		t.Error("bureau")
	}
	if (auth.Actor{}).Known() || (auth.Actor{}).InBureau(auth.Reviewer) || (auth.Actor{}).InOrg(0, auth.Viewer) || !auth.System().InOrg(8, auth.Owner) {
		t.Error("nobody and everybody")
	}
}

func idOf(n int64) id.ID { return id.ID(n) }

func createToken(t *testing.T, d *db.DB, s *auth.Service, account id.ID) (token string, err error) {
	t.Helper()
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		token, _, err = s.CreateToken(t.Context(), tx, account, auth.NewToken{Name: "test"})
		return err
	})
	return token, err
}

func disable(t *testing.T, d *db.DB, s *auth.Service, account id.ID) error {
	t.Helper()
	return d.Write(t.Context(), func(tx *db.Tx) error { return s.Disable(t.Context(), tx, account) })
}
