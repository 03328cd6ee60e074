package disk_test

import (
	"testing"

	"zhigang/internal/disk"
)

func TestShortRoomIsNoticedBeforeItRunsOut(t *testing.T) {
	const gigabyte = 1 << 30
	for _, one := range []struct {
		free, total uint64
		want        disk.State
	}{
		{50 * gigabyte, 100 * gigabyte, "ok"}, {9 * gigabyte, 100 * gigabyte, "warn"}, {2 * gigabyte, 100 * gigabyte, "bad"},
		{3 * gigabyte, 10 * gigabyte, "ok"}, {1 * gigabyte, 5 * gigabyte, "warn"}, {gigabyte / 4, 1 * gigabyte, "bad"}, {0, 0, "bad"},
	} {
		if got := disk.Grade(one.free, one.total); got != one.want {
			t.Errorf("%d of %d: %s", one.free, one.total, got)
		}
	}
	if free, total, ok := disk.Space(t.TempDir()); !ok || total == 0 || free > total {
		t.Errorf("%d of %d, %v", free, total, ok)
	}
	if _, _, ok := disk.Space("/no/such/folder"); ok {
		t.Error("a folder that is not there has room")
	}
}
