package main

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/i18n"
	"zhigang/internal/testserver"
	"zhigang/web"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// ground knows no noun. A package of the ground imports only what stands to its left.
func ground() []string {
	return []string{
		"clock", "id", "text", "script", "errs", "i18n", "calendar", "secret", "chart", "disk", "memo", "config", "db", "edition", "outbox", "queue", "limit", "mail", "webhook", "auth", "audit", "file", "sheet", "backup",
	}
}

// shelf is the order of nouns and readers. A package imports only what stands to its left, and the ground. News to the
// right travels as facts.
func shelf() []string {
	return []string{"region", "person", "org", "position", "fit", "application", "intake", "lexicon", "search", "match", "suggest", "notify", "report", "export", "demo"}
}

// owners says which packages alone may import a library.
func owners() map[string][]string {
	return map[string][]string{
		"github.com/gin-gonic/gin":              {"web"},
		"github.com/hibiken/asynq":              {"workers", "internal/queue", "cmd/zhigang"},
		"github.com/jmoiron/sqlx":               {"internal/db"},
		"github.com/jackc/pgx/v5":               {"internal/db"},
		"modernc.org/sqlite":                    {"internal/db"},
		"github.com/pressly/goose/v3":           {"internal/db"},
		"github.com/blevesearch/bleve/v2":       {"internal/search/bleve"},
		"github.com/meilisearch/meilisearch-go": {"internal/search/meili"},
		"github.com/wneessen/go-mail":           {"internal/mail"},
		"net/smtp":                              {},
		"github.com/xuri/excelize/v2":           {"internal/sheet"},
		"github.com/redis/go-redis/v9":          {"internal/queue", "internal/limit", "cmd/zhigang"},
		"github.com/prometheus/client_golang":   {"cmd/zhigang"},
		"github.com/alecthomas/kong":            {"cmd/zhigang"},
		"zhigang/internal/config":               {"cmd/zhigang"},
		"zhigang/migrations":                    {"cmd/zhigang"},
		"math/rand":                             {},
	}
}

// source is one Go file of the project.
type source struct {
	pkg     string // folder, such as "internal/db"
	file    string
	test    bool
	doc     string
	imports []string
	text    string
}

func sources(t *testing.T) []source {
	t.Helper()
	root := testserver.Root()
	var all []source
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, b, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		s := source{pkg: filepath.ToSlash(filepath.Dir(rel)), file: rel, test: strings.HasSuffix(p, "_test.go"), text: string(b)}
		if f.Doc != nil {
			s.doc = f.Doc.Text()
		}
		for _, i := range f.Imports {
			s.imports = append(s.imports, strings.Trim(i.Path.Value, `"`))
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// forTests are packages that only tests import.
func forTests(pkg string) bool {
	return strings.HasPrefix(pkg, "internal/test") || strings.HasSuffix(pkg, "test") || strings.HasSuffix(pkg, "bench")
}

func TestPackagesImportOnlyWhatStandsToTheirLeft(t *testing.T) {
	place := map[string]int{}
	for n, name := range append(ground(), shelf()...) {
		place[name] = n
	}
	for _, s := range sources(t) {
		if s.test || forTests(s.pkg) || !strings.HasPrefix(s.pkg, "internal/") {
			continue
		}
		own := strings.Split(s.pkg, "/")[1]
		here, known := place[own]
		if !known {
			t.Errorf("%s has no place on the shelf: add it to ground() or shelf()", s.pkg)
			continue
		}
		for _, i := range s.imports {
			other, internal := strings.CutPrefix(i, "zhigang/internal/")
			switch {
			case internal && strings.Split(other, "/")[0] == own:
			case internal && place[strings.Split(other, "/")[0]] >= here:
				t.Errorf("%s imports %s, which stands to its right", s.file, i)
			case i == "zhigang/web", i == "zhigang/workers", strings.HasPrefix(i, "zhigang/cmd"):
				t.Errorf("%s imports %s: nothing inside knows the doors", s.file, i)
			case internal && forTests("internal/"+other):
				t.Errorf("%s imports %s, which is for tests", s.file, i)
			}
		}
	}
}

func TestTheDoorsDoNotKnowEachOther(t *testing.T) {
	for _, s := range sources(t) {
		for _, i := range s.imports {
			if s.pkg == "web" && i == "zhigang/workers" || s.pkg == "workers" && i == "zhigang/web" {
				t.Errorf("%s imports %s", s.file, i)
			}
		}
	}
}

func TestEachLibraryHasItsOwner(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || forTests(s.pkg) {
			continue
		}
		for _, i := range s.imports {
			for lib, allowed := range owners() {
				if (i == lib || strings.HasPrefix(i, lib+"/") && i != "math/rand/v2") && !slices.Contains(allowed, s.pkg) {
					t.Errorf("%s imports %s, which belongs to %v", s.file, i, allowed)
				}
			}
		}
	}
}

func TestOnlyTheirOwnersReadTheEnvironmentAndTheClock(t *testing.T) {
	for what, allowed := range map[string][]string{
		"os.Getenv(":    {"internal/config", "cmd/zhigang"},
		"os.LookupEnv(": {"internal/config"},
		"time.Now(":     {"internal/clock"},
	} {
		for _, s := range sources(t) {
			if !s.test && !forTests(s.pkg) && strings.Contains(s.text, what) && !slices.Contains(allowed, s.pkg) {
				t.Errorf("%s calls %s), which belongs to %v", s.file, what, allowed)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	docs := map[string]string{}
	for _, s := range sources(t) {
		if !s.test {
			docs[s.pkg] += s.doc
		}
	}
	for pkg, doc := range docs {
		if !strings.HasPrefix(doc, "Package "+path.Base(pkg)+" ") && !strings.HasPrefix(doc, "Command ") {
			t.Errorf("package %s has no sentence that says what it is for", pkg)
		}
	}
}

func TestNobodyIsGlobal(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test && strings.Contains(s.text, "\nfunc init()") {
			t.Errorf("%s has an init function", s.file)
		}
	}
}

// Every text stands in all languages, with the same placeholders.
func TestTheLanguagesSayTheSame(t *testing.T) {
	catalog, err := i18n.Load(web.Locales())
	if err != nil {
		t.Fatal(err)
	}
	first := i18n.Langs()[0]
	for _, lang := range i18n.Langs()[1:] {
		for _, key := range catalog.Keys(first) {
			text, _ := catalog.Raw(first, key)
			other, ok := catalog.Raw(lang, key)
			if !ok {
				t.Errorf("%s lacks %q", lang, key)
				continue
			}
			a, b := i18n.Placeholders(text), i18n.Placeholders(other)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(slices.Compact(a), slices.Compact(b)) && !strings.HasPrefix(key, "date.") {
				t.Errorf("%q: %v in %s, %v in %s", key, a, first, b, lang)
			}
		}
		for _, key := range catalog.Keys(lang) {
			if _, ok := catalog.Raw(first, key); !ok && !strings.HasSuffix(key, ".one") {
				t.Errorf("%s lacks %q", first, key)
			}
		}
	}
}

// Migrations are applied in the order of their numbers.
func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testserver.Root(), "migrations", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for n, f := range files {
		if want := []byte("0000"); !strings.HasPrefix(filepath.Base(f), string(want[:4-len(itoa(n+1))])+itoa(n+1)+"_") {
			t.Errorf("%s is not number %d", f, n+1)
		}
	}
}

// There is no way back but a backup: what a migration would undo, it would lose.
func TestMigrationsGoForwardOnly(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testserver.Root(), "migrations", "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil || !strings.HasPrefix(string(b), "-- +goose Up\n") || strings.Contains(string(b), "+goose Down") {
			t.Errorf("%s goes another way than up (%v)", f, err)
		}
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}
