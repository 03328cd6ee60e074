package org_test

import (
	"strings"
	"sync"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/org"
	"zhigang/internal/worldtest"
)

func TestNobodyDecidesAboutTheOrganizationTheyWorkFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		both := w.Bureau(worldtest.Panyu, auth.Administrator)
		o, err := w.Orgs.Register(t.Context(), both, registration(w))
		if err != nil {
			t.Fatal(err)
		}
		both.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Owner}}
		if err := w.Orgs.Approve(t.Context(), both, o.ID, ""); errs.KeyOf(err) != "org.partial" {
			t.Fatalf("in one's own district: %v", err)
		}
		both.Orgs = nil // as the desk acts, which knows no other hat
		if err := w.Orgs.Approve(t.Context(), both, o.ID, ""); errs.KeyOf(err) != "org.partial" {
			t.Fatalf("without the other hat: %v", err)
		}
		both.Orgs, both.Bureau = []auth.OrgGrant{{Org: o.ID, Role: auth.Owner}}, &auth.BureauGrant{Region: "440106", Role: auth.Reviewer}
		if err := w.Orgs.Approve(t.Context(), both, o.ID, ""); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("from another district, by being its member: %v", err)
		}
		if err := w.Orgs.Approve(t.Context(), w.Bureau(worldtest.Panyu, auth.Reviewer), o.ID, ""); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnOrganizationIsApprovedAsItWasRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		owner, _ := w.Account("负责人")
		o, err := w.Orgs.Register(t.Context(), owner, registration(w))
		if err != nil {
			t.Fatal(err)
		}
		owner.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Owner}}
		in := registration(w)
		in.Name = "番禺区另一个名称服务中心"
		if err := w.Orgs.Edit(t.Context(), owner, o.ID, in); err != nil {
			t.Fatal(err)
		}
		here := w.Bureau(worldtest.Panyu, auth.Reviewer)
		if err := w.Orgs.ApproveSeen(t.Context(), here, o.ID, "", o.Version); errs.KeyOf(err) != "org.changed_since" {
			t.Fatalf("approved under a name that nobody has read: %v", err)
		}
		now, err := w.Orgs.Get(t.Context(), here, o.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Orgs.ApproveSeen(t.Context(), here, o.ID, "", now.Version); err != nil {
			t.Fatal(err)
		}
	})
}

func TestACodeThatWasReturnedIsFreeAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		squatter, _ := w.Account("抢注者")
		rightful, _ := w.Account("负责人")
		first, err := w.Orgs.Register(t.Context(), squatter, registration(w))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Orgs.Return(t.Context(), w.Bureau(worldtest.Panyu, auth.Reviewer), first.ID, "与登记证书不符"); err != nil {
			t.Fatal(err)
		}
		second, err := w.Orgs.Register(t.Context(), rightful, registration(w))
		if err != nil {
			t.Fatalf("kept out by who came first: %v", err)
		}
		squatter.Orgs = []auth.OrgGrant{{Org: first.ID, Role: auth.Owner}}
		if err := w.Orgs.Edit(t.Context(), squatter, first.ID, registration(w)); errs.FieldsOf(err)["code"].Key != "org.code.taken" {
			t.Fatalf("the other one comes back: %v", err)
		}
		if found, err := w.Orgs.ByCode(t.Context(), auth.System(), "52440113MJ0000018D"); err != nil || found.ID != second.ID {
			t.Fatal(found.Name, err)
		}
	})
}

func TestOfManyWhoRegisterOneCodeOneGetsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		people := make([]auth.Actor, 6)
		for n := range people {
			people[n], _ = w.Account("负责人")
		}
		got := make([]error, len(people))
		var all sync.WaitGroup
		for n := range people {
			all.Go(func() { _, got[n] = w.Orgs.Register(t.Context(), people[n], registration(w)) })
		}
		all.Wait()
		made := 0
		for _, err := range got {
			switch {
			case err == nil:
				made++
			case errs.FieldsOf(err)["code"].Key != "org.code.taken":
				t.Error(err)
			}
		}
		if made != 1 {
			t.Errorf("%d organizations of one code", made)
		}
	})
}

func TestACodeOutlivesTheDistrictThatGaveIt(t *testing.T) {
	d, c := dbtest.SQLite(t)
	w := worldtest.New(t, d, c, nil)
	for n, one := range []struct {
		by, place string
		flagged   bool
	}{
		{"440113", "440113012", false}, {"440100", "440113", false}, {"440000", "440113", false}, {"100000", "440113", false}, {"440113", "440100", false},
		{"440183", "440118", false}, // 增城市 became a district with another code
		{"440183", "440300", true}, {"440106", "440113", true}, {"420000", "440113", true}, {"999999", "440113", true},
		{"442000", "442000001", false}, {"441900", "441900003", false}, {"442000", "441900003", true}, // no districts there
	} {
		owner, _ := w.Account("负责人")
		in := registration(w)
		in.Code, in.Region = worldtest.Code("52", one.by, 100+n), one.place
		o, err := w.Orgs.Register(t.Context(), owner, in)
		if err != nil {
			t.Errorf("%+v: %v", one, err)
			continue
		}
		if got := len(o.Flags.V) == 1 && o.Flags.V[0] == org.FlagRegion; got != one.flagged || len(o.Flags.V) > 1 {
			t.Errorf("code of %s, seat in %s: %v", one.by, one.place, o.Flags.V)
		}
	}
}

func TestARegistrationThatCannotBeKeptIsRefusedInWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		owner, _ := w.Account("负责人")
		for name, one := range map[string]struct {
			spoil func(*org.Registration)
			field string
		}{
			"nothing":              {func(r *org.Registration) { *r = org.Registration{} }, "name"},
			"a name nobody sees":   {func(r *org.Registration) { r.Name = "\u200b\u200b\u200b\u200b" }, "name"},
			"a short name":         {func(r *org.Registration) { r.Name = "示例" }, "name"},
			"a long name":          {func(r *org.Registration) { r.Name = strings.Repeat("𠀀", 101) }, "name"},
			"a bell in the name":   {func(r *org.Registration) { r.Name = "番禺区示例\a服务中心" }, "name"},
			"zero in the address":  {func(r *org.Registration) { r.Address = "示例路1号\x00" }, "address"},
			"half a character":     {func(r *org.Registration) { r.Intro = "为社\xe5区" }, "intro"},
			"a novel":              {func(r *org.Registration) { r.Intro = strings.Repeat("长", 3001) }, "intro"},
			"letters for a number": {func(r *org.Registration) { r.ContactPhone = "请发邮件" }, "contact_phone"},
			"a retired district":   {func(r *org.Registration) { r.Region = "440183" }, "region"},
			"a district on paper":  {func(r *org.Registration) { r.Region = "110100" }, "region"},
			"no district":          {func(r *org.Registration) { r.Region = "440199" }, "region"},
			"another kind":         {func(r *org.Registration) { r.Kind = "company" }, "kind"},
			"a short code":         {func(r *org.Registration) { r.Code = "52440113MJ" }, "code"},
			"a code with letters":  {func(r *org.Registration) { r.Code = "52440113MJ000001ID" }, "code"},
		} {
			in := registration(w)
			one.spoil(&in)
			if _, err := w.Orgs.Register(t.Context(), owner, in); errs.FieldsOf(err)[one.field].Key == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		in := registration(w)
		in.Name, in.ContactPhone, in.Intro = " 番禺区\u202e示例　服务中心\n", "（０２０）8469－0000 转 801", "一\r\n二"
		o, err := w.Orgs.Register(t.Context(), owner, in)
		if err != nil || o.Name != "番禺区示例 服务中心" || o.ContactPhone != "(020)8469-0000 转 801" || o.Intro != "一\n二" {
			t.Errorf("%q %q %q, %v", o.Name, o.ContactPhone, o.Intro, err)
		}
	})
}
