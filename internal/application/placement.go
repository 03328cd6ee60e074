package application

import (
	"context"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/text"
)

// claim opens a placement: the organization says that it hired.
func (s *Service) claim(ctx context.Context, tx *db.Tx, who auth.Actor, a Application, kind position.Kind, startOn calendar.Day) error {
	p := Placement{
		ID: tx.NewID(), Application: a.ID, Position: a.Position, Org: a.Org, Person: a.Person, Kind: kind,
		Employment: db.Bool(kind.Employment()), State: Claimed, StartOn: startOn, ClaimedAt: db.At(tx.Now), Version: 1,
	}
	if err := tx.Insert(ctx, "placement", p); err != nil {
		return err
	}
	if err := addPlacementEvent(ctx, tx, who, p.ID, "claim", ""); err != nil {
		return err
	}
	return s.outbox.Add(ctx, tx, ClaimedFact, p.ID)
}

// Confirm is the person's yes to a placement that an organization claimed. NotFound when it is not the actor's own,
// Conflict when it is confirmed already. A person may confirm what they disputed before.
func (s *Service) Confirm(ctx context.Context, who auth.Actor, placement id.ID) error {
	return s.decide(ctx, who, placement, Confirmed, "confirm", "")
}

// Dispute is the person's no: it was not so, or is not any more. The reason goes to the bureau. Errors as for Confirm.
func (s *Service) Dispute(ctx context.Context, who auth.Actor, placement id.ID, reason string) error {
	reason = text.Block(reason)
	f := errs.Fields{}
	f.Text("reason", reason, true, maxMessage)
	if err := f.Err(); err != nil {
		return err
	}
	return s.decide(ctx, who, placement, Disputed, "dispute", reason)
}

func (s *Service) decide(ctx context.Context, who auth.Actor, placement id.ID, to PlacementState, verb, note string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		var p Placement
		if err := tx.Get(ctx, &p, `SELECT `+db.Columns[Placement]("p")+` FROM placement p WHERE id = ? AND person_id = ?`+tx.Hold("p"),
			placement, who.Account); err != nil {
			return err
		}
		if p.State == to {
			return errs.Conflict("placement.conflict." + string(to))
		}
		p.State = to
		if err := tx.Update(ctx, "placement", p); err != nil {
			return err
		}
		if err := addPlacementEvent(ctx, tx, who, p.ID, verb, note); err != nil {
			return err
		}
		return s.outbox.Add(ctx, tx, DecidedFact, p.ID)
	})
}

// Settle notes what the bureau found out about a dispute. The placement stays disputed, and out of the figures, unless
// the person confirms it after all.
func (s *Service) Settle(ctx context.Context, who auth.Actor, placement id.ID, note string) error {
	if err := who.NeedBureau(auth.Supervisor); err != nil {
		return err
	}
	note = text.Block(note)
	f := errs.Fields{}
	f.Text("note", note, true, maxMessage)
	if err := f.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		where, args := org.Scope(auth.Actor{Account: who.Account, Bureau: who.Bureau}, "o")
		var p struct {
			State  PlacementState `db:"state"`
			Org    id.ID          `db:"org_id"`
			Region string         `db:"region_code"`
		}
		if err := tx.Get(ctx, &p, `SELECT p.state, p.org_id, o.region_code FROM placement p JOIN org o ON o.id = p.org_id WHERE p.id = ? AND `+where,
			append([]any{placement}, args...)...); err != nil {
			return err
		}
		if err := org.Impartial(ctx, tx, who, p.Org); err != nil {
			return err
		}
		if p.State != Disputed {
			return errs.Conflict("placement.conflict." + string(p.State))
		}
		if err := addPlacementEvent(ctx, tx, who, placement, "settle", note); err != nil {
			return err
		}
		return audit.Add(ctx, tx, who, audit.Entry{Verb: "placement.settle", SubjectKind: "placement", Subject: placement, Region: p.Region, Note: note})
	})
}

func addPlacementEvent(ctx context.Context, tx *db.Tx, who auth.Actor, placement id.ID, verb, note string) error {
	return tx.Insert(ctx, "placement_event", PlacementEvent{
		ID: tx.NewID(), Placement: placement, At: db.At(tx.Now), Account: who.Account, Verb: verb, Note: note,
	})
}

// PlacementOf returns the placement that came of an application which the actor may see; NotFound when there is none.
func (s *Service) PlacementOf(ctx context.Context, who auth.Actor, application id.ID) (Placement, error) {
	if _, err := s.Get(ctx, who, application); err != nil {
		return Placement{}, err
	}
	var p Placement
	err := s.db.Get(ctx, &p, `SELECT `+db.Columns[Placement]("p")+` FROM placement p WHERE application_id = ?`, application)
	return p, err
}

// PlacementByID returns a placement for its person, its organization or its bureau.
func (s *Service) PlacementByID(ctx context.Context, who auth.Actor, placement id.ID) (Placement, error) {
	var p Placement
	where, args := scope(who)
	err := s.db.Get(ctx, &p, `
		SELECT `+db.Columns[Placement]("p")+` FROM placement p JOIN application a ON a.id = p.application_id JOIN org o ON o.id = p.org_id
		WHERE p.id = ? AND `+where, append([]any{placement}, args...)...)
	return p, err
}

// Ledger lists the rows of a placement's ledger, oldest first, for those who may see it.
func (s *Service) Ledger(ctx context.Context, who auth.Actor, placement id.ID) ([]PlacementEvent, error) {
	if _, err := s.PlacementByID(ctx, who, placement); err != nil {
		return nil, err
	}
	all := []PlacementEvent{}
	err := s.db.Select(ctx, &all, `SELECT `+db.Columns[PlacementEvent]("e")+` FROM placement_event e WHERE placement_id = ? ORDER BY at, id`, placement)
	return all, err
}
