package auth_test

import (
	"strings"
	"sync"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
)

func TestNamesAreThoseOfPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s := newService(t, d)
		for n, name := range []string{"林", "买买提·艾力", "𠮷𪚥", strings.Repeat("𠀀", 50), "  欧阳　晓明 ", "O'Brien-李"} {
			a, err := s.Register(t.Context(), auth.NewAccount{Name: name, Login: "p" + string(rune('a'+n)) + "@example.org", Password: good})
			if err != nil {
				t.Errorf("%q: %v", name, err)
				continue
			}
			back, err := s.Get(t.Context(), a.ID)
			if want := strings.Join(strings.Fields(name), " "); err != nil || back.Name != want {
				t.Errorf("%q came back as %q, %v", name, back.Name, err)
			}
		}
		for _, name := range []string{"", " 　", "\u200b\u2060", "林\x00", "\x1b[31m林", "林\xff", strings.Repeat("𠀀", 51), "<b>林</b>"} {
			_, err := s.Register(t.Context(), auth.NewAccount{Name: name, Login: "x@example.org", Password: good})
			if errs.FieldsOf(err)["name"].Key != "auth.name.form" {
				t.Errorf("%q: %v", name, err)
			}
		}
		if a, err := s.Register(t.Context(), auth.NewAccount{Name: "林", Login: "\u202d13800138000\u202c", Password: good}); err != nil {
			t.Error("a number with the marks that address books add:", err)
		} else if found, err := s.Find(t.Context(), "13800138000"); err != nil || found.ID != a.ID {
			t.Error(found, err)
		}
	})
}

func TestAStrangeBrowserSignsIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s := newService(t, d)
		a := register(t, s, "lin@example.org")
		if _, _, err := s.SignIn(t.Context(), "lin@example.org", good, auth.Client{Agent: "Br\xffwser " + strings.Repeat("浏", 500)}); err != nil {
			t.Fatal(err)
		}
		if all, err := s.Sessions(t.Context(), a.ID); err != nil || len(all) != 1 || !strings.HasPrefix(all[0].Agent, "Brwser 浏") {
			t.Fatalf("%+v, %v", all, err)
		}
		for _, login := range []string{"\x00", "lin@example.org\x00", "\xff@\xff.org", strings.Repeat("9", 100_000)} {
			if _, _, err := s.SignIn(t.Context(), login, good, auth.Client{}); errs.KeyOf(err) != "auth.signin.wrong" {
				t.Errorf("%.30q: %v", login, err)
			}
		}
	})
}

func TestAnotherLoginNeedsThePassword(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s := newService(t, d)
		a, other := register(t, s, "lin@example.org"), register(t, s, "wang@example.org")
		if err := s.SetLogin(t.Context(), a.ID, "wrong wrong", "evil@example.org"); errs.FieldsOf(err)["current"].Key != "auth.password.wrong" {
			t.Fatalf("an open browser is enough to take the account: %v", err)
		}
		if err := s.SetLogin(t.Context(), a.ID, good, "WANG@example.org"); errs.FieldsOf(err)["login"].Key != "auth.login.taken" {
			t.Fatalf("somebody else's address: %v", err)
		}
		if err := s.SetLogin(t.Context(), a.ID, good, " "); errs.FieldsOf(err)["login"].Key != "auth.login.form" {
			t.Fatalf("nothing: %v", err)
		}
		if err := s.SetLogin(t.Context(), a.ID, good, "lin2@example.org"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Find(t.Context(), "lin@example.org"); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("the old address still signs in: %v", err)
		}
		if found, err := s.Find(t.Context(), "wang@example.org"); err != nil || found.ID != other.ID {
			t.Errorf("the other account lost its address: %+v, %v", found, err)
		}
	})
}

func TestOfManyWhoUseOneSetupLinkOneIsAdministrator(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		s := newService(t, d)
		token, err := s.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		made := make([]error, 5)
		for n := range made {
			all.Go(func() {
				in := auth.NewAccount{Name: "管理员", Login: "admin" + string(rune('a'+n)) + "@example.org", Password: good}
				_, made[n] = s.Setup(t.Context(), token, in, "440113")
			})
		}
		all.Wait()
		good := 0
		for _, err := range made {
			switch {
			case err == nil:
				good++
			case !errs.Is(err, errs.KindConflict) && !errs.Is(err, errs.KindNotFound):
				t.Error(err)
			}
		}
		var accounts, staff int
		if err := d.Get(t.Context(), &accounts, `SELECT COUNT(*) FROM account`); err != nil {
			t.Fatal(err)
		}
		if err := d.Get(t.Context(), &staff, `SELECT COUNT(*) FROM staff`); err != nil {
			t.Fatal(err)
		}
		if good != 1 || accounts != 1 || staff != 1 {
			t.Errorf("%d were told they are administrators, %d accounts, %d of staff", good, accounts, staff)
		}
	})
}
