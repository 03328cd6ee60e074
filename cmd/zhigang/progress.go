package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"zhigang/internal/clock"
)

// bar shows on a terminal how far something is, and nothing anywhere else.
type bar struct {
	out   io.Writer // nil when nobody watches
	clock clock.Clock
	label string
	drawn time.Time
}

// newBar returns a bar on the error output.
func (e *env) newBar(label string) *bar {
	b := &bar{clock: e.clock, label: label}
	if isTerminal(e.err) && !e.json {
		b.out = e.err
	}
	return b
}

// isTerminal reports whether a person reads what is written there.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show draws the bar anew, ten times a second at most.
func (b *bar) show(done, total int64) {
	if b.out == nil || total <= 0 {
		return
	}
	now := b.clock.Now()
	if now.Sub(b.drawn) < 100*time.Millisecond && done < total {
		return
	}
	b.drawn = now
	const width = 30
	full := int(width * min(done, total) / total)
	fmt.Fprintf(b.out, "\r%s [%s%s] %d/%d", b.label, strings.Repeat("#", full), strings.Repeat(" ", width-full), done, total)
}

// say draws a text in place of the bar.
func (b *bar) say(text string) {
	if b.out != nil {
		b.drawn = b.clock.Now()
		fmt.Fprintf(b.out, "\r\x1b[K%s %s", b.label, text)
	}
}

// end takes the bar away.
func (b *bar) end() {
	if b.out != nil && !b.drawn.IsZero() {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}
