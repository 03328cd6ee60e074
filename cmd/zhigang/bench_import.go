package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/sheet"
)

// benchImportCmd measures `zhigang import positions` into a new SQLite database: once for drafts, once for posts that
// are put on show at once.
type benchImportCmd struct {
	Rows int `default:"47000" help:"${bench_rows}"`
}

// Run makes a sheet and imports it as another process.
func (c *benchImportCmd) Run(e *env) error {
	return e.measure(func(ctx context.Context, b *bench) error {
		file := filepath.Join(b.dir, "positions.xlsx")
		b.step("bench_sheet", c.Rows)
		if err := writeSheet(e, file, c.Rows); err != nil {
			return err
		}
		reading, err := readAlone(file, c.Rows)
		if err != nil {
			return err
		}
		draft, inserting, err := b.importing(ctx, file, c.Rows, "import.drafts")
		if err != nil {
			return err
		}
		shown, _, err := b.importing(ctx, file, c.Rows, "import.published", "--publish")
		if err != nil {
			return err
		}
		b.show(
			figure{Name: "import.reading", Value: reading.Seconds(), Unit: "s", N: c.Rows},
			figure{Name: "import.inserting", Value: inserting.Seconds(), Unit: "s", N: c.Rows},
		)
		both := (reading + inserting).Seconds()
		for _, figures := range [][]figure{draft, shown} {
			figures[0] = figures[0].against("import.reading + import.inserting", both)
			b.show(figures...)
		}
		return nil
	})
}

// readAlone reads the sheet and does nothing with it: a baseline.
func readAlone(file string, rows int) (time.Duration, error) {
	content, err := os.ReadFile(file) // made by this run
	if err != nil {
		return 0, err
	}
	took, n := clock.Stopwatch(), 0
	f, err := sheet.Open(content, sheet.DefaultLimits())
	if err != nil {
		return 0, err
	}
	for _, err := range f.Rows(f.Sheets()[0].Name) {
		if err != nil {
			return 0, err
		}
		n++
	}
	if n != rows+1 {
		return 0, fmt.Errorf("%d rows were read of %d and a header", n, rows)
	}
	return took(), nil
}

// importing imports the sheet into a new installation, and then writes the same rows into another one, as they are: a
// baseline.
func (b *bench) importing(
	ctx context.Context, file string, rows int, name string, flags ...string,
) (all []figure, inserting time.Duration, err error) {
	b.step("bench_importing", rows)
	dir := filepath.Join(b.dir, name)
	var owner id.ID
	if err := b.open(ctx, dir, func(s *store) (err error) {
		owner, err = makeOwner(ctx, s)
		return err
	}); err != nil {
		return nil, 0, err
	}
	c, err := b.run(ctx, []string{"ZHIGANG_DATA_DIR=" + dir}, append([]string{"import", "positions", file, "--org", owner.String()}, flags...)...)
	if err != nil {
		return nil, 0, err
	}
	took, err := c.wait()
	if err != nil {
		return nil, 0, err
	}
	all = []figure{
		{Name: name, Value: took.Seconds(), Unit: "s", N: rows},
		{Name: name + ".rate", Value: float64(rows) / took.Seconds(), Unit: "rows/s", N: rows},
		{Name: name + ".cpu", Value: c.cpu(), Unit: "s", N: rows},
		{Name: name + ".peak", Value: c.peak, Unit: "MB", N: rows},
	}
	err = b.open(ctx, dir, func(from *store) error {
		return b.open(ctx, filepath.Join(dir, "bare"), func(to *store) (err error) {
			inserting, err = insertAlone(ctx, from, to, rows)
			return err
		})
	})
	return all, inserting, err
}

// open runs fn on an installation in dir, which is made when there is none.
func (b *bench) open(ctx context.Context, dir string, fn func(*store) error) error {
	s, err := openStore(ctx, b.e, benchConfig(dir))
	if err != nil {
		return err
	}
	if err = s.ready(ctx); err == nil {
		err = fn(s)
	}
	return errors.Join(err, s.close())
}

// makeOwner makes an organization that may publish.
func makeOwner(ctx context.Context, s *store) (id.ID, error) {
	var account id.ID
	if err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		account, err = s.accounts.Seed(ctx, tx, "示例", "", auth.Login{Kind: auth.Email, Value: "bench@example.org"})
		return err
	}); err != nil {
		return 0, err
	}
	const first = "51440113MJ9000001"
	digit, err := org.CheckDigit(first)
	if err != nil {
		return 0, err
	}
	orgs := org.New(s.db, outbox.New(s.db, nil), s.tree)
	o, err := orgs.Register(ctx, auth.Actor{Account: account}, org.Registration{
		Name: "番禺区示例社会工作协会", Code: first + string(digit), Kind: org.Association, Region: "440113", Address: "示例路1号",
		Intro: "示例", ContactName: "示例", ContactPhone: "020-00000000",
	})
	if err != nil {
		return 0, err
	}
	return o.ID, orgs.Approve(ctx, auth.System(), o.ID, "")
}

// insertAlone copies the positions from one installation to the same table of another, in transactions as large as those
// of an import, and returns how long the writing took.
func insertAlone(ctx context.Context, from, to *store, rows int) (took time.Duration, err error) {
	const batch = 500
	owner, err := makeOwner(ctx, to)
	if err != nil {
		return 0, err
	}
	last, n := id.ID(0), 0
	for {
		var some []position.Position
		if err := from.db.Select(ctx, &some, `SELECT `+db.Columns[position.Position]("p")+` FROM position p WHERE p.id > CAST(? AS BIGINT) ORDER BY p.id LIMIT ?`,
			int64(last), batch); err != nil {
			return 0, err
		}
		if len(some) == 0 {
			break
		}
		for i := range some {
			some[i].OrgID = owner
		}
		last, n = some[len(some)-1].ID, n+len(some)
		one := clock.Stopwatch()
		if err := to.db.Write(ctx, func(tx *db.Tx) error { return db.InsertAll(ctx, tx, "position", some) }); err != nil {
			return 0, err
		}
		took += one()
	}
	if n != rows {
		err = fmt.Errorf("%d positions were imported of %d", n, rows)
	}
	return took, err
}
