package org_test

import (
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/org"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func TestCreditCodesAreCheckedAsGB32100Says(t *testing.T) {
	for _, good := range []org.Code{
		"53100000500021676K", "53100000500009167K", "53100000500019795A", "53100000500021326D", "12100000400009127B", "91110000101623741K",
		"911101066976941872", "51440113MJ0000018G", "52440113MJ0000018D", "53440000MJ0000018A", "59440113MJ0000018P",
	} {
		if !good.Valid() {
			t.Errorf("%s is refused", good)
		}
	}
	for _, bad := range []org.Code{
		"", "53100000500021676", "53100000500021676L", "5310000050002167IK", "53100000500021676KK", "5A100A00500021676K", "91350211M0000XUF46", "52440113mj0000018D",
	} {
		if bad.Valid() {
			t.Errorf("%s is taken", bad)
		}
	}
	if got := org.NormalizeCode(" 52440113mj００００018d　"); got != "52440113MJ0000018D" {
		t.Error(got)
	}
	kind, ok := org.Code("51440113MJ0000018G").Kind()
	if !ok || kind != org.Association || org.Code("51440113MJ0000018G").Region() != "440113" {
		t.Error(kind, ok)
	}
}

func registration(w *worldtest.World) org.Registration {
	return org.Registration{
		Name: "番禺区示例服务中心", Code: "52440113MJ0000018D", Kind: org.ServiceOrg, Region: worldtest.Panyu, Address: "示例路1号",
		ContactName: "联系人", ContactPhone: "020-00000000",
	}
}

func TestABureauApprovesTheOrganizationsOfItsRegion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		owner, _ := w.Account("负责人")
		o, err := w.Orgs.Register(t.Context(), owner, registration(w))
		if err != nil || len(o.Flags.V) != 0 {
			t.Fatalf("%+v, %v", o.Flags, err)
		}
		if _, err := w.Orgs.Register(t.Context(), owner, registration(w)); errs.FieldsOf(err)["code"].Key != "org.code.taken" {
			t.Fatalf("a second organization of that code: %v", err)
		}
		if _, err := w.Orgs.Public(t.Context(), o.ID); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("everybody sees it before it is approved: %v", err)
		}
		if err := w.Orgs.Approve(t.Context(), w.Bureau("440106", auth.Reviewer), o.ID, ""); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("another district approves: %v", err)
		}
		city := w.Bureau("440100", auth.Reviewer)
		if err := w.Orgs.Return(t.Context(), city, o.ID, "证书不清晰"); err != nil {
			t.Fatal(err)
		}
		owner.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Owner}}
		if err := w.Orgs.Edit(t.Context(), owner, o.ID, registration(w)); err != nil {
			t.Fatal(err)
		}
		if err := w.Orgs.Approve(t.Context(), city, o.ID, ""); err != nil {
			t.Fatal(err)
		}
		o, err = w.Orgs.Public(t.Context(), o.ID)
		if err != nil || o.VerifiedAt.IsZero() || o.VerifyDue != "2027-05-24" {
			t.Fatalf("%+v, %v", o, err)
		}
		if err := w.Orgs.Suspend(t.Context(), city, o.ID, "年报未报送"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Orgs.Public(t.Context(), o.ID); !errs.Is(err, errs.KindNotFound) {
			t.Fatalf("a suspended organization is public: %v", err)
		}
	})
}

func TestAMismatchIsFlaggedAndAFailedCheckIsOverriddenWithAReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		owner, _ := w.Account("负责人")
		in := registration(w)
		in.Code, in.Kind, in.Region = "52440106MJ0000018X", org.Foundation, worldtest.Panyu
		o, err := w.Orgs.Register(t.Context(), owner, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(o.Flags.V); got != 3 {
			t.Fatalf("flags %v", o.Flags.V)
		}
		here := w.Bureau(worldtest.Panyu, auth.Reviewer)
		if err := w.Orgs.Approve(t.Context(), here, o.ID, " "); errs.FieldsOf(err)["override"].Key != "org.override.required" {
			t.Fatalf("approved without a reason: %v", err)
		}
		if err := w.Orgs.Approve(t.Context(), here, o.ID, "已核对登记证书原件"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAFiledGroupHasNoCodeAndLivesUnderAHost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		host, _ := w.Org("番禺区示例社区服务中心", worldtest.Panyu)
		owner, _ := w.Account("队长")
		in := org.Registration{Name: "大石街道邻里互助队", Kind: org.Filed, Region: worldtest.Panyu + "012", Address: "大石", ContactName: "队长", ContactPhone: "020-00000000"}
		if _, err := w.Orgs.Register(t.Context(), owner, in); errs.FieldsOf(err)["host"].Key != "org.host.required" {
			t.Fatalf("no host: %v", err)
		}
		in.HostID = host.ID
		if _, err := w.Orgs.Register(t.Context(), owner, in); err != nil {
			t.Fatal(err)
		}
		in.Code = "52440113MJ0000018D"
		if _, err := w.Orgs.Register(t.Context(), owner, in); errs.FieldsOf(err)["code"].Key != "org.code.filed" {
			t.Fatalf("a code: %v", err)
		}
	})
}

func TestAnOrganizationKeepsAnOwner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := worldtest.New(t, d, c, nil)
		o, owner := w.Org("番禺区示例服务中心", worldtest.Panyu)
		other, _ := w.Account("同事")
		if err := w.Orgs.SetMember(t.Context(), owner, o.ID, other.Account, auth.Editor); err != nil {
			t.Fatal(err)
		}
		if err := w.Orgs.RemoveMember(t.Context(), owner, o.ID, owner.Account); !errs.Is(err, errs.KindConflict) {
			t.Fatalf("the last owner is gone: %v", err)
		}
		other.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Editor}}
		if err := w.Orgs.SetMember(t.Context(), other, o.ID, other.Account, auth.Owner); !errs.Is(err, errs.KindForbidden) {
			t.Fatalf("an editor makes himself owner: %v", err)
		}
		if err := w.Orgs.SetMember(t.Context(), owner, o.ID, other.Account, auth.Owner); err != nil {
			t.Fatal(err)
		}
		if err := w.Orgs.RemoveMember(t.Context(), owner, o.ID, owner.Account); err != nil {
			t.Fatal(err)
		}
	})
}
