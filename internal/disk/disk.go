// Package disk tells how much room there is where the data lie.
package disk

// Space returns how many bytes are free for the program, and how many there are, on the disk that holds dir; false where
// that cannot be told.
func Space(dir string) (free, total uint64, ok bool) { return space(dir) }

// State is how short the room is: "ok", "warn" or "bad".
type State string

// Grade judges free bytes of total: 2 GB or a tenth should be free, half a gigabyte or a thirtieth must be.
func Grade(free, total uint64) State {
	const gigabyte = 1 << 30
	switch {
	case free < gigabyte/2 || free < total/100*3:
		return "bad"
	case free < 2*gigabyte || free < total/10:
		return "warn"
	}
	return "ok"
}
