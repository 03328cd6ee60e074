package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// writeOut lets fn write a file, readable by its owner only, which appears when it is whole; "-" is the standard output,
// where a workbook is not written to a terminal.
func (e *env) writeOut(path string, binary bool, fn func(io.Writer) error) (err error) {
	if path == "-" {
		if binary && isTerminal(e.out) {
			return e.wrong("out_terminal")
		}
		return buffered(e.out, fn)
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".zhigang-*.part") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name())
		}
	}()
	if err := errors.Join(buffered(part, fn), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}

func buffered(out io.Writer, fn func(io.Writer) error) error {
	w := bufio.NewWriterSize(out, 64<<10)
	return errors.Join(fn(w), w.Flush())
}
