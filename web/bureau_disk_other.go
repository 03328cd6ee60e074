//go:build !linux && !darwin

package web

// diskSpace cannot tell on this system.
func diskSpace(string) (free, total uint64, ok bool) { return 0, 0, false }
