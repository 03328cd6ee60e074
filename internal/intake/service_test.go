package intake

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/sheet"
)

func (d *desk) upload(content []byte) Intake {
	d.t.Helper()
	return must[Intake](d.t)(d.s.Upload(d.t.Context(), d.owner, d.org.ID, `C:\表格\招聘岗位.xlsx`, i18n.ZhHans, content))
}

func (d *desk) get(intake id.ID) Intake {
	d.t.Helper()
	return must[Intake](d.t)(d.s.Get(d.t.Context(), d.owner, intake))
}

// runs lets a handler do what is due.
func (d *desk) runs(h outbox.Handler) {
	d.t.Helper()
	for _, ref := range must[[]outbox.Ref](d.t)(d.Outbox.Due(d.t.Context(), take.Queue, 10)) {
		if err := d.Outbox.Run(d.t.Context(), ref.ID, h); err != nil {
			d.t.Fatal(err)
		}
	}
}

// numbered makes a sheet of n rows of which every tenth cannot be read.
func numbered(t *testing.T, n int) []byte {
	t.Helper()
	rows := [][]any{{"岗位名称", "工作地区", "薪资"}}
	for row := range n {
		pay := "5-6K"
		if row%10 == 9 {
			pay = "保密"
		}
		rows = append(rows, []any{fmt.Sprintf("岗位%04d", row), "广州市番禺区", pay})
	}
	return xlsx(t, rows...)
}

func TestASheetGoesInStepByStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		k := newDesk(t, d, c)
		in := k.upload(numbered(t, 30))
		if in.State != Uploaded || in.Name != "招聘岗位.xlsx" || in.Total != 31 {
			t.Fatalf("%+v", in)
		}
		p := must[Preview](t)(k.s.Preview(t.Context(), k.owner, in.ID, Mapping{}, chinese(t)))
		if len(p.Rows) != previewRows || p.Rows[9].Errors[0].Field != "pay" {
			t.Fatalf("%+v", p)
		}
		if third := p.Columns[2]; third.Field != Pay || third.Name != "C" || third.Header != "薪资" ||
			!slices.Equal(p.Columns[0].Samples, []string{"岗位0000", "岗位0001", "岗位0002"}) {
			t.Fatalf("%+v", p.Columns)
		}
		if err := k.s.Start(t.Context(), k.owner, in.ID, p.Mapping); err != nil {
			t.Fatal(err)
		}
		if got := k.get(in.ID); got.State != Running || got.StartedAt.IsZero() {
			t.Fatalf("%+v", got)
		}
		if err := k.s.Start(t.Context(), k.owner, in.ID, p.Mapping); !errs.Is(err, errs.KindConflict) {
			t.Errorf("started twice: %v", err)
		}
		other := k.upload(numbered(t, 1))
		if err := k.s.Start(t.Context(), k.owner, other.ID, Mapping{}); errs.KeyOf(err) != "intake.busy" {
			t.Errorf("two sheets at once: %v", err)
		}
		k.runs(k.s.Run)
		got := k.get(in.ID)
		if got.State != Done || got.Done != 31 || got.EndedAt.IsZero() || got.Counts.V.brief() != [6]int{30, 27, 0, 0, 3, 27} {
			t.Fatalf("%+v", got)
		}
		name, content, err := k.s.Refused(t.Context(), k.owner, in.ID)
		if err != nil || name != "招聘岗位_需更正.xlsx" {
			t.Fatalf("%q, %v", name, err)
		}
		if f := must[*sheet.File](t)(sheet.Open(content, sheet.DefaultLimits())); f.Sheets()[0].Rows != 4 {
			t.Errorf("%+v", f.Sheets())
		}
		if err := k.s.Start(t.Context(), k.owner, other.ID, Mapping{}); err != nil {
			t.Error("the next sheet must be free to go:", err)
		}
		k.runs(k.s.Run)
		all := must[[]Intake](t)(k.s.List(t.Context(), k.owner, k.org.ID, 10))
		if len(all) != 2 || all[0].ID != other.ID || all[0].Counts.V.Same != 1 {
			t.Errorf("%+v", all)
		}
	})
}

func TestARunThatIsKilledGoesOnWithoutDoubling(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		k := newDesk(t, d, c)
		const n = batchSize + 150
		in := k.upload(numbered(t, n))
		if err := k.s.Start(t.Context(), k.owner, in.ID, Mapping{}); err != nil {
			t.Fatal(err)
		}
		k.runs(func(ctx context.Context, _ *outbox.Job) error { // dies after a batch
			im := must[*importer](t)(k.s.resume(ctx, k.get(in.ID)))
			im.progress = func(int, int) { panic("killed") }
			return im.run(ctx)
		})
		if got := k.get(in.ID); got.State != Running || got.Done == 0 || got.Counts.V.Added != batchSize {
			t.Fatalf("after the first death: %+v", got)
		}
		c.Add(time.Hour)
		k.runs(func(ctx context.Context, _ *outbox.Job) error { // dies within the next
			im := must[*importer](t)(k.s.resume(ctx, k.get(in.ID)))
			im.within = func(context.Context, *db.Tx, int, int, Counts) error { panic("killed") }
			return im.run(ctx)
		})
		if got := k.get(in.ID); got.Counts.V.Added != batchSize {
			t.Fatalf("after the second death: %+v", got)
		}
		c.Add(time.Hour)
		k.runs(k.s.Run)
		got := k.get(in.ID)
		const failed = n / 10
		if got.State != Done || got.Counts.V.brief() != [6]int{n, n - failed, 0, 0, failed, n - failed} {
			t.Fatalf("%+v", got)
		}
		var posts int
		err := d.Get(t.Context(), &posts, `SELECT COUNT(*) FROM position WHERE org_id = ?`, k.org.ID)
		if err != nil || posts != n-failed {
			t.Fatalf("%d posts, %v", posts, err)
		}
		_, content, err := k.s.Refused(t.Context(), k.owner, in.ID)
		if err != nil {
			t.Fatal(err)
		}
		if f := must[*sheet.File](t)(sheet.Open(content, sheet.DefaultLimits())); f.Sheets()[0].Rows != failed+1 {
			t.Errorf("the sheet of refused rows has lost some: %+v", f.Sheets())
		}
	})
}

func TestTwoRunsOfOneSheetDoNotBothWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		k := newDesk(t, d, c)
		in := k.upload(numbered(t, 20))
		if err := k.s.Start(t.Context(), k.owner, in.ID, Mapping{}); err != nil {
			t.Fatal(err)
		}
		one := must[*importer](t)(k.s.resume(t.Context(), k.get(in.ID)))
		other := must[*importer](t)(k.s.resume(t.Context(), k.get(in.ID)))
		if err := one.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := other.run(t.Context()); !errs.Is(err, errs.KindConflict) {
			t.Fatalf("the second run wrote as well: %v", err)
		}
	})
}

func TestASheetThatCannotBeTakenFailsInWords(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	in := k.upload(numbered(t, 3))
	if err := k.s.Start(t.Context(), k.owner, in.ID, Mapping{}); err != nil {
		t.Fatal(err)
	}
	successor, _ := k.Account("接任者")
	if err := k.Orgs.SetMember(t.Context(), k.owner, k.org.ID, successor.Account, auth.Owner); err != nil {
		t.Fatal(err)
	}
	if err := k.Orgs.RemoveMember(t.Context(), k.owner, k.org.ID, k.owner.Account); err != nil {
		t.Fatal(err)
	}
	k.runs(k.s.Run)
	successor.Orgs = k.owner.Orgs
	got := must[Intake](t)(k.s.Get(t.Context(), successor, in.ID))
	if got.State != Failed || got.Problem.V.Key == "" || len(k.drafts()) != 0 {
		t.Fatalf("who has left the organization still imports: %+v", got)
	}
	if err := k.s.Start(t.Context(), successor, in.ID, Mapping{}); err != nil {
		t.Fatal("a failed sheet may be started again:", err)
	}
	k.runs(k.s.Run)
	if got := must[Intake](t)(k.s.Get(t.Context(), successor, in.ID)); got.State != Done || got.Counts.V.Added != 3 {
		t.Fatalf("%+v", got)
	}
}

func TestASheetIsGivenUpWhenItsTaskIs(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	in := k.upload(numbered(t, 3))
	if err := k.s.Start(t.Context(), k.owner, in.ID, Mapping{}); err != nil {
		t.Fatal(err)
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error { // nobody can read it any more
		_, err := tx.Exec(t.Context(), `UPDATE file SET content = ? WHERE id = ?`, []byte("damaged"), in.File)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for attempt := range take.MaxAttempts {
		if got := k.get(in.ID); got.State != Running {
			t.Fatalf("given up after %d attempts", attempt)
		}
		k.runs(k.s.Run)
		c.Add(2 * time.Hour)
	}
	if got := k.get(in.ID); got.State != Failed || got.Problem.V.Key != "error.internal" {
		t.Fatalf("%+v", got)
	}
	if dead := must[[]outbox.Row](t)(k.Outbox.Dead(t.Context(), 10)); len(dead) != 1 {
		t.Fatalf("%d dead", len(dead))
	}
}

func TestFilesThatAreNoSheetsAreRefusedAtTheDoor(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	for key, content := range map[string][]byte{
		"sheet.type": []byte("%PDF-1.7"), "sheet.empty": {}, "sheet.quotes": []byte("岗位名称\n\"社工\n"),
	} {
		_, err := k.s.Upload(t.Context(), k.owner, k.org.ID, "a.xlsx", i18n.ZhHans, content)
		if errs.FieldsOf(err)["sheet"].Key != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
	large := bytes.Repeat([]byte("x"), 21<<20)
	if _, err := k.s.Upload(t.Context(), k.owner, k.org.ID, "a.csv", i18n.ZhHans, large); !errs.Is(err, errs.KindTooLarge) {
		t.Error(err)
	}
}

func TestASheetBelongsToItsOrganization(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	in := k.upload(numbered(t, 3))
	_, stranger := k.World.Org("海珠区示例义工协会", "440105")
	viewer, _ := k.Account("只读")
	viewer.Orgs = []auth.OrgGrant{{Org: k.org.ID, Role: auth.Viewer}}
	if _, err := k.s.Get(t.Context(), viewer, in.ID); err != nil {
		t.Error(err)
	}
	for who, kind := range map[*auth.Actor]errs.Kind{&stranger: errs.KindNotFound, &viewer: errs.KindForbidden} {
		if _, err := k.s.Preview(t.Context(), *who, in.ID, Mapping{}, chinese(t)); !errs.Is(err, kind) {
			t.Errorf("preview: %v", err)
		}
		if err := k.s.Start(t.Context(), *who, in.ID, Mapping{}); !errs.Is(err, kind) {
			t.Errorf("start: %v", err)
		}
	}
	if _, err := k.s.Get(t.Context(), stranger, in.ID); !errs.Is(err, errs.KindNotFound) {
		t.Error(err)
	}
	if _, _, err := k.s.Refused(t.Context(), stranger, in.ID); !errs.Is(err, errs.KindNotFound) {
		t.Error(err)
	}
	if _, err := k.s.List(t.Context(), stranger, k.org.ID, 10); !errs.Is(err, errs.KindForbidden) {
		t.Error(err)
	}
	small := []byte("岗位名称\n社工\n")
	if _, err := k.s.Upload(t.Context(), viewer, k.org.ID, "a.csv", i18n.ZhHans, small); !errs.Is(err, errs.KindForbidden) {
		t.Error(err)
	}
}

func TestAPersonMayMapTheColumns(t *testing.T) {
	d, c := dbtest.SQLite(t)
	k := newDesk(t, d, c)
	in := k.upload([]byte("某表\n甲,乙,丙\n社工,广州市番禺区,5-6K\n"))
	p := must[Preview](t)(k.s.Preview(t.Context(), k.owner, in.ID, Mapping{}, chinese(t)))
	if len(p.Rows) != 0 || len(p.Columns) != 3 || p.Mapping.Header != 2 || !slices.Equal(p.Columns[1].Samples, []string{"广州市番禺区"}) {
		t.Fatalf("a person must see what the columns hold: %+v", p)
	}
	if p := must[Preview](t)(k.s.Preview(t.Context(), k.owner, in.ID, Mapping{Header: 1}, chinese(t))); len(p.Columns) != 1 {
		t.Fatalf("a person may say which row holds the headers: %+v", p)
	}
	err := k.s.Start(t.Context(), k.owner, in.ID, Mapping{})
	if errs.FieldsOf(err)["mapping"].Key != "intake.mapping.title" {
		t.Errorf("started without a title: %v", err)
	}
	own := Mapping{Header: 2, Columns: map[int]Field{0: Title, 1: Region, 2: Pay}}
	p = must[Preview](t)(k.s.Preview(t.Context(), k.owner, in.ID, own, chinese(t)))
	if len(p.Rows) != 1 || p.Rows[0].Region.Code != "440113" || p.Rows[0].Pay.Max != 6000 || len(p.Unmapped) != 0 {
		t.Fatalf("%+v", p)
	}
	for name, m := range map[string]Mapping{
		"a field twice":        {Header: 2, Columns: map[int]Field{0: Title, 1: Region, 2: Region}},
		"a field that is none": {Header: 2, Columns: map[int]Field{0: Title, 1: "owner"}},
		"no title":             {Header: 2, Columns: map[int]Field{1: Region}},
		"a row that is none":   {Header: 9, Columns: map[int]Field{0: Title}},
		"a sheet that is none": {Sheet: "甲", Header: 2, Columns: map[int]Field{0: Title}},
	} {
		if err := k.s.Start(t.Context(), k.owner, in.ID, m); !errs.Is(err, errs.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := k.s.Start(t.Context(), k.owner, in.ID, own); err != nil {
		t.Fatal(err)
	}
	k.runs(k.s.Run)
	if all := k.drafts(); len(all) != 1 || all[0].Title != "社工" {
		t.Fatalf("%+v", all)
	}
}

func TestOldFilesArePruned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		k := newDesk(t, d, c)
		in := k.upload(numbered(t, 20))
		if err := k.s.Start(t.Context(), k.owner, in.ID, Mapping{}); err != nil {
			t.Fatal(err)
		}
		k.runs(k.s.Run)
		c.Add(90 * 24 * time.Hour)
		young := k.upload(numbered(t, 1))
		if n := must[int](t)(k.s.Prune(t.Context(), c.Now().Add(-24*time.Hour))); n != 1 {
			t.Errorf("%d pruned", n)
		}
		if got := k.get(in.ID); got.File != 0 || got.Errors != 0 || got.Counts.V.Added != 18 {
			t.Errorf("%+v", got)
		}
		if k.get(young.ID).File == 0 {
			t.Error("a young file was pruned")
		}
		var files int
		if err := d.Get(t.Context(), &files, `SELECT COUNT(*) FROM file`); err != nil || files != 1 {
			t.Errorf("%d files are left, %v", files, err)
		}
		if _, err := k.s.Preview(t.Context(), k.owner, in.ID, Mapping{}, chinese(t)); errs.KeyOf(err) != "intake.pruned" {
			t.Error(err)
		}
	})
}
