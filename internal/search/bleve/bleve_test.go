package bleve_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/search/bleve"
	"zhigang/internal/search/searchbench"
	"zhigang/internal/search/searchtest"
)

func open(t testing.TB, dir string, tree *region.Tree) *bleve.Index {
	t.Helper()
	x, err := bleve.Open(bleve.Options{Dir: dir, Tree: tree})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func TestBleveKeepsTheContract(t *testing.T) {
	tree := searchtest.Tree(t)
	searchtest.Run(t, func(t *testing.T) search.Index { return open(t, t.TempDir(), tree) })
}

// filled makes an index of n documents, which a build has filled, and closes it.
func filled(t *testing.T, dir string, tree *region.Tree, n int) {
	t.Helper()
	x := open(t, dir, tree)
	b, err := x.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Put(t.Context(), slices.Collect(searchbench.NewGenerator(tree).All(n))...); err != nil {
		t.Fatal(err)
	}
	if err := b.Swap(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := x.Delete(t.Context(), id.ID(1)<<22); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

func state(t *testing.T, x search.Index) (versions map[id.ID]int, fresh bool) {
	t.Helper()
	versions = map[id.ID]int{}
	if err := x.Each(t.Context(), func(doc id.ID, version int) error { versions[doc] = version; return nil }); err != nil {
		t.Fatal(err)
	}
	fresh, err := x.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return versions, fresh
}

func find(t *testing.T, x search.Index, q search.Query) search.Hits {
	t.Helper()
	hits, err := x.Search(t.Context(), q, searchbench.Today)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func TestAnIndexComesBackAsItWas(t *testing.T) {
	tree, dir := searchtest.Tree(t), t.TempDir()
	filled(t, dir, tree, 300)
	x := open(t, dir, tree)
	versions, fresh := state(t, x)
	if len(versions) != 299 || fresh {
		t.Fatalf("%d documents, fresh %v", len(versions), fresh)
	}
	queries := []search.Query{{}, {Text: "社工"}, {Regions: []string{"440000"}, Sort: search.ByPay}, {Text: "服务 志愿者", PayMin: 3000}}
	before := make([]search.Hits, len(queries))
	for n, q := range queries {
		before[n] = find(t, x, q)
	}
	if before[0].Total == 0 || before[1].Total == 0 {
		t.Fatalf("%+v", before[:2])
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = open(t, dir, tree)
	for n, q := range queries {
		if after := find(t, x, q); !slices.Equal(after.IDs, before[n].IDs) || !maps.EqualFunc(after.Facets, before[n].Facets, maps.Equal[map[string]int]) {
			t.Errorf("%+v: %+v, before %+v", q, after, before[n])
		}
	}
}

func TestASecondProcessIsRefusedInWords(t *testing.T) {
	tree, dir := searchtest.Tree(t), t.TempDir()
	open(t, dir, tree)
	began := time.Now()
	_, err := bleve.Open(bleve.Options{Dir: dir, Tree: tree})
	if err == nil || !strings.Contains(err.Error(), "another process has") {
		t.Errorf("a folder was opened twice: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestABrokenIndexIsPutAside(t *testing.T) {
	tree := searchtest.Tree(t)
	damage := map[string]func(path string) error{
		"cut to nothing": func(path string) error { return os.Truncate(path, 0) },
		"cut in half": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.Truncate(path, info.Size()/2)
		},
		"overwritten": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Repeat("x", int(info.Size()))), 0o600)
		},
		"gone": os.Remove,
	}
	for _, pattern := range []string{"root.bolt", "*.zap"} {
		for name, harm := range damage {
			t.Run(pattern+" "+name, func(t *testing.T) {
				dir := t.TempDir()
				filled(t, dir, tree, 300)
				files, _ := filepath.Glob(filepath.Join(dir, "posts-*", pattern))
				if len(files) == 0 {
					t.Fatal("no such file")
				}
				for _, file := range files {
					if err := harm(file); err != nil {
						t.Fatal(err)
					}
				}
				began := time.Now()
				x := open(t, dir, tree)
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("it took %v", took)
				}
				if versions, fresh := state(t, x); !fresh || len(versions) != 0 {
					t.Errorf("%d documents, fresh %v", len(versions), fresh)
				}
				if err := x.Put(t.Context(), searchbench.NewGenerator(tree).Document(3)); err != nil {
					t.Fatal(err)
				}
				if find(t, x, search.Query{}).Total != 1 {
					t.Error("the new index cannot be written to")
				}
			})
		}
	}
}

// Damage in the middle of a file is found only by whoever comes there. It must not end the program.
func TestADamagedIndexDoesNotEndTheProgram(t *testing.T) {
	tree := searchtest.Tree(t)
	for part := range 8 {
		dir := t.TempDir()
		filled(t, dir, tree, 300)
		files, _ := filepath.Glob(filepath.Join(dir, "posts-*", "*.zap"))
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for n := len(b) * part / 8; n < len(b)*(part+1)/8-200; n++ { // but for the end, which names the file
				b[n] = 0xff
			}
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		x := open(t, dir, tree)
		for _, text := range []string{"", "社工", "服务 志愿者", "excel", "会计"} {
			if _, err := x.Search(t.Context(), search.Query{Text: text}, searchbench.Today); err != nil && !errs.Is(err, errs.KindUnavailable) {
				t.Errorf("%q: %v", text, err)
			}
		}
		if err := x.Put(t.Context(), searchbench.NewGenerator(tree).Document(3)); err != nil && !errs.Is(err, errs.KindUnavailable) {
			t.Errorf("put: %v", err)
		}
	}
}

func TestWhatIsLeftOverIsSwept(t *testing.T) {
	tree, dir := searchtest.Tree(t), t.TempDir()
	filled(t, dir, tree, 10)
	for _, name := range []string{"posts-1.1-leftover", "posts-0.9-oldbuild"} {
		if err := os.MkdirAll(filepath.Join(dir, name, "store"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	x := open(t, dir, tree)
	if versions, fresh := state(t, x); fresh || len(versions) != 9 {
		t.Errorf("%d documents, fresh %v", len(versions), fresh)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "posts-*")); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestAnIndexOfAnotherVersionIsMadeAnew(t *testing.T) {
	tree, dir := searchtest.Tree(t), t.TempDir()
	filled(t, dir, tree, 10)
	old, _ := filepath.Glob(filepath.Join(dir, "posts-*"))
	if err := os.Rename(old[0], filepath.Join(dir, "posts-0.9-k3v7qz2m")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "current"), []byte("posts-0.9-k3v7qz2m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x := open(t, dir, tree)
	if versions, fresh := state(t, x); !fresh || len(versions) != 0 {
		t.Errorf("%d documents, fresh %v", len(versions), fresh)
	}
}

func TestAClosedIndexIsUnavailable(t *testing.T) {
	tree := searchtest.Tree(t)
	x := open(t, t.TempDir(), tree)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := x.Search(t.Context(), search.Query{}, searchbench.Today)
	for _, err := range []error{err, x.Put(t.Context(), searchbench.NewGenerator(tree).Document(1)), x.Delete(t.Context(), 1), x.Ping(t.Context())} {
		if !errs.Is(err, errs.KindUnavailable) {
			t.Errorf("%v", err)
		}
	}
}
