package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/export"
	"zhigang/internal/i18n"
	"zhigang/internal/position"
	"zhigang/internal/sheet"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func texts(t *testing.T) *i18n.Catalog {
	t.Helper()
	c, err := i18n.Load(os.DirFS(filepath.Join(testserver.Root(), "web", "locales")))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func chinese(t *testing.T) i18n.Printer {
	t.Helper()
	return texts(t).For(i18n.ZhHans)
}

// newWorld makes two organizations in two cities, three posts, a draft, and a person who was hired.
func newWorld(t *testing.T, d *db.DB, c *clock.Manual) *worldtest.World {
	t.Helper()
	w := worldtest.New(t, d, c, nil)
	_, panyu := w.Org("番禺社工服务中心", worldtest.Panyu)
	_, xining := w.Org("西宁养老服务中心", "630102")
	first := w.Published(panyu, w.Content(position.Job, "=社工"))
	if _, err := w.Positions.Create(t.Context(), panyu, panyu.Orgs[0].Org, w.Content(position.Job, "草稿里的岗位")); err != nil {
		t.Fatal(err)
	}
	w.Published(xining, w.Content(position.Volunteer, "志愿者"))
	c.Add(48 * time.Hour)
	w.Published(panyu, w.Content(position.Internship, "见习生"))
	who := w.Graduate("欧阳娜娜")
	a := w.Apply(who, first.ID)
	for _, verb := range []application.Verb{application.MakeOffer, application.Hire} {
		if err := w.Applications.Act(t.Context(), panyu, a.ID, verb, "", calendar.DayOf(c.Now()).Add(10)); err != nil {
			t.Fatal(err)
		}
	}
	pl, err := w.Applications.PlacementOf(t.Context(), who, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Applications.Confirm(t.Context(), who, pl.ID); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestTablesHoldWhatTheFilterAsksFor(t *testing.T) {
	p := chinese(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		e := export.New(d, w.Tree)
		today := calendar.DayOf(c.Now())
		for _, one := range []struct {
			f    export.Filter
			want int
		}{
			{export.Filter{}, 3}, {export.Filter{Region: "440000"}, 2}, {export.Filter{Region: "630000"}, 1}, {export.Filter{Region: "110000"}, 0},
			{export.Filter{From: today}, 1}, {export.Filter{To: today.Add(-1)}, 2}, {export.Filter{From: today.Add(-2), To: today}, 3},
			{export.Filter{From: today.Add(1)}, 0},
		} {
			var out bytes.Buffer
			n, err := e.Positions(t.Context(), &out, export.JSON, one.f, p)
			var rows []map[string]any
			if jsonErr := json.Unmarshal(out.Bytes(), &rows); err != nil || jsonErr != nil || n != one.want || len(rows) != n {
				t.Errorf("%+v: %d of %d, %v, %v:\n%s", one.f, n, one.want, err, jsonErr, out.String())
			}
		}
		for field, f := range map[string]export.Filter{"region": {Region: "999999"}, "from": {From: "gestern"}, "to": {From: today, To: today.Add(-1)}} {
			if _, err := e.Positions(t.Context(), &bytes.Buffer{}, export.CSV, f, p); errs.FieldsOf(err)[field].Key == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

// What a person sent, and the whole name, stay where they are.
func TestNothingPersonalLeaves(t *testing.T) {
	p := chinese(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Manual) {
		w := newWorld(t, d, c)
		e := export.New(d, w.Tree)
		for _, format := range []export.Format{export.CSV, export.JSON} {
			for name, write := range map[string]func(*bytes.Buffer) (int, error){
				"applications": func(out *bytes.Buffer) (int, error) {
					return e.Applications(t.Context(), out, format, export.Filter{}, p)
				},
				"placements": func(out *bytes.Buffer) (int, error) {
					return e.Placements(t.Context(), out, format, export.Filter{}, p)
				},
			} {
				var out bytes.Buffer
				n, err := write(&out)
				if err != nil || n != 1 || !strings.Contains(out.String(), "欧**") {
					t.Errorf("%s: %d, %v:\n%s", name, n, err, out.String())
				}
				for _, secret := range []string{"欧阳", "您好", "示例大学", "example.org"} {
					if strings.Contains(out.String(), secret) {
						t.Errorf("%s tells %q:\n%s", name, secret, out.String())
					}
				}
			}
		}
	})
}

func TestSheetsSpeakTheReadersLanguage(t *testing.T) {
	p := chinese(t)
	d, c := dbtest.SQLite(t)
	w := newWorld(t, d, c)
	e := export.New(d, w.Tree)
	var out bytes.Buffer
	if _, err := e.Positions(t.Context(), &out, export.CSV, export.Filter{Region: worldtest.Panyu}, p); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(len(rows), err)
	}
	at := map[string]int{}
	for n, title := range rows[0] {
		if strings.HasPrefix(title, "export.") {
			t.Errorf("no text for %s", title)
		}
		at[title] = n
	}
	for title, want := range map[string]string{
		"岗位名称": "'=社工", "类型": "全职", "报酬下限（元）": "6000.00", "计酬单位": "元/月", "状态": "招聘中", "专业": "社会工作", "登记地区": "广东省广州市番禺区", "可面议": "否",
	} {
		if got := rows[1][at[title]]; got != want {
			t.Errorf("%s: %q", title, got)
		}
	}
	out.Reset()
	if _, err := e.Placements(t.Context(), &out, export.XLSX, export.Filter{}, p); err != nil {
		t.Fatal(err)
	}
	f, err := sheet.Open(out.Bytes(), sheet.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var cells []string
	for row, err := range f.Rows(f.Sheets()[0].Name) {
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, strings.Join(row.Cells, "|"))
	}
	if f.Sheets()[0].Name != "落实" || len(cells) != 2 || !strings.Contains(cells[1], "|欧**|是|本人已确认|2026-12-04|") {
		t.Errorf("%v", cells)
	}
}

// Every state and unit has a text in every language.
func TestEveryCodeHasAText(t *testing.T) {
	c := texts(t)
	for _, lang := range i18n.Langs() {
		p := c.For(lang)
		keys := []string{"export.unit."}
		for _, s := range application.States() {
			keys = append(keys, "export.application."+string(s))
		}
		for _, s := range application.PlacementStates() {
			keys = append(keys, "export.placement."+string(s))
		}
		for _, u := range position.Units() {
			keys = append(keys, "export.unit."+string(u))
		}
		for _, key := range keys {
			if !p.Has(key) {
				t.Errorf("%s lacks %s", lang, key)
			}
		}
	}
}
