package i18n_test

import (
	"testing"
	"testing/fstest"

	"zhigang/internal/i18n"
)

func catalog(t *testing.T, files fstest.MapFS) (*i18n.Catalog, error) {
	t.Helper()
	return i18n.Load(files)
}

func TestTextsAreFilledAndCounted(t *testing.T) {
	c, err := catalog(t, fstest.MapFS{
		"zh-Hans/a.json": {Data: []byte(`{"posts": "{n} 个岗位", "hello": "你好，{name}"}`)},
		"en/a.json":      {Data: []byte(`{"posts": "{n} positions", "posts.one": "{n} position", "hello": "Hello {name}", "odd": "{ {x} {{name} {{name}{name"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	en, zh := c.For(i18n.En), c.For("fr")
	for _, one := range []struct {
		p          i18n.Printer
		key, want  string
		parameters map[string]any
	}{
		{en, "posts", "1 position", map[string]any{"n": 1}}, {en, "posts", "2 positions", map[string]any{"n": 2}}, {zh, "posts", "1 个岗位", map[string]any{"n": 1}},
		{zh, "hello", "你好，林", map[string]any{"name": "林"}}, {en, "hello", "Hello {name}", nil}, {en, "nothing", "nothing", nil},
		{en, "hello", "Hello {n}", map[string]any{"name": "{n}", "n": 1}}, // what is filled in is not filled again
		{en, "odd", "{ {x} {Lin {Lin{name", map[string]any{"name": "Lin", "y": 1}},
	} {
		if got := one.p.T(one.key, one.parameters); got != one.want {
			t.Errorf("%s: %q, want %q", one.key, got, one.want)
		}
	}
}

func TestAKeyStandsInOneFile(t *testing.T) {
	_, err := catalog(t, fstest.MapFS{
		"zh-Hans/a.json": {Data: []byte(`{"a": "甲"}`)}, "zh-Hans/b.json": {Data: []byte(`{"a": "乙"}`)},
	})
	if err == nil {
		t.Fatal("one text hides the other")
	}
}
