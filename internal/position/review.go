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
)

// Approve puts a submitted post on show. NotFound outside the bureau's region; Conflict when it is not submitted, or its
// organization may not publish; Invalid when a particular is missing or its time has passed while it waited.
func (s *Service) Approve(ctx context.Context, who auth.Actor, position id.ID) error {
	return s.review(ctx, who, position, "approve", "", func(tx *db.Tx, p *Position) error {
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
		return s.outbox.Add(ctx, tx, PublishedFact, p.ID)
	})
}

// Return sends a submitted post back. note says why; fields may give a reason for single fields. At least one reason
// must be given.
func (s *Service) Return(ctx context.Context, who auth.Actor, position id.ID, note string, fields map[string]string) error {
	note = strings.TrimSpace(note)
	reasons := map[string]string{}
	for field, reason := range fields {
		if reason = strings.TrimSpace(reason); reason != "" {
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
	text := note
	for _, field := range slices.Sorted(maps.Keys(reasons)) {
		text += "\n" + field + ": " + reasons[field]
	}
	return s.review(ctx, who, position, "return", strings.TrimSpace(text), func(tx *db.Tx, p *Position) error {
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
		p, err := getForBureau(ctx, tx, who, position)
		if err != nil {
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
