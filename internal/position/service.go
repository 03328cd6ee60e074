package position

import (
	"context"
	"reflect"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/memo"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/region"
	"zhigang/internal/text"
)

// Service holds the verbs on positions.
type Service struct {
	db     *db.DB
	outbox *outbox.Outbox
	tree   *region.Tree
	memo   *memo.Memo
}

// New returns the Service.
func New(d *db.DB, o *outbox.Outbox, tree *region.Tree) *Service {
	return &Service{db: d, outbox: o, tree: tree, memo: memo.New(d.Clock())}
}

// today is the day in China on which the transaction happens.
func today(tx *db.Tx) calendar.Day { return calendar.DayOf(tx.Now) }

// Create makes a draft. Forbidden unless the actor edits for the organization; Invalid for content that cannot be kept.
func (s *Service) Create(ctx context.Context, who auth.Actor, owner id.ID, c Content) (Position, error) {
	var p Position
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		p, err = s.create(ctx, tx, who, owner, c, nil)
		return err
	})
	return p, err
}

// CreateOnce is Create for a form that may come twice: it returns the twin of the post when there is one (see Twin), also
// when both forms come at the same moment.
func (s *Service) CreateOnce(ctx context.Context, who auth.Actor, owner id.ID, c Content) (Position, error) {
	var p Position
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if err := who.NeedOrg(owner, auth.Editor); err != nil {
			return err
		}
		var held id.ID // one form of the organization after the other
		if err := tx.Get(ctx, &held, `SELECT o.id FROM org o WHERE o.id = ?`+tx.Hold("o"), owner); err != nil {
			return err
		}
		o, err := ownerOf(ctx, tx, owner)
		if err != nil {
			return err
		}
		if err := s.CheckDraft(o, c); err != nil {
			return err
		}
		if p, err = twin(ctx, tx, who, owner, c, tx.Now); !errs.Is(err, errs.KindNotFound) {
			return err
		}
		p, err = s.create(ctx, tx, who, owner, c, nil)
		return err
	})
	return p, err
}

func (s *Service) create(ctx context.Context, tx *db.Tx, who auth.Actor, owner id.ID, c Content, importKey *string) (Position, error) {
	if err := who.NeedOrg(owner, auth.Editor); err != nil {
		return Position{}, err
	}
	o, err := ownerOf(ctx, tx, owner)
	if err != nil {
		return Position{}, err
	}
	c.tidy()
	if err := c.checkDraft(s.tree, o); err != nil {
		return Position{}, err
	}
	p := Position{
		ID: tx.NewID(), OrgID: owner, Content: c, State: Draft, ReviewFields: db.AsJSON(map[string]string{}), ImportKey: importKey,
		CreatedBy: who.Account, CreatedAt: db.At(tx.Now), UpdatedAt: db.At(tx.Now), Version: 1,
	}
	p.PayMonthMin, p.PayMonthMax = c.Pay.Monthly()
	if err := tx.Insert(ctx, "position", p); err != nil {
		return Position{}, err
	}
	return p, addEvent(ctx, tx, who, p.ID, "create", "", Draft, "")
}

// Edit replaces the content of a position that is at version (as the editor saw it). A published post whose reviewed
// part changes goes back to its bureau and is off the public pages until then; backToReview says so. Conflict when the
// post has ended, or somebody changed it in the meantime.
func (s *Service) Edit(ctx context.Context, who auth.Actor, position id.ID, version int, c Content) (backToReview bool, err error) {
	err = s.change(ctx, who, position, func(tx *db.Tx, p *Position) error {
		if p.Version != version {
			return errs.Conflict("error.changed")
		}
		o, err := ownerOf(ctx, tx, p.OrgID)
		if err != nil {
			return err
		}
		c.tidy()
		if err := c.checkDraft(s.tree, o); err != nil {
			return err
		}
		backToReview, err = s.edit(ctx, tx, who, p, c)
		return err
	})
	return backToReview, err
}

// edit puts content c into p and moves it where the change leads. It does not save p.
func (s *Service) edit(ctx context.Context, tx *db.Tx, who auth.Actor, p *Position, c Content) (backToReview bool, err error) {
	before := p.Content
	if c.EntrustmentID == 0 {
		c.EntrustmentID = before.EntrustmentID
	}
	if c.Kind != before.Kind && !p.PublishedAt.IsZero() { // people have applied for what it was, and places are counted so
		return false, errs.Fields{"kind": {Key: "position.kind.published"}}.Err()
	}
	p.Content = c
	p.PayMonthMin, p.PayMonthMax = c.Pay.Monthly()
	if c.Headcount < p.Filled {
		return false, errs.Fields{"headcount": {Key: "position.headcount.filled", Params: errs.Params{"filled": p.Filled}}}.Err()
	}
	from := p.State
	switch p.State {
	case Draft, Returned:
	case Submitted, Published:
		if err := p.CheckPublish(today(tx)); err != nil {
			return false, err
		}
		if p.State == Published && !reflect.DeepEqual(before.reviewed(), c.reviewed()) {
			return true, s.reopen(ctx, tx, who, p, before)
		}
		if p.State == Published {
			if err := s.outbox.Add(ctx, tx, ChangedFact, p.ID); err != nil {
				return false, err
			}
		}
	default:
		return false, errs.Conflict("position.conflict."+string(p.State)).With("verb", "position.verb.edit")
	}
	return false, addEvent(ctx, tx, who, p.ID, "edit", from, p.State, "")
}

// reopen takes a published post back into review because of an edit, and keeps what it said before.
func (s *Service) reopen(ctx context.Context, tx *db.Tx, who auth.Actor, p *Position, said Content) error {
	from, err := p.move("reopen")
	if err != nil {
		return err
	}
	if _, err := tx.InsertNew(ctx, "position_before", beforeRow{p.ID, db.AsJSON(said), said.EntrustmentID}); err != nil {
		return err
	}
	p.SubmittedAt = db.At(tx.Now)
	if err := s.outbox.Add(ctx, tx, GoneFact, p.ID); err != nil {
		return err
	}
	if err := s.outbox.Add(ctx, tx, SubmittedFact, p.ID); err != nil {
		return err
	}
	return addEvent(ctx, tx, who, p.ID, "reopen", from, p.State, "")
}

// Submit asks the bureau to review. Invalid when a particular is missing, Conflict when the organization itself has not
// been approved.
func (s *Service) Submit(ctx context.Context, who auth.Actor, position id.ID) error {
	return s.change(ctx, who, position, func(tx *db.Tx, p *Position) error { return s.submit(ctx, tx, who, p) })
}

func (s *Service) submit(ctx context.Context, tx *db.Tx, who auth.Actor, p *Position) error {
	from, err := p.move("submit")
	if err != nil {
		return err
	}
	o, err := ownerOf(ctx, tx, p.OrgID)
	if err != nil {
		return err
	}
	if !o.MayPublish() {
		return errs.Conflict("position.org." + string(o.State))
	}
	if err := p.CheckPublish(today(tx)); err != nil {
		return err
	}
	p.SubmittedAt, p.ReviewNote, p.ReviewFields = db.At(tx.Now), "", db.AsJSON(map[string]string{})
	if err := s.outbox.Add(ctx, tx, SubmittedFact, p.ID); err != nil {
		return err
	}
	return addEvent(ctx, tx, who, p.ID, "submit", from, p.State, "")
}

// Close ends a post and notes how it ended, also when its time was over already.
func (s *Service) Close(ctx context.Context, who auth.Actor, position id.ID, outcome Outcome) error {
	known := false
	for _, o := range Outcomes() {
		known = known || o == outcome
	}
	if !known {
		return errs.Fields{"outcome": {Key: "error.required"}}.Err()
	}
	return s.change(ctx, who, position, func(tx *db.Tx, p *Position) error {
		p.CloseOutcome = outcome
		return s.end(ctx, tx, who, p, "close", string(outcome))
	})
}

// Withdraw takes a post back for good, whether it was on show or not.
func (s *Service) Withdraw(ctx context.Context, who auth.Actor, position id.ID, reason string) error {
	reason = text.Block(reason)
	f := errs.Fields{}
	f.Text("reason", reason, false, maxReason)
	if err := f.Err(); err != nil {
		return err
	}
	return s.change(ctx, who, position, func(tx *db.Tx, p *Position) error {
		return s.end(ctx, tx, who, p, "withdraw", reason)
	})
}

func (s *Service) end(ctx context.Context, tx *db.Tx, who auth.Actor, p *Position, verb, note string) error {
	from, err := p.move(verb)
	if err != nil {
		return err
	}
	p.ClosedAt = db.At(tx.Now)
	switch from { //nolint:exhaustive // drafts, and what is under review, have no public page
	case Published:
		err = s.outbox.Add(ctx, tx, GoneFact, p.ID)
	case Expired: // its page says what became of it
		err = edition.Next(ctx, tx)
	}
	if err != nil {
		return err
	}
	return addEvent(ctx, tx, who, p.ID, verb, from, p.State, note)
}

// Renew lets a published or expired post stand until the given day. Nothing that was reviewed changes, so no review.
func (s *Service) Renew(ctx context.Context, who auth.Actor, position id.ID, until calendar.Day) error {
	return s.change(ctx, who, position, func(tx *db.Tx, p *Position) error {
		was := p.StateOn(today(tx))
		from, err := p.move("renew")
		if err != nil {
			return err
		}
		o, err := ownerOf(ctx, tx, p.OrgID)
		if err != nil {
			return err
		}
		if !o.MayPublish() {
			return errs.Conflict("position.org." + string(o.State))
		}
		p.ValidUntil = until
		if err := p.CheckPublish(today(tx)); err != nil {
			return err
		}
		fact := ChangedFact
		if was == Expired {
			fact = PublishedFact
		}
		if err := s.outbox.Add(ctx, tx, fact, p.ID); err != nil {
			return err
		}
		return addEvent(ctx, tx, who, p.ID, "renew", from, p.State, string(until))
	})
}

// Copy makes a new draft of what a post says, without its history and its dates.
func (s *Service) Copy(ctx context.Context, who auth.Actor, position id.ID) (Position, error) {
	var out Position
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := getScoped(ctx, tx, who, position, "")
		if err != nil {
			return err
		}
		c := p.Content
		c.ValidUntil = today(tx).Add(DefaultValidDays)
		out, err = s.create(ctx, tx, who, p.OrgID, c, nil)
		return err
	})
	return out, err
}

// change loads a position for an editor of its organization, holds it while fn changes it, and saves it.
func (s *Service) change(ctx context.Context, who auth.Actor, position id.ID, fn func(*db.Tx, *Position) error) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := getScoped(ctx, tx, who, position, tx.Hold("p"))
		if err != nil {
			return err
		}
		if err := who.NeedOrg(p.OrgID, auth.Editor); err != nil {
			return err
		}
		if err := fn(tx, &p); err != nil {
			return err
		}
		return save(ctx, tx, p)
	})
}

func ownerOf(ctx context.Context, q db.Q, owner id.ID) (org.Org, error) {
	all, err := org.ByID(ctx, q, []id.ID{owner})
	if err != nil {
		return org.Org{}, err
	}
	o, ok := all[owner]
	if !ok {
		return org.Org{}, errs.NotFound("error.not_found")
	}
	return o, nil
}
