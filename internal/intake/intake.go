// Package intake lets spreadsheets of positions in: it recognises what their columns mean, reads their texts, makes
// drafts of the rows, and gives back those that it could not take.
//
//	uploaded ──start──▶ running ──▶ done
//	                       └──────▶ failed ──start──▶ running
package intake

import (
	"maps"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// State is how far a sheet has come.
type State string

// The states.
const (
	Uploaded State = "uploaded"
	Running  State = "running"
	Done     State = "done"
	Failed   State = "failed" // the sheet as a whole could not be read; single rows that could not are counted
)

// Intake is a sheet that an organization has uploaded.
type Intake struct {
	ID        id.ID            `db:"id"`
	Org       id.ID            `db:"org_id"`
	Name      string           `db:"name"` // of the file
	Lang      i18n.Lang        `db:"lang"` // in which mistakes are explained
	File      id.ID            `db:"file_id"`
	Errors    id.ID            `db:"errors_id"` // the sheet of rows that were not taken; 0 when all were
	Mapping   db.JSON[Mapping] `db:"mapping"`
	State     State            `db:"state"`
	Problem   db.JSON[Reason]  `db:"problem"` // why it failed
	Total     int              `db:"total"`   // number of the last row of the sheet
	Done      int              `db:"done"`    // number of the last row that has been dealt with
	Counts    db.JSON[Counts]  `db:"counts"`
	CreatedBy id.ID            `db:"created_by"`
	CreatedAt db.Time          `db:"created_at"`
	StartedAt db.Time          `db:"started_at"`
	EndedAt   db.Time          `db:"ended_at"`
	Version   int              `db:"version"`
}

// Reason is a text in the locale files with its parameters.
type Reason struct {
	Key    string      `json:"key"`
	Params errs.Params `json:"params,omitempty"`
}

// Counts are what became of the rows of a sheet.
type Counts struct {
	Rows    int `json:"rows"`
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Failed  int `json:"failed"` // not taken; the three above add up to the rows that were
	Shown   int `json:"shown"`  // put on show at once, which only the program itself may ask for
	// Incomplete are drafts that still lack particulars; Missing says how many lack each.
	Incomplete int            `json:"incomplete"`
	Missing    map[string]int `json:"missing"`
}

// plus returns the counts with what became of more rows.
func (c Counts) plus(results []position.ImportResult) Counts {
	c.Missing = maps.Clone(c.Missing)
	for _, r := range results {
		switch r.Did {
		case "added":
			c.Added++
		case "changed":
			c.Changed++
		case "same":
			c.Same++
		}
		if r.Shown {
			c.Shown++
		}
		if len(r.Missing) > 0 && !r.Shown {
			c.Incomplete++
		}
		for field := range r.Missing {
			if c.Missing == nil {
				c.Missing = map[string]int{}
			}
			c.Missing[field]++
		}
	}
	return c
}

// The facts of an intake; the subject is its id.
const (
	// StartedFact: its rows wait to be taken; Service.Run does it.
	StartedFact outbox.Fact = "intake.started"
	// EndedFact: it is done or has failed; who started it may be told.
	EndedFact outbox.Fact = "intake.ended"
)

// Service holds the verbs on sheets.
type Service struct {
	db        *db.DB
	outbox    *outbox.Outbox
	tree      *region.Tree
	texts     *i18n.Catalog
	files     *file.Store
	orgs      *org.Service
	positions *position.Service
}

// New returns the Service.
func New(
	d *db.DB, o *outbox.Outbox, tree *region.Tree, texts *i18n.Catalog,
	files *file.Store, orgs *org.Service, positions *position.Service,
) *Service {
	return &Service{db: d, outbox: o, tree: tree, texts: texts, files: files, orgs: orgs, positions: positions}
}
