package position

import (
	"context"
	"maps"
	"slices"
	"strings"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/text"
)

// Approve puts a submitted post on show as it stands. NotFound outside the bureau's region; Conflict when it is not
// submitted, or its organization may not publish; Invalid when a particular is missing or its time has passed while it
// waited; Forbidden for those who work for the organization.
func (s *Service) Approve(ctx context.Context, who auth.Actor, position id.ID) error {
	return s.ApproveSeen(ctx, who, position, 0)
}

// ApproveSeen is Approve for a reviewer who has read the post at version seen: Conflict when the organization has changed
// it since, so that nothing goes on show that nobody has read. 0 stands for any version.
func (s *Service) ApproveSeen(ctx context.Context, who auth.Actor, position id.ID, seen int) error {
	return s.review(ctx, who, position, "approve", "", func(tx *db.Tx, p *Position) error {
		if seen != 0 && p.Version != seen {
			return errs.Conflict("position.changed_since")
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
		if p.PublishedAt.IsZero() {
			p.PublishedAt = db.At(tx.Now)
		}
		p.ReviewNote, p.ReviewFields = "", db.AsJSON(map[string]string{})
		if _, err := tx.Exec(ctx, `DELETE FROM position_before WHERE position_id = ?`, p.ID); err != nil {
			return err
		}
		return s.outbox.Add(ctx, tx, PublishedFact, p.ID)
	})
}

type beforeRow struct {
	Position      id.ID            `db:"position_id"`
	Content       db.JSON[Content] `db:"content"`
	EntrustmentID id.ID            `db:"entrustment_id"`
}

// Before returns what a post said when it was last on show, for the bureau that reviews an edit of it. NotFound when it
// was never on show, or has not been edited since, or is not of the bureau's region.
func (s *Service) Before(ctx context.Context, who auth.Actor, position id.ID) (Content, error) {
	if _, err := s.Get(ctx, who, position); err != nil {
		return Content{}, err
	}
	var row beforeRow
	err := s.db.Get(ctx, &row, `SELECT `+db.Columns[beforeRow]("b")+` FROM position_before b WHERE position_id = ?`, position)
	row.Content.V.EntrustmentID = row.EntrustmentID
	return row.Content.V, err
}

// Return sends a submitted post back. note says why; fields may give a reason for single fields. At least one reason
// must be given.
func (s *Service) Return(ctx context.Context, who auth.Actor, position id.ID, note string, fields map[string]string) error {
	note = text.Block(note)
	reasons := map[string]string{}
	for field, reason := range fields {
		if reason = text.Block(reason); reason != "" {
			reasons[field] = reason
		}
	}
	f := errs.Fields{}
	f.Text("note", note, false, maxReason)
	for field, reason := range reasons {
		f.Text(field, reason, false, maxReason)
	}
	if err := f.Err(); err != nil {
		return err
	}
	if note == "" && len(reasons) == 0 {
		return errs.Fields{"note": {Key: "position.return.reason"}}.Err()
	}
	said := note
	for _, field := range slices.Sorted(maps.Keys(reasons)) {
		said += "\n" + field + ": " + reasons[field]
	}
	return s.review(ctx, who, position, "return", strings.TrimSpace(said), func(tx *db.Tx, p *Position) error {
		p.ReviewNote, p.ReviewFields = note, db.AsJSON(reasons)
		return s.outbox.Add(ctx, tx, ReturnedFact, p.ID)
	})
}

// review runs one decision of a bureau on a position of its region, with history and audit.
func (s *Service) review(ctx context.Context, who auth.Actor, position id.ID, verb, note string, decide func(*db.Tx, *Position) error) error {
	if err := who.NeedBureau(auth.Reviewer); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		bureau := who
		bureau.Orgs = nil // nobody reviews an organization's posts by being its member…
		p, err := getScoped(ctx, tx, bureau, position, tx.Hold("p"))
		if err != nil {
			return err
		}
		if err := org.Impartial(ctx, tx, who, p.OrgID); err != nil { // …and not in the other hat either
			return err
		}
		from, err := p.move(verb)
		if err != nil {
			return err
		}
		if err := decide(tx, &p); err != nil {
			return err
		}
		if err := save(ctx, tx, p); err != nil {
			return err
		}
		if err := addEvent(ctx, tx, who, p.ID, verb, from, p.State, note); err != nil {
			return err
		}
		o, err := ownerOf(ctx, tx, p.OrgID)
		if err != nil {
			return err
		}
		return audit.Add(ctx, tx, who, audit.Entry{
			Verb: "position." + verb, SubjectKind: "position", Subject: p.ID, Region: o.Region, Note: note,
		})
	})
}
