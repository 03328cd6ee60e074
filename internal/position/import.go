package position

import (
	"context"
	"reflect"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
)

// Imported is one row of a spreadsheet as a position. Key says which row of which post it is: the same key from the
// same organization is the same post, so that a file may come in twice.
type Imported struct {
	Key     string
	Content Content
}

// ImportResult is what became of one row.
type ImportResult struct {
	ID id.ID
	// Did is "added", "changed" or "same"; "" when Err says why the row was not taken.
	Did string
	// Err is Invalid with the fields that keep the row out. When Did is set it says why the row stayed a draft.
	Err error
	// Missing are the particulars that the row, being a draft, still lacks to be published.
	Missing errs.Fields
	// Shown says that the row was put on show.
	Shown bool
}

// Import takes many rows in one transaction: new ones become drafts, known drafts follow the row in what it states,
// posts that are on show are left as they are. With publish each row that states all particulars is submitted and,
// because only the program itself may ask for it, approved. Bad rows are reported and keep nothing out. Forbidden
// unless the actor edits for the organization.
func (s *Service) Import(
	ctx context.Context, who auth.Actor, owner id.ID, rows []Imported, publish bool,
) (results []ImportResult, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		results, err = s.ImportTx(ctx, tx, who, owner, rows, publish)
		return err
	})
	return results, err
}

// ImportTx is Import in a transaction of the caller, who writes down in it how far the import has come.
func (s *Service) ImportTx(
	ctx context.Context, tx *db.Tx, who auth.Actor, owner id.ID, rows []Imported, publish bool,
) ([]ImportResult, error) {
	if err := who.NeedOrg(owner, auth.Editor); err != nil {
		return nil, err
	}
	if publish && !who.IsSystem() {
		return nil, errs.Forbidden("error.forbidden")
	}
	o, err := ownerOf(ctx, tx, owner)
	if err != nil {
		return nil, err
	}
	b := &batch{service: s, who: who, owner: o, publish: publish, taken: map[string]bool{}}
	if b.known, err = byImportKey(ctx, tx, owner, rows); err != nil {
		return nil, err
	}
	results := make([]ImportResult, len(rows))
	for n, row := range rows {
		if results[n], err = b.take(ctx, tx, row); err != nil {
			return nil, err
		}
	}
	return results, b.save(ctx, tx)
}

// CheckDraft returns what would keep the content from being saved as a draft of owner: Invalid with its fields.
func (s *Service) CheckDraft(owner org.Org, c Content) error {
	c.tidy()
	return c.checkDraft(s.tree, owner)
}

// batch collects the rows of one import, so that they are written in bulk.
type batch struct {
	service   *Service
	who       auth.Actor
	owner     org.Org
	publish   bool
	known     map[string]Position
	taken     map[string]bool
	added     []Position
	events    []Event
	published []id.ID
}

func byImportKey(ctx context.Context, q db.Q, owner id.ID, rows []Imported) (map[string]Position, error) {
	keys := make([]string, len(rows))
	for n, row := range rows {
		keys[n] = row.Key
	}
	var found []Position
	if err := q.Select(ctx, &found, `
		SELECT `+db.Columns[Position]("p")+` FROM position p
		WHERE org_id = ? AND import_key IN (?)`, owner, keys); err != nil {
		return nil, err
	}
	known := make(map[string]Position, len(found))
	for _, p := range found {
		known[*p.ImportKey] = p
	}
	return known, nil
}

func (b *batch) take(ctx context.Context, tx *db.Tx, row Imported) (ImportResult, error) {
	if b.taken[row.Key] {
		return ImportResult{Err: errs.Conflict("error.exists")}, nil
	}
	b.taken[row.Key] = true
	before, isKnown := b.known[row.Key]
	c := row.Content.over(before.Content)
	c.tidy()
	if err := c.checkDraft(b.service.tree, b.owner); err != nil {
		return ImportResult{Err: err}, nil //nolint:nilerr // a bad row is a result
	}
	if isKnown {
		return b.follow(ctx, tx, before, c)
	}
	p := Position{
		ID: tx.NewID(), OrgID: b.owner.ID, Content: c, State: Draft, ReviewFields: db.AsJSON(map[string]string{}),
		ImportKey: &row.Key, CreatedBy: b.who.Account, CreatedAt: db.At(tx.Now), UpdatedAt: db.At(tx.Now), Version: 1,
	}
	p.PayMonthMin, p.PayMonthMax = p.Pay.Monthly()
	b.event(tx, p.ID, "import", "", Draft)
	result := b.finish(tx, &p, "added")
	b.added = append(b.added, p)
	return result, nil
}

// over returns the content with what it does not state taken from before: what somebody has added to a draft by hand
// outlives the next import of the same sheet.
func (c Content) over(before Content) Content {
	to, from := reflect.ValueOf(&c).Elem(), reflect.ValueOf(before)
	for n := range to.NumField() {
		if to.Field(n).IsZero() {
			to.Field(n).Set(from.Field(n))
		}
	}
	return c
}

// follow lets a draft that came in before follow its row.
func (b *batch) follow(ctx context.Context, tx *db.Tx, p Position, c Content) (ImportResult, error) {
	if p.State != Draft && p.State != Returned {
		return ImportResult{ID: p.ID, Did: "same"}, nil
	}
	if reflect.DeepEqual(p.Content, c) {
		if !b.publish || p.State == Returned { // what a bureau has sent back is not approved by saying it again
			return ImportResult{ID: p.ID, Did: "same", Missing: errs.FieldsOf(p.CheckPublish(today(tx)))}, nil
		}
		result := b.finish(tx, &p, "same")
		if !result.Shown {
			return result, nil
		}
		return result, save(ctx, tx, p)
	}
	p.Content = c
	p.PayMonthMin, p.PayMonthMax = c.Pay.Monthly()
	b.event(tx, p.ID, "import", p.State, p.State)
	result := b.finish(tx, &p, "changed")
	return result, save(ctx, tx, p)
}

// finish publishes a draft where that was asked for, and says what it still lacks.
func (b *batch) finish(tx *db.Tx, p *Position, did string) ImportResult {
	result := ImportResult{ID: p.ID, Did: did}
	err := p.CheckPublish(today(tx))
	result.Missing = errs.FieldsOf(err)
	if b.publish {
		if result.Err = err; !b.owner.MayPublish() {
			result.Err = errs.Conflict("position.org." + string(b.owner.State))
		}
		if result.Shown = result.Err == nil; result.Shown {
			b.show(tx, p)
		}
	}
	return result
}

// show submits and approves a draft at once.
func (b *batch) show(tx *db.Tx, p *Position) {
	b.event(tx, p.ID, "submit", p.State, Submitted)
	b.event(tx, p.ID, "approve", Submitted, Published)
	p.State, p.SubmittedAt, p.PublishedAt = Published, db.At(tx.Now), db.At(tx.Now)
	b.published = append(b.published, p.ID)
}

func (b *batch) event(tx *db.Tx, position id.ID, verb string, from, to State) {
	b.events = append(b.events, Event{
		ID: tx.NewID(), Position: position, At: db.At(tx.Now), Account: b.who.Account, Verb: verb, From: from, To: to,
	})
}

func (b *batch) save(ctx context.Context, tx *db.Tx) error {
	if err := db.InsertAll(ctx, tx, "position", b.added); err != nil {
		return err
	}
	if err := db.InsertAll(ctx, tx, "position_event", b.events); err != nil {
		return err
	}
	if err := b.service.outbox.AddAll(ctx, tx, PublishedFact, b.published); err != nil {
		return err
	}
	if len(b.published) == 0 {
		return nil
	}
	return audit.Add(ctx, tx, b.who, audit.Entry{
		Verb: "position.import", SubjectKind: "org", Subject: b.owner.ID, Region: b.owner.Region,
	})
}
