package intake

import (
	"context"
	"io"
	"maps"
	"slices"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
)

// Options say how a sheet is imported.
type Options struct {
	Mapping Mapping // the zero Mapping is guessed
	// Publish puts every row that states all particulars on show at once. Only the program itself may ask for it.
	Publish bool
	// Errors gets the rows that were not taken, as an XLSX to be put right and imported; nothing when there are none.
	Errors io.Writer
	// Printer explains in Errors what is wrong.
	Printer i18n.Printer
	// LeftOut is told the headers of columns that mean nothing to this program.
	LeftOut func(headers []string)
	// Progress is told after every batch how many rows of the sheet there are and how many have been dealt with.
	Progress func(done, total int)
}

// batchSize is how many rows are written in one transaction: enough to be fast, few enough to let others write between.
const batchSize = 500

// Import takes the rows of a sheet for an organization, in batches: new rows become drafts, known drafts follow their
// row, what is on show stays as it is. Rows that cannot be read are counted and written to Errors; they keep no other
// row out. Importing the same sheet again changes nothing. Forbidden unless the actor edits for the organization;
// Invalid or TooLarge for a file that cannot be read at all, or whose headers name no title.
func (s *Service) Import(ctx context.Context, who auth.Actor, owner id.ID, content []byte, o Options) (Counts, error) {
	im, err := s.open(ctx, who, owner, content, o.Mapping)
	if err != nil {
		return Counts{}, err
	}
	im.publish, im.progress = o.Publish, o.Progress
	im.begin(o)
	defer im.close()
	if err := im.run(ctx); err != nil {
		return im.counts, err
	}
	return im.counts, im.refused.save(o.Errors)
}

// importer takes the rows of one sheet.
type importer struct {
	*Service
	who      auth.Actor
	owner    org.Org
	table    *table
	reading  *reading
	publish  bool
	progress func(done, total int)
	refused  *refused // nil when nobody wants it
	// before is the last row that an earlier run has dealt with: those up to it are read again, to know what was wrong
	// with them and to count them, but not taken again.
	before int
	// within is called in the transaction of each batch, which leads from one row of the sheet to another.
	within  func(ctx context.Context, tx *db.Tx, from, done int, c Counts) error
	counts  Counts
	rows    int
	twins   int // rows since the last batch that say what an earlier one says
	batch   []pending
	written int // last row that has been dealt with in SQL
}

// pending is a row that waits to be written.
type pending struct {
	parsed
	cells []string
}

// open opens a sheet for an organization that the actor edits for.
func (s *Service) open(ctx context.Context, who auth.Actor, owner id.ID, content []byte, m Mapping) (*importer, error) {
	if err := who.NeedOrg(owner, auth.Editor); err != nil {
		return nil, err
	}
	t, err := s.table(content, m)
	if err != nil {
		return nil, err
	}
	return s.importer(ctx, who, owner, t)
}

// importer makes an importer for a table. Invalid when its mapping cannot be used.
func (s *Service) importer(ctx context.Context, who auth.Actor, owner id.ID, t *table) (*importer, error) {
	if err := t.mapping.check(); err != nil {
		return nil, err
	}
	found, err := org.ByID(ctx, s.db, []id.ID{owner})
	if err != nil {
		return nil, err
	}
	o, ok := found[owner]
	if !ok {
		return nil, errs.NotFound("error.not_found")
	}
	return &importer{Service: s, who: who, owner: o, table: t, reading: newReading(s.tree, o, t.mapping, t.headers)}, nil
}

// begin does what comes before the first row.
func (im *importer) begin(o Options) {
	if left := im.table.unmapped(); o.LeftOut != nil && len(left) > 0 {
		o.LeftOut(left)
	}
	if o.Errors != nil {
		im.refused = newRefused(im.table, o.Printer)
	}
}

// close gives back what the importer has taken.
func (im *importer) close() {
	if im.refused != nil {
		im.refused.book.Close()
	}
}

// run takes all rows.
func (im *importer) run(ctx context.Context) error {
	im.written = im.before
	for row, err := range im.table.rows() {
		if err != nil {
			return err
		}
		im.rows++
		p := im.read(row.Number, row.Cells)
		if len(p.Problems) > 0 {
			im.refused.add(p, row.Cells)
		}
		if row.Number <= im.before {
			continue
		}
		switch {
		case len(p.Problems) > 0:
		case p.Twin:
			im.twins++
		default:
			im.batch = append(im.batch, pending{p, slices.Clone(row.Cells)})
		}
		if len(im.batch) == batchSize {
			if err := im.flush(ctx, row.Number); err != nil {
				return err
			}
		}
	}
	return im.flush(ctx, im.table.total)
}

// read reads a row and holds it against the rules for drafts.
func (im *importer) read(number int, cells []string) parsed {
	p := im.reading.read(number, cells)
	p.add(im.positions.CheckDraft(im.owner, p.Content))
	p.retag()
	return p
}

// add notes what an error says of fields that no problem is known of yet.
func (p *parsed) add(err error) {
	fields := errs.FieldsOf(err)
	if err != nil && len(fields) == 0 {
		fields = errs.Fields{string(Title): {Key: errs.KeyOf(err)}}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.ContainsFunc(p.Problems, func(one Problem) bool { return string(one.Field) == name }) {
			p.Problems = append(p.Problems, Problem{Field(name), fields[name].Key, fields[name].Params})
		}
	}
}

// flush writes the batch in one transaction, together with the row of the sheet to which it leads.
func (im *importer) flush(ctx context.Context, done int) error {
	var counts Counts
	var results []position.ImportResult
	err := im.db.Write(ctx, func(tx *db.Tx) (err error) {
		if results, err = im.positions.ImportTx(ctx, tx, im.who, im.owner.ID, im.imported(), im.publish); err != nil {
			return err
		}
		counts = im.counts.plus(results)
		counts.Same += im.twins
		counts.Rows, counts.Failed = im.rows, im.rows-counts.Added-counts.Changed-counts.Same
		if im.within == nil {
			return nil
		}
		return im.within(ctx, tx, im.written, done, counts)
	})
	if err != nil {
		return err
	}
	for n, r := range results {
		if p := im.batch[n]; r.Did == "" {
			p.add(r.Err)
			im.refused.add(p.parsed, p.cells)
		}
	}
	im.counts, im.batch, im.twins, im.written = counts, im.batch[:0], 0, done
	if im.progress != nil {
		im.progress(done, im.table.total)
	}
	return nil
}

func (im *importer) imported() []position.Imported {
	rows := make([]position.Imported, len(im.batch))
	for n, p := range im.batch {
		rows[n] = position.Imported{Key: p.Key, Content: p.Content}
	}
	return rows
}
