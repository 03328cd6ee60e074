package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"zhigang/internal/config"
	"zhigang/internal/i18n"
	"zhigang/internal/testserver"
	"zhigang/web"
)

// document is a text that people read or tools take: a page of documentation, or a file of deploy.
type document struct{ name, text string }

// documents returns the texts of the repository that speak of the program.
func documents(t *testing.T) []document {
	t.Helper()
	root := testserver.Root()
	var all []document
	for _, place := range []string{"*.md", "Makefile", "Procfile", ".ci/*", "docs", "deploy"} {
		tops, err := filepath.Glob(filepath.Join(root, place))
		if err != nil || len(tops) == 0 {
			t.Fatalf("%s: nothing there (%v)", place, err)
		}
		for _, top := range tops {
			err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					if err == nil && d.Name() == "secrets" {
						return filepath.SkipDir
					}
					return err
				}
				if slices.Contains([]string{".png", ".env"}, filepath.Ext(path)) {
					return nil
				}
				b, err := os.ReadFile(path)
				name, _ := filepath.Rel(root, path)
				all = append(all, document{name, string(b)})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

// settingNames are all names that the program knows, with those of files of secrets.
func settingNames() []string {
	var names []string
	for _, o := range config.Options() {
		names = append(names, o.Name)
		if o.Secret {
			names = append(names, o.Name+"_FILE")
		}
	}
	return names
}

func TestEverySettingThatIsSpokenOfExists(t *testing.T) {
	names := settingNames()
	mention := regexp.MustCompile(`ZHIGANG_[A-Z_]*[A-Z]\b`)
	for _, d := range documents(t) {
		for _, name := range mention.FindAllString(d.text, -1) {
			known := slices.Contains(names, name) || strings.HasPrefix(name, "ZHIGANG_TEST_")
			family := slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name+"_") && strings.Contains(d.text, name+"_*") })
			if !known && !family {
				t.Errorf("%s speaks of %s, which is no setting", d.name, name)
			}
		}
	}
}

// The tables of the READMEs say of every setting what the program says. ZHIGANG_TEST_UPDATE=1 writes them anew.
func TestTheTablesOfSettingsAreTheProgramsOwn(t *testing.T) {
	catalog, err := i18n.Load(web.Locales())
	if err != nil {
		t.Fatal(err)
	}
	for file, in := range map[string]struct {
		lang i18n.Lang
		head string
	}{
		"README.md":       {i18n.En, "| setting | default | what it is |\n|---|---|---|\n"},
		"README.zh-CN.md": {i18n.ZhHans, "| 配置 | 默认 | 用途 |\n|---|---|---|\n"},
	} {
		table := in.head
		for _, o := range config.Options() {
			mark, value := "", ""
			if o.Secret {
				mark = "°"
			}
			if o.Default != "" {
				value = "`" + o.Default + "`"
			}
			table += "| `" + o.Name + "`" + mark + " | " + value + " | " + strings.ReplaceAll(catalog.For(in.lang).T(o.Help(), nil), "<", `\<`) + " |\n"
		}
		path := filepath.Join(testserver.Root(), file)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		begin, rest, ok1 := strings.Cut(string(b), "<!-- settings")
		note, rest, ok2 := strings.Cut(rest, "-->\n")
		was, end, ok3 := strings.Cut(rest, "<!-- /settings -->")
		if !ok1 || !ok2 || !ok3 {
			t.Fatalf("%s: the marks around the table are gone", file)
		}
		if strings.TrimSpace(was) == strings.TrimSpace(table) {
			continue
		}
		if os.Getenv("ZHIGANG_TEST_UPDATE") == "" {
			t.Errorf("%s: the table is not the program's; ZHIGANG_TEST_UPDATE=1 go test ./cmd/zhigang -run Tables writes\n%s", file, table)
			continue
		}
		if err := os.WriteFile(path, []byte(begin+"<!-- settings"+note+"-->\n"+table+"<!-- /settings -->"+end), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// commands are the names of all commands, such as "backup create", and of their groups.
func commands(t *testing.T) []string {
	t.Helper()
	var c cli
	parser, err := kong.New(&c, kong.Vars(wordsFor(func(string) string { return "" })))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var walk func(*kong.Node, string)
	walk = func(n *kong.Node, path string) {
		for _, child := range n.Children {
			name := strings.TrimSpace(path + " " + child.Name)
			names = append(names, name)
			walk(child, name)
		}
	}
	walk(parser.Model.Node, "")
	return names
}

// spoken finds the words after the program's name where a command begins: a line, back ticks, a path.
var spoken = regexp.MustCompile("(?m)(?:^|`|bin/| /)zhigang +((?:[a-z]+ )*[a-z]+)")

// code returns what of a document is for machines: blocks and back ticks of a page, starting lines of a unit.
func (d document) code() string {
	part := regexp.MustCompile("(?m)^(?:Exec.*|[a-z]+: bin/.*)$")
	if strings.HasSuffix(d.name, ".md") {
		part = regexp.MustCompile("(?s)```.*?```|`[^`\\n]*`")
	}
	return strings.Join(part.FindAllString(d.text, -1), "\n")
}

func TestEveryCommandThatIsSpokenOfExists(t *testing.T) {
	names, found := commands(t), 0
	for _, d := range documents(t) {
		for _, m := range spoken.FindAllStringSubmatch(d.code(), -1) {
			found++
			words := strings.Fields(m[1])
			group := slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, words[0]+" ") })
			if !slices.Contains(names, words[0]) || group && len(words) > 1 && !slices.Contains(names, words[0]+" "+words[1]) {
				t.Errorf("%s speaks of the command zhigang %s", d.name, m[1])
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d commands were found", found)
	}
}

func TestTheCommandsOfTheDescriptionAreThere(t *testing.T) {
	names := commands(t)
	for _, want := range []string{
		"serve", "web", "worker", "migrate", "demo", "import", "export", "report", "reindex", "account create", "account list", "account disable",
		"account role", "token create", "backup create", "backup verify", "restore", "doctor", "healthcheck", "config print", "config check", "version",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no command %q", want)
		}
	}
}

func TestEveryTargetOfMakeThatIsSpokenOfExists(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testserver.Root(), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z0-9-]+):.*## .`).FindAllStringSubmatch(string(b), -1) {
		targets[m[1]] = true
	}
	for _, want := range strings.Fields("help run run-cluster test test-short lint build bench e2e migrate-new fmt ci") {
		if !targets[want] {
			t.Errorf("make has no target %q with a line of help", want)
		}
	}
	mention := regexp.MustCompile("(?m)(?:^|`|')make ([a-z0-9-]+)")
	for _, d := range documents(t) {
		text := d.text
		if strings.HasSuffix(d.name, ".md") {
			text = d.code()
		}
		for _, m := range mention.FindAllStringSubmatch(text, -1) {
			if !targets[m[1]] {
				t.Errorf("%s speaks of make %s", d.name, m[1])
			}
		}
	}
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)|src="([^"]+)"`)
	for _, d := range documents(t) {
		if !strings.HasSuffix(d.name, ".md") {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(d.text, -1) {
			to, part, _ := strings.Cut(m[1]+m[2], "#")
			if strings.Contains(to, "://") {
				continue
			}
			file := filepath.Join(testserver.Root(), filepath.Dir(d.name), to)
			if to == "" {
				file = filepath.Join(testserver.Root(), d.name)
			}
			b, err := os.ReadFile(file)
			if info, statErr := os.Stat(file); statErr == nil && info.IsDir() {
				continue
			}
			if err != nil {
				t.Errorf("%s: the link to %s leads nowhere", d.name, to)
			} else if part != "" && !slices.Contains(anchors(string(b)), part) {
				t.Errorf("%s: there is no heading for %s#%s", d.name, to, part)
			}
		}
	}
}

// anchors are the names of the headings of a page, as sites that show it make them.
func anchors(text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

// A promise of a document is kept by a test that exists.
func TestEveryTestThatIsSpokenOfExists(t *testing.T) {
	there := map[string]bool{}
	for _, s := range sources(t) {
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(s.text, -1) {
			there[m[1]] = true
		}
	}
	for _, d := range documents(t) {
		for _, m := range regexp.MustCompile("`(Test[A-Z]\\w+)`").FindAllStringSubmatch(d.text, -1) {
			if !there[m[1]] {
				t.Errorf("%s speaks of %s, which is nowhere", d.name, m[1])
			}
		}
	}
}

// The documents come in both languages, and neither lacks a part of the other.
func TestTheManualsHaveTheSameParts(t *testing.T) {
	texts := map[string]string{}
	for _, d := range documents(t) {
		texts[d.name] = d.text
	}
	heading := regexp.MustCompile("(?m)^(#+ |\\| |```)")
	for name, text := range texts {
		other, ok := texts[strings.TrimSuffix(name, ".md")+".zh-CN.md"]
		if !ok || !strings.HasSuffix(name, ".md") {
			continue
		}
		if a, b := len(heading.FindAllString(text, -1)), len(heading.FindAllString(other, -1)); a != b {
			t.Errorf("%s has %d headings, blocks and rows, its translation %d", name, a, b)
		}
	}
}
