package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"zhigang/internal/testbrowser"
)

// The pictures of the README are taken from the demo, as a newcomer sees it. `make screenshots` keeps them, in the folder
// that ZHIGANG_TEST_IMAGES names.
func TestPagesOfTheReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite without servers")
	}
	t.Parallel()
	s := embedded(t).with("LANG", "zh_CN.UTF-8")
	s = s.with("ZHIGANG_BASE_URL", s.url())
	serving(t, s, "demo")
	dir := cmp.Or(os.Getenv("ZHIGANG_TEST_IMAGES"), t.TempDir())
	b := testbrowser.Start(t)
	for _, width := range []int{testbrowser.Phone, testbrowser.Desktop} {
		tab := b.Open(t, testbrowser.Options{Base: s.url(), Width: width})
		tab.Go("/positions?region=" + panyu)
		tab.See("共", "番禺区")
		if n := tab.Count(".cards > *"); n < 10 {
			t.Errorf("at %d px there are %d posts", width, n)
		}
		file := filepath.Join(dir, fmt.Sprintf("search-%d.png", width))
		tab.ScreenshotWindow(file)
		if info, err := os.Stat(file); err != nil || info.Size() > 300_000 || info.Size() < 20_000 {
			t.Errorf("at %d px the picture is %d bytes: %v", width, info.Size(), err)
		}
	}
}
