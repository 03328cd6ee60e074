//go:build linux || darwin

package disk

import "syscall"

func space(dir string) (free, total uint64, ok bool) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, 0, false
	}
	size := uint64(fs.Bsize)
	return fs.Bavail * size, fs.Blocks * size, true
}
