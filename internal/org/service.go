package org

import (
	"context"
	"slices"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/region"
	"zhigang/internal/text"
)

// Service holds the verbs on organizations.
type Service struct {
	db     *db.DB
	outbox *outbox.Outbox
	tree   *region.Tree
}

// New returns the Service.
func New(d *db.DB, o *outbox.Outbox, tree *region.Tree) *Service {
	return &Service{db: d, outbox: o, tree: tree}
}

// verifyEvery is how long a verification holds: accounts that recruit are to be checked anew every half year
// (人社厅发〔2025〕60号).
const verifyEvery = 183

// Register makes an organization, pending review, with the actor as its owner. Invalid for bad input or a credit code
// that is registered already.
func (s *Service) Register(ctx context.Context, who auth.Actor, in Registration) (Org, error) {
	if !who.Known() {
		return Org{}, errs.Unauthenticated("error.unauthenticated")
	}
	if err := in.check(s.tree); err != nil {
		return Org{}, err
	}
	var o Org
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := checkHost(ctx, tx, in); err != nil {
			return err
		}
		o = Org{ID: tx.NewID(), State: Pending, CreatedBy: who.Account, CreatedAt: db.At(tx.Now), SubmittedAt: db.At(tx.Now), Version: 1}
		o.take(in, s.tree)
		if err := tx.Insert(ctx, "org", o); err != nil {
			return err
		}
		member := Member{Org: o.ID, Account: who.Account, Role: auth.Owner, Since: db.At(tx.Now)}
		if err := tx.Insert(ctx, "org_member", member.row()); err != nil {
			return err
		}
		if err := addEvent(ctx, tx, who, o.ID, "register", "", Pending, ""); err != nil {
			return err
		}
		return s.outbox.Add(ctx, tx, SubmittedFact, o.ID)
	})
	return o, taken(err, in)
}

// taken says in words that such an organization is registered already.
func taken(err error, in Registration) error {
	switch {
	case errs.KeyOf(err) != "error.exists":
		return err
	case in.Kind == Filed:
		return errs.Fields{"name": {Key: "org.name.taken"}}.Err()
	}
	return errs.Fields{"code": {Key: "org.code.taken"}}.Err()
}

// take copies the registration into the organization.
func (o *Org) take(in Registration, tree *region.Tree) {
	o.Name, o.Kind, o.HostID, o.Region = in.Name, in.Kind, in.HostID, in.Region
	o.Address, o.Intro, o.ContactName, o.ContactPhone = in.Address, in.Intro, in.ContactName, in.ContactPhone
	o.Code = nil
	if in.Code != "" {
		code := Code(in.Code)
		o.Code = &code
	}
	o.Flags = db.AsJSON(in.flags(tree))
}

// checkHost makes sure that a filed organization lives under one that is registered.
func checkHost(ctx context.Context, q db.Q, in Registration) error {
	if in.Kind != Filed {
		return nil
	}
	host, err := get(ctx, q, in.HostID, "")
	if err != nil && !errs.Is(err, errs.KindNotFound) {
		return err
	}
	if err != nil || host.Kind == Filed || host.State != Approved {
		return errs.Fields{"host": {Key: "org.host.unknown"}}.Err()
	}
	return nil
}

// Edit changes the data of an organization. What its bureau has verified goes back to review; contact, address and
// introduction do not. Forbidden unless the actor owns it.
func (s *Service) Edit(ctx context.Context, who auth.Actor, org id.ID, in Registration) error {
	if err := who.NeedOrg(org, auth.Owner); err != nil {
		return err
	}
	if err := in.check(s.tree); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		o, err := get(ctx, tx, org, tx.Hold("o"))
		if err != nil {
			return err
		}
		if o.State == Suspended {
			return errs.Conflict("org.state.suspended")
		}
		if err := checkHost(ctx, tx, in); err != nil {
			return err
		}
		before := o
		o.take(in, s.tree)
		verified := before.Name == o.Name && before.CreditCode() == o.CreditCode() && before.Kind == o.Kind && before.Region == o.Region && before.HostID == o.HostID
		if !verified || before.State == Returned {
			o.State, o.SubmittedAt, o.OverrideReason = Pending, db.At(tx.Now), ""
			if err := s.outbox.Add(ctx, tx, SubmittedFact, o.ID); err != nil {
				return err
			}
		}
		if err := tx.Update(ctx, "org", o); err != nil {
			return err
		}
		if err := s.outbox.Add(ctx, tx, StandingChangedFact, o.ID); err != nil {
			return err
		}
		return addEvent(ctx, tx, who, o.ID, "edit", before.State, o.State, "")
	})
	return taken(err, in)
}

// Approve lets an organization publish as it stands. overrideReason must say why when the credit code fails its check.
// NotFound outside the bureau's region, Conflict when it is approved already, Forbidden for those who work for it.
func (s *Service) Approve(ctx context.Context, who auth.Actor, org id.ID, overrideReason string) error {
	return s.ApproveSeen(ctx, who, org, overrideReason, 0)
}

// ApproveSeen is Approve for a reviewer who has read the data at version seen: Conflict when they were changed since, so
// that nobody vouches for what they have not read. 0 stands for any version.
func (s *Service) ApproveSeen(ctx context.Context, who auth.Actor, org id.ID, overrideReason string, seen int) error {
	overrideReason = text.Block(overrideReason)
	f := errs.Fields{}
	f.Text("override", overrideReason, false, maxReason)
	if err := f.Err(); err != nil {
		return err
	}
	return s.review(ctx, who, org, "approve", overrideReason, func(tx *db.Tx, o *Org) error {
		if seen != 0 && o.Version != seen {
			return errs.Conflict("org.changed_since")
		}
		if o.State == Approved || o.State == Returned {
			return errs.Conflict("org.state." + string(o.State))
		}
		if slices.Contains(o.Flags.V, FlagCode) && overrideReason == "" {
			return errs.Fields{"override": {Key: "org.override.required"}}.Err()
		}
		o.State, o.VerifiedAt, o.OverrideReason, o.ReviewNote = Approved, db.At(tx.Now), overrideReason, ""
		o.VerifyDue = calendar.DayOf(tx.Now).Add(verifyEvery)
		return nil
	})
}

// Return sends a registration back with the reason. Conflict when it is not pending.
func (s *Service) Return(ctx context.Context, who auth.Actor, org id.ID, reason string) error {
	reason = text.Block(reason)
	f := errs.Fields{}
	f.Text("reason", reason, true, maxReason)
	if err := f.Err(); err != nil {
		return err
	}
	return s.review(ctx, who, org, "return", reason, func(_ *db.Tx, o *Org) error {
		if o.State != Pending {
			return errs.Conflict("org.state." + string(o.State))
		}
		o.State, o.ReviewNote = Returned, reason
		return nil
	})
}

// Suspend takes an approved organization, with all its posts, off the public pages. Approve brings it back.
func (s *Service) Suspend(ctx context.Context, who auth.Actor, org id.ID, reason string) error {
	reason = text.Block(reason)
	f := errs.Fields{}
	f.Text("reason", reason, true, maxReason)
	if err := f.Err(); err != nil {
		return err
	}
	return s.review(ctx, who, org, "suspend", reason, func(_ *db.Tx, o *Org) error {
		if o.State != Approved {
			return errs.Conflict("org.state." + string(o.State))
		}
		o.State, o.ReviewNote = Suspended, reason
		return nil
	})
}

// Rate notes the grade (1 to 5, 0 for none) that an evaluation gave and until when it is valid.
func (s *Service) Rate(ctx context.Context, who auth.Actor, org id.ID, rating int, until calendar.Day) error {
	fields := errs.Fields{}
	if rating < 0 || rating > 5 {
		fields.Add("rating", "org.rating.range")
	}
	if _, err := calendar.ParseDay(string(until)); rating > 0 && err != nil {
		fields.Add("rating_until", "error.day")
	}
	if err := fields.Err(); err != nil {
		return err
	}
	return s.review(ctx, who, org, "rate", "", func(_ *db.Tx, o *Org) error {
		o.Rating, o.RatingUntil = rating, until
		return nil
	})
}

// review runs one decision of a bureau: in scope, with history, audit and facts.
func (s *Service) review(ctx context.Context, who auth.Actor, org id.ID, verb, note string, decide func(*db.Tx, *Org) error) error {
	if err := who.NeedBureau(auth.Reviewer); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		bureau := who
		bureau.Orgs = nil // nobody decides about an organization by being its member…
		o, err := getScoped(ctx, tx, bureau, org, tx.Hold("o"))
		if err != nil {
			return err
		}
		if err := Impartial(ctx, tx, who, org); err != nil { // …and not in the other hat either
			return err
		}
		before := o.State
		if err := decide(tx, &o); err != nil {
			return err
		}
		if err := tx.Update(ctx, "org", o); err != nil {
			return err
		}
		if err := addEvent(ctx, tx, who, org, verb, before, o.State, note); err != nil {
			return err
		}
		entry := audit.Entry{Verb: "org." + verb, SubjectKind: "org", Subject: org, Region: o.Region, Note: note}
		if err := audit.Add(ctx, tx, who, entry); err != nil {
			return err
		}
		if before != o.State {
			if err := s.outbox.Add(ctx, tx, ReviewedFact, org); err != nil {
				return err
			}
		}
		return s.outbox.Add(ctx, tx, StandingChangedFact, org)
	})
}

func addEvent(ctx context.Context, tx *db.Tx, who auth.Actor, org id.ID, verb string, from, to State, note string) error {
	return tx.Insert(ctx, "org_event", Event{
		ID: tx.NewID(), Org: org, At: db.At(tx.Now), Account: who.Account, Verb: verb, From: from, To: to, Note: note,
	})
}
