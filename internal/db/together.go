package db

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"zhigang/internal/clock"
	"zhigang/internal/errs"
)

// together lets those who write to SQLite at the same time share a transaction, and so wait for the disk once. They run
// one after the other, as they must, each behind a savepoint of its own: whoever comes round again, after all who were
// waiting, commits for them. Nobody hears of success before the disk has it.
type together struct {
	// turn holds a token while somebody writes; who waits is served in the order of coming.
	turn chan struct{}
	open *shared // the transaction that more may join, nil between two; for whoever has the turn
}

// shared is a transaction and those who wait for its end.
type shared struct {
	tx      *sqlx.Tx
	took    func() time.Duration // since it began
	waiting int                  // how many will end it, or see it ended
	ended   chan struct{}
	err     error // once ended
}

func newTogether() *together { return &together{turn: make(chan struct{}, 1)} }

// patience is how old a transaction may be that more join, so that nobody waits long for those who come later.
const patience = 20 * time.Millisecond

// errBroken says that SQLite gave up a shared transaction because of somebody else in it; what one wrote can be written
// again.
var errBroken error = errs.Unavailable("error.database").Because(errors.New("SQLite gave the transaction up"))

// run runs fn in a transaction that it begins or joins, and returns when it has ended.
func (w *together) run(ctx context.Context, begin func() (*sqlx.Tx, error), fn func(*sqlx.Tx) error) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return mapError(ctx.Err())
	}
	mine, err := w.join(begin, fn) //nolint:contextcheck // what it shares outlasts whoever called
	if mine == nil {
		return err
	}
	select {
	case <-mine.ended:
	case w.turn <- struct{}{}:
		if w.open == mine {
			w.end(mapError(mine.tx.Commit()))
		}
		<-w.turn
		<-mine.ended
	}
	if mine.err != nil { // then what fn answered may rest on what was never written
		return mine.err
	}
	return err
}

// join runs fn and passes the turn. It returns no transaction when there is none whose end matters.
func (w *together) join(begin func() (*sqlx.Tx, error), fn func(*sqlx.Tx) error) (mine *shared, err error) {
	defer func() { <-w.turn }()
	if w.open == nil {
		tx, err := begin()
		if err != nil {
			return nil, mapError(err)
		}
		w.open = &shared{tx: tx, took: clock.Stopwatch(), ended: make(chan struct{})}
	}
	mine = w.open
	whole := false
	defer func() { // fn failed or panicked: what it wrote is undone, and nothing else where SQLite can tell it apart
		if whole {
			return
		}
		alive := step(mine.tx, "ROLLBACK TO writer") && step(mine.tx, "RELEASE writer")
		if !alive || mine.waiting == 0 { // SQLite gave it up, or nobody would end it
			_ = mine.tx.Rollback()
			w.end(errBroken)
			mine = nil
		}
	}()
	if !step(mine.tx, "SAVEPOINT writer") {
		return mine, errBroken
	}
	if err := fn(mine.tx); err != nil {
		return mine, err
	}
	if whole = step(mine.tx, "RELEASE writer"); !whole {
		return mine, errBroken
	}
	mine.waiting++
	if mine.took() > patience {
		w.end(mapError(mine.tx.Commit()))
	}
	return mine, nil
}

// end ends the open transaction for all who wait for it.
func (w *together) end(err error) {
	w.open.err = err
	close(w.open.ended)
	w.open = nil
}

// step reports whether SQLite did what it always can while the transaction lives.
func step(tx *sqlx.Tx, statement string) bool {
	_, err := tx.ExecContext(context.Background(), statement)
	return err == nil
}
