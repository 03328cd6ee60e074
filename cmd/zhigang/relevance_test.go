package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A set from outside is asked as the search page would, and what is found is written by the ids that it came with.
func TestAJudgedSetFromOutsideIsAsked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	posts := write("posts.jsonl", `{"id":"a-1","kind":"job","title":"社区社工","org":"暖阳社会工作服务中心","region":"广州市番禺区","degree":"本科","pay_min":6000,"pay_max":8000}
{"id":"b","kind":"job","title":"社工","org":"同心社会工作服务中心","region_code":"440106","majors":null,"pay_min":0}

{"id":"c","kind":"volunteer","title":"助老志愿者","org":"番禺区义工联","region_code":"440113","unknown":1}
`)
	queries := write("queries.jsonl", `{"id":"q1","q":"番禺 社工"}
{"id":"q2","q":"shg"}
{"id":"q3","q":"義工","class":"x","judged":{"c":3}}
{"id":"q4","q":""}
`)
	out := filepath.Join(dir, "found.json")
	s := setting{"LANG": "C.UTF-8"}
	zhigang(t, s, "relevance", "--engine", "bleve", "--posts", posts, "--queries", queries, "--out", out).want(t, exitOK, "x", "1.000")
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var found map[string][]string
	if err := json.Unmarshal(b, &found); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found["q2"])
	for id, want := range map[string][]string{"q1": {"a-1"}, "q2": {"a-1", "b"}, "q3": {"c"}, "q4": {}} {
		if !slices.Equal(found[id], want) {
			t.Errorf("%s: %v, want %v", id, found[id], want)
		}
	}
	bad := write("bad.jsonl", "{}\n{\n")
	zhigang(t, s, "relevance", "--engine", "bleve", "--posts", bad, "--queries", queries).want(t, exitUsage, "line 2")
	zhigang(t, s, "relevance", "--engine", "bleve", "--posts", posts).want(t, exitUsage, "--queries")
}
