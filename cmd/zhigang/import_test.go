package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/config"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/sheet"
	"zhigang/internal/worldtest"
)

// withOrg returns the settings of an installation with one approved organization, and its credit code.
func withOrg(t *testing.T) (s setting, code string) {
	t.Helper()
	s = embedded(t)
	dir := s["ZHIGANG_DATA_DIR"]
	code = worldtest.Code("52", worldtest.Panyu, 1)
	e := &env{ctx: t.Context(), clock: clock.System{}}
	store, err := openStore(t.Context(), e, config.Config{DataDir: dir, DatabaseURL: "sqlite:" + filepath.Join(dir, "zhigang.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.close() }()
	if err := store.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := store.accounts.Register(t.Context(), auth.NewAccount{Name: "负责人", Login: "org@example.org", Password: worldtest.Password})
	if err != nil {
		t.Fatal(err)
	}
	orgs := org.New(store.db, outbox.New(store.db, nil), store.tree)
	o, err := orgs.Register(t.Context(), auth.Actor{Account: a.ID}, org.Registration{
		Name: "番禺区示例社会工作服务中心", Code: code, Kind: org.ServiceOrg, Region: worldtest.Panyu, Address: "示例路1号",
		Intro: "为社区服务。", ContactName: "联系人", ContactPhone: "020-00000000",
	})
	if err == nil {
		err = orgs.Approve(t.Context(), auth.System(), o.ID, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, code
}

// file writes a file into a new folder and returns its path.
func fileOf(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const someRows = "岗位名称,工作地区,薪资,学历,招聘人数,联系电话\r\n" +
	"社区社工,广州市番禺区,6-8K·13薪,1-3年本科,招若干人,020-1\r\n" +
	"养老护理员,中山市小榄镇,150-200元/天,学历不限,3人,020-1\r\n" +
	"财务专员,鼓楼区,很高,大专,2,020-1\r\n"

func TestADryRunPrintsALineOfJSONForEachRow(t *testing.T) {
	t.Parallel()
	s, code := withOrg(t)
	got := zhigang(t, s, "import", "positions", fileOf(t, "posts.csv", []byte(someRows)), "--org", code, "--dry-run", "--json").
		want(t, exitFailed, "columns that are left out: 联系电话", "1 rows were not taken")
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines:\n%s", len(lines), got.out)
	}
	const want = `{"row":2,"title":"社区社工","employer":"","region":{"code":"440113","name":"广东省广州市番禺区"},"degree":"bachelor",` +
		`"pay":{"min":6000,"max":8000,"unit":"month","months":13},"headcount":1,"kind":"job","errors":[]}`
	if lines[0] != want {
		t.Errorf("%s\nwant %s", lines[0], want)
	}
	var bad struct {
		Row    int
		Pay    struct{ Min float64 }
		Errors []struct{ Field, Text string }
	}
	if err := json.Unmarshal([]byte(lines[2]), &bad); err != nil || bad.Row != 4 || len(bad.Errors) != 2 || bad.Errors[0].Text == "" {
		t.Errorf("%+v, %v", bad, err)
	}
	zhigang(t, s, "import", "positions", fileOf(t, "posts.csv", []byte(someRows)), "--org", code, "--json").want(t, exitFailed, `"added":2`)
}

func TestRefusedRowsComeBackAsASheetThatCanBePutRight(t *testing.T) {
	t.Parallel()
	s, code := withOrg(t)
	posts, out := fileOf(t, "posts.csv", []byte(someRows)), filepath.Join(t.TempDir(), "wrong.xlsx")
	zhigang(t, s, "import", "positions", posts, "--org", code, "--dry-run", "--errors", out).want(t, exitFailed, out)
	if err := os.Remove(out); err != nil {
		t.Fatal("a dry run writes the sheet as well:", err)
	}
	got := zhigang(t, s, "import", "positions", posts, "--org", code, "--errors", out).want(t, exitFailed, out)
	if strings.ContainsAny(got.err, "\r\x1b") {
		t.Errorf("a bar was drawn where nobody watches: %q", got.err)
	}
	header, rows := rowsOf(t, out)
	if len(rows) != 1 || !strings.Contains(rows[0][len(rows[0])-1], "鼓楼区") {
		t.Fatalf("%q %q", header, rows)
	}
	rows[0][slices.Index(header, "工作地区")], rows[0][slices.Index(header, "薪资")] = "南京市鼓楼区", "5000元/月"
	mended := fileOf(t, "mended.xlsx", bookOf(t, header, rows))
	zhigang(t, s, "import", "positions", mended, "--org", code, "--json").want(t, exitOK, `"added":1`)
	zhigang(t, s, "import", "positions", mended, "--org", code, "--json").want(t, exitOK, `"added":0`, `"same":1`)
	zhigang(t, s, "import", "positions", posts, "--org", code, "--json").want(t, exitFailed, `"added":0`, `"same":2`)
	changed := strings.Replace(someRows, "150-200", "160-200", 1)
	zhigang(t, s, "import", "positions", fileOf(t, "posts.csv", []byte(changed)), "--org", code, "--json").
		want(t, exitFailed, `"changed":1`, `"same":1`)
}

func TestOnlyWhatStatesAllParticularsIsPublishedByTheOperator(t *testing.T) {
	t.Parallel()
	s, code := withOrg(t)
	until := clock.System{}.Now().AddDate(0, 0, 30).Format("2006-01-02")
	rows := "岗位名称,工作地区,详细地址,薪资,学历,招聘人数,岗位职责,任职要求,福利待遇,用工形式,截止日期,用人单位\n" +
		"社区社工,广州市番禺区,示例路1号,6-8K,本科,2,服务社区居民,热心公益,五险一金,劳动合同," + until + ",\n" +
		"会员招聘,广州市番禺区,示例路2号,6-8K,本科,2,服务社区居民,热心公益,五险一金,劳动合同," + until + ",番禺示例物业有限公司\n" +
		"缺工作内容,广州市番禺区,示例路1号,6-8K,本科,2,,热心公益,五险一金,劳动合同," + until + ",\n"
	zhigang(t, s, "import", "positions", fileOf(t, "posts.csv", []byte(rows)), "--org", code, "--publish", "--json").
		want(t, exitOK, `"added":3`, `"shown":1`, `"incomplete":2`)
	out := zhigang(t, s, "export", "positions", "--format", "json").want(t, exitOK).out
	if !strings.Contains(out, "社区社工") || strings.Contains(out, "会员招聘") {
		t.Errorf("a post on behalf of another unit was published without its letter of entrustment:\n%s", out)
	}
}

func TestWhatIsNoSheetIsAWrongUseOfTheCommand(t *testing.T) {
	t.Parallel()
	s, code := withOrg(t)
	million := "岗位名称\n" + strings.Repeat("社工\n", 1_000_000)
	for name, c := range map[string]struct {
		content []byte
		said    string
	}{
		"zeros.xlsx":   {bomb(t), "unpacks to more"},
		"million.csv":  {[]byte(million), "more than 100000 rows"},
		"empty.xlsx":   {nil, "nothing in the sheet"},
		"entity.xlsx":  {workbook(t, `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet>&e;</worksheet>`), "damaged"},
		"cut.xlsx":     {workbook(t, `<worksheet><sheetData><row>`), "damaged"},
		"old.xls":      {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...), "old .xls"},
		"picture.xlsx": {[]byte("\x89PNG\r\n\x1a\n\x00\x00"), "no spreadsheet"},
		"untitled.csv": {[]byte("甲,乙\n1,2\n"), "job title"},
	} {
		got := zhigang(t, s, "import", "positions", fileOf(t, name, c.content), "--org", code)
		if got.code != exitUsage || !strings.Contains(got.err, c.said) || strings.Contains(got.err, "passwd") {
			t.Errorf("%s: exit code %d, %q", name, got.code, got.err)
		}
	}
	zhigang(t, s, "import", "positions", "no-such-file.xlsx", "--org", code).want(t, exitUsage, "no-such-file")
	zhigang(t, s, "import", "positions", fileOf(t, "posts.csv", []byte(someRows)), "--org", "52440113MJ9999999X").
		want(t, exitUsage, "52440113MJ9999999X")
	zhigang(t, s, "import", "positions", fileOf(t, "posts.csv", []byte("岗位名称,薪资\n")), "--org", code).want(t, exitFailed, "no posts")
}

// rowsOf reads the first sheet of a file.
func rowsOf(t *testing.T, path string) (header []string, rows [][]string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := sheet.Open(content, sheet.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range f.Rows(f.Sheets()[0].Name) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, slices.Clone(row.Cells))
	}
	return rows[0], rows[1:]
}

func bookOf(t *testing.T, header []string, rows [][]string) []byte {
	t.Helper()
	columns := make([]sheet.Column, len(header))
	for n, title := range header {
		columns[n] = sheet.Column{Title: title, Format: sheet.Code}
	}
	w := sheet.NewXLSX()
	w.Sheet("岗位", columns...)
	for _, row := range rows {
		values := make([]any, len(row))
		for n, text := range row {
			values[n] = text
		}
		w.Row(values...)
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// workbook makes an XLSX by hand, with the given XML for its only sheet.
func workbook(t *testing.T, xml string) []byte {
	t.Helper()
	const types = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	related := func(target, kind string) string {
		return `<Relationships><Relationship Id="r1" Type="` + types + kind + `" Target="` + target + `"/></Relationships>`
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, part := range [][2]string{
		{"_rels/.rels", related("xl/workbook.xml", "officeDocument")},
		{"xl/workbook.xml", `<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", related("worksheets/sheet1.xml", "worksheet")},
		{"xl/worksheets/sheet1.xml", xml},
	} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = io.WriteString(w, part[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bomb is a workbook of some kilobytes that unpacks to 64 MB.
func bomb(t *testing.T) []byte {
	t.Helper()
	content := workbook(t, `<worksheet><sheetData>`+strings.Repeat(`<row><c><v>0</v></c></row>`, 64<<20/26)+`</sheetData></worksheet>`)
	if len(content) > 1<<20 {
		panic(fmt.Sprint("the bomb has ", len(content), " bytes"))
	}
	return content
}
