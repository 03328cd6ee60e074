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

// Imported is one row of a spreadsheet as a position. Key says which row of which post it is: the same key from the same
// organization is the same post, so that a file may come in twice.
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
}

// Import takes many rows in one transaction: new ones become drafts, known drafts follow the row, posts that are on show
// are left as they are. With publish each row that states all particulars is submitted and, because only the program
// itself may ask for it, approved. Bad rows are reported and keep nothing out.
func (s *Service) Import(ctx context.Context, who auth.Actor, owner id.ID, rows []Imported, publish bool) ([]ImportResult, error) {
	if err := who.NeedOrg(owner, auth.Editor); err != nil {
		return nil, err
	}
	if publish && !who.IsSystem() {
		return nil, errs.Forbidden("error.forbidden")
	}
	var results []ImportResult
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		o, err := ownerOf(ctx, tx, owner)
		if err != nil {
			return err
		}
		b := &batch{service: s, who: who, owner: o, publish: publish}
		if b.known, err = byImportKey(ctx, tx, owner, rows); err != nil {
			return err
		}
		results = make([]ImportResult, len(rows))
		for n, row := range rows {
			if results[n], err = b.take(ctx, tx, row); err != nil {
				return err
			}
		}
		return b.save(ctx, tx)
	})
	return results, err
}

// batch collects the rows of one import, so that they are written in bulk.
type batch struct {
	service   *Service
	who       auth.Actor
	owner     org.Org
	publish   bool
	known     map[string]Position
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
	if err := q.Select(ctx, &found, `SELECT `+db.Columns[Position]("p")+` FROM position p WHERE org_id = ? AND import_key IN (?)`, owner, keys); err != nil {
		return nil, err
	}
	known := make(map[string]Position, len(found))
	for _, p := range found {
		known[*p.ImportKey] = p
	}
	return known, nil
}

func (b *batch) take(ctx context.Context, tx *db.Tx, row Imported) (ImportResult, error) {
	row.Content.tidy()
	if err := row.Content.checkDraft(b.service.tree, b.owner); err != nil {
		return ImportResult{Err: err}, nil
	}
	if p, ok := b.known[row.Key]; ok {
		return b.follow(ctx, tx, p, row.Content)
	}
	p := Position{
		ID: tx.NewID(), OrgID: b.owner.ID, Content: row.Content, State: Draft, ReviewFields: db.AsJSON(map[string]string{}),
		ImportKey: &row.Key, CreatedBy: b.who.Account, CreatedAt: db.At(tx.Now), UpdatedAt: db.At(tx.Now), Version: 1,
	}
	p.PayMonthMin, p.PayMonthMax = p.Pay.Monthly()
	b.event(tx, p.ID, "import", "", Draft)
	result := ImportResult{ID: p.ID, Did: "added"}
	if b.publish {
		result.Err = b.show(tx, &p)
	}
	b.added = append(b.added, p)
	b.known[row.Key] = p
	return result, nil
}

// follow lets a draft that came in before follow its row.
func (b *batch) follow(ctx context.Context, tx *db.Tx, p Position, c Content) (ImportResult, error) {
	c.EntrustmentID = p.EntrustmentID
	if p.State != Draft && p.State != Returned || reflect.DeepEqual(p.Content, c) {
		return ImportResult{ID: p.ID, Did: "same"}, nil
	}
	p.Content = c
	p.PayMonthMin, p.PayMonthMax = c.Pay.Monthly()
	b.event(tx, p.ID, "import", p.State, p.State)
	result := ImportResult{ID: p.ID, Did: "changed"}
	if b.publish {
		result.Err = b.show(tx, &p)
	}
	return result, save(ctx, tx, p)
}

// show submits and approves a draft at once. The error says which particulars it lacks; it then stays a draft.
func (b *batch) show(tx *db.Tx, p *Position) error {
	if !b.owner.MayPublish() {
		return errs.Conflict("position.org." + string(b.owner.State))
	}
	if err := p.CheckPublish(today(tx)); err != nil {
		return err
	}
	b.event(tx, p.ID, "submit", p.State, Submitted)
	b.event(tx, p.ID, "approve", Submitted, Published)
	p.State, p.SubmittedAt, p.PublishedAt = Published, db.At(tx.Now), db.At(tx.Now)
	b.published = append(b.published, p.ID)
	return nil
}

func (b *batch) event(tx *db.Tx, position id.ID, verb string, from, to State) {
	b.events = append(b.events, Event{ID: tx.NewID(), Position: position, At: db.At(tx.Now), Account: b.who.Account, Verb: verb, From: from, To: to})
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
	return audit.Add(ctx, tx, b.who, audit.Entry{Verb: "position.import", SubjectKind: "org", Subject: b.owner.ID, Region: b.owner.Region})
}
