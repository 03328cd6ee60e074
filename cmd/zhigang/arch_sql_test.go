package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zhigang/internal/testserver"
)

// tables lists what the migrations create.
func tables(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testserver.Root(), "migrations", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`CREATE TABLE (\w+)`).FindAllStringSubmatch(string(b), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// Each table has one package that writes it. Others may join it when they stand to the right of that one, and then only
// read: what is theirs to change they ask of a verb.
func TestATableIsWrittenByOnePackageAndReadToItsRight(t *testing.T) {
	place := map[string]int{}
	for n, name := range append(ground(), shelf()...) {
		place["internal/"+name] = n
	}
	place["workers"], place["web"], place["cmd/zhigang"] = len(place), len(place), len(place)
	writes := regexp.MustCompile(`\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)|\.(?:Insert|Update)\w*\((?:\w+, )+"(\w+)"`)
	reads := regexp.MustCompile(`\b(?:FROM|JOIN)\s+(\w+)`)
	writers, readers := map[string][]string{}, map[string][]string{}
	note := func(by map[string][]string, form *regexp.Regexp, s source) {
		for _, m := range form.FindAllStringSubmatch(s.text, -1) {
			table := strings.Join(m[1:], "")
			if !slices.Contains(by[table], s.pkg) {
				by[table] = append(by[table], s.pkg)
			}
		}
	}
	comment := regexp.MustCompile(`(?m)//.*$`)
	for _, s := range sources(t) {
		measures := strings.HasPrefix(filepath.Base(s.file), "bench") // raw rows, in a database of their own
		if !s.test && !forTests(s.pkg) && !measures {
			s.text = comment.ReplaceAllString(s.text, "")
			note(writers, writes, s)
			note(readers, reads, s)
		}
	}
	for _, table := range tables(t) {
		if table == "idempotency" { // web keeps answers; auth forgets them at night, since workers cannot ask the other door
			isAuth := func(pkg string) bool { return pkg == "internal/auth" }
			writers[table], readers[table] = slices.DeleteFunc(writers[table], isAuth), slices.DeleteFunc(readers[table], isAuth)
		}
		if len(writers[table]) != 1 {
			t.Errorf("table %s is written by %v: one package owns it, and has the verbs for others", table, writers[table])
			continue
		}
		owner := writers[table][0]
		for _, reader := range readers[table] {
			if place[folder(reader)] < place[folder(owner)] {
				t.Errorf("%s reads table %s of %s, which stands to its right", reader, table, owner)
			}
		}
	}
}

// folder is the place of a package on the shelf: internal/search/bleve stands with internal/search.
func folder(pkg string) string {
	parts := strings.SplitN(pkg, "/", 3)
	return strings.Join(parts[:min(len(parts), 2)], "/")
}
