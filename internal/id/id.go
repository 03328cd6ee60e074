// Package id makes the 64-bit identifiers of all rows: sortable by time, made by the application, the same in both SQL engines.
package id

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"zhigang/internal/clock"
)

// ID identifies a row. Its layout is 41 bits of milliseconds since 2020, 10 bits that name the process and a
// 12-bit counter. Zero means "none" and is kept as NULL.
type ID int64

const (
	epoch    = 1577836800000 // 2020-01-01T00:00:00Z in Unix milliseconds
	textLen  = 13
	alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base 32: no I, L, O, U
)

// ErrBad says that a text is not an identifier.
var ErrBad = errors.New("not an id")

// String returns the 13 characters that stand for the id in URLs and JSON.
func (i ID) String() string {
	var out [textLen]byte
	v := uint64(i)
	for n := textLen - 1; n >= 0; n-- {
		out[n] = alphabet[v&31]
		v >>= 5
	}
	return string(out[:])
}

// Parse reads what String wrote, in either case; the look-alikes I, L and O are read as 1, 1 and 0.
// ErrBad for anything else.
func Parse(s string) (ID, error) {
	if len(s) != textLen {
		return 0, ErrBad
	}
	var v uint64
	for n, c := range strings.NewReplacer("I", "1", "L", "1", "O", "0").Replace(strings.ToUpper(s)) {
		d := strings.IndexRune(alphabet, c)
		if d < 0 || n == 0 && d > 7 {
			return 0, ErrBad
		}
		v = v<<5 | uint64(d)
	}
	return ID(v), nil
}

// Earlier returns an id that all which were made d before i, or earlier, are less than or equal to.
func (i ID) Earlier(d time.Duration) ID { return max(0, i-ID(d.Milliseconds())<<22) }

// MarshalText writes the id as String does, so that JSON clients never see a number they would round.
func (i ID) MarshalText() ([]byte, error) {
	if i == 0 {
		return nil, nil
	}
	return []byte(i.String()), nil
}

// UnmarshalText reads an id; the empty text is zero.
func (i *ID) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*i = 0
		return nil
	}
	*i, err = Parse(string(b))
	return err
}

// Value keeps the zero id as NULL.
func (i ID) Value() (driver.Value, error) {
	if i == 0 {
		return nil, nil
	}
	return int64(i), nil
}

// Scan reads an integer column; NULL is zero.
func (i *ID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = 0
	case int64:
		*i = ID(v)
	default:
		return fmt.Errorf("id: cannot read a %T", src)
	}
	return nil
}

// Source hands out ids, each greater than the one before.
type Source struct {
	clock clock.Clock
	node  int64
	mu    sync.Mutex
	last  int64
}

// NewSource returns a Source whose process bits are drawn at random. Two processes that draw the same bits can
// still only clash within one millisecond and one counter value; the primary key then refuses the second row.
func NewSource(c clock.Clock) *Source {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
	return &Source{clock: c, node: int64(binary.BigEndian.Uint16(b[:])) & 0x3ff}
}

// New returns the next id. When more than 4096 are wanted in a millisecond, or the clock goes back, it borrows from the next one.
func (s *Source) New() ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	tick := (s.clock.Now().UnixMilli() - epoch) << 12
	if tick <= s.last {
		tick = s.last + 1
	}
	s.last = tick
	return ID((tick>>12)<<22 | s.node<<12 | tick&0xfff)
}
