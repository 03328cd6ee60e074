package intake

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/sheet"
	"zhigang/internal/testserver"
	"zhigang/internal/worldtest"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// take is the task that answers StartedFact.
var take = outbox.Task{Name: "intake.run", Queue: "report", Timeout: 60_000_000_000, MaxAttempts: 3}

// desk is a world with an organization that imports sheets.
type desk struct {
	*worldtest.World
	t     *testing.T
	s     *Service
	org   org.Org
	owner auth.Actor
}

func newDesk(t *testing.T, d *db.DB, c *clock.Manual) *desk {
	t.Helper()
	w := worldtest.New(t, d, c, outbox.New(d, map[outbox.Fact][]outbox.Task{StartedFact: {take}}))
	o, owner := w.Org("番禺区示例社会工作服务中心", worldtest.Panyu)
	s := New(d, w.Outbox, w.Tree, catalog(t), file.New(d, w.Keys), w.Orgs, w.Positions)
	return &desk{w, t, s, o, owner}
}

// catalog loads the texts that this package speaks.
func catalog(t testing.TB) *i18n.Catalog {
	t.Helper()
	some := fstest.MapFS{}
	for _, lang := range i18n.Langs() {
		for _, name := range []string{"common.json", "position.json", "intake.json"} {
			path := filepath.Join(string(lang), name)
			content := must[[]byte](t)(os.ReadFile(filepath.Join(testserver.Root(), "web", "locales", path)))
			some[path] = &fstest.MapFile{Data: content}
		}
	}
	return must[*i18n.Catalog](t)(i18n.Load(some))
}

func chinese(t testing.TB) i18n.Printer { return catalog(t).For(i18n.ZhHans) }

// xlsx makes a workbook of one sheet; the first row is its header.
func xlsx(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	w := sheet.NewXLSX()
	columns := []sheet.Column{}
	for _, title := range rows[0] {
		columns = append(columns, sheet.Column{Title: title.(string)})
	}
	w.Sheet("岗位", columns...)
	for _, row := range rows[1:] {
		w.Row(row...)
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// must stops the test at an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
