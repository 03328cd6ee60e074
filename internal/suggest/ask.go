package suggest

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/person"
	"zhigang/internal/search"
)

// Bounds of asking.
const (
	// MaxAsks is how many people may be asked for one position in AskWindow.
	MaxAsks   = 20
	AskWindow = 7 * 24 * time.Hour
	// AskLife is how long somebody may take to answer. Silence is a no.
	AskLife = 14 * 24 * time.Hour
)

// AskedFact says that a person was asked for their contact; the subject is the ask.
const AskedFact outbox.Fact = "suggest.asked"

// GivenFact says that a person gave their contact; the subject is the ask.
const GivenFact outbox.Fact = "suggest.given"

// AskState is where an ask stands.
type AskState string

// The states. An organization is not told a No: to it, it is silence.
const (
	Asked AskState = "asked"
	Yes   AskState = "yes"
	No    AskState = "no"
	// Expired is an Asked that was not answered in time; it is never written down.
	Expired AskState = "expired"
)

// Ask is that an organization asks somebody, whom it does not know, for their name and contact.
type Ask struct {
	ID         id.ID    `db:"id"`
	Position   id.ID    `db:"position_id"`
	Org        id.ID    `db:"org_id"`
	Person     id.ID    `db:"person_id"`
	State      AskState `db:"state"`
	AskedBy    id.ID    `db:"asked_by"`
	CreatedAt  db.Time  `db:"created_at"`
	AnsweredAt db.Time  `db:"answered_at"`
	Consent    id.ID    `db:"consent_id"`
	Sealed     []byte   `db:"sealed"`
}

// Until returns when the ask runs out.
func (a Ask) Until() time.Time { return a.CreatedAt.Add(AskLife) }

// StateAt returns the state as it is at instant t.
func (a Ask) StateAt(t time.Time) AskState {
	if a.State == Asked && !t.Before(a.Until()) {
		return Expired
	}
	return a.State
}

// Given is what a person lets an organization know.
type Given struct {
	Name   string `json:"name"`
	Email  string `json:"email,omitempty"`
	Mobile string `json:"mobile,omitempty"`
}

// OrgAsk is an ask as the organization sees it.
type OrgAsk struct {
	ID    id.ID
	At    db.Time
	State AskState // Asked, Yes or Expired: a No is told as no answer
	Given Given    // once there is a Yes
}

// Ask asks the person whom ref stands for whether the organization may have their contact. NotFound when ref stands for
// nobody who suits the position and agrees to be found; Conflict when the position is not on show, or MaxAsks were asked
// for it in AskWindow. Forbidden as for Candidates.
func (s *Service) Ask(ctx context.Context, who auth.Actor, owner, post id.ID, ref string) error {
	l, open, err := s.ownPost(ctx, who, owner, post)
	if err != nil {
		return err
	}
	if !open {
		return errs.Conflict("candidates.closed")
	}
	d := search.NewDocument(l, s.Tree)
	all, err := s.found(ctx, d)
	if err != nil {
		return err
	}
	n := slices.IndexFunc(all, func(account id.ID) bool { return s.ref(post, account) == ref })
	if n < 0 {
		return errs.NotFound("error.not_found")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		// Two who ask at the same moment wait for each other, so that the bound holds.
		var held id.ID
		if err := tx.Get(ctx, &held, `SELECT p.id FROM position p WHERE p.id = ?`+tx.Hold("p"), post); err != nil {
			return err
		}
		now, err := free(ctx, tx, l, all[n:n+1])
		if err != nil {
			return err
		}
		if len(now) == 0 {
			return errs.NotFound("error.not_found")
		}
		if _, wanted := s.candidate(now[0], l, d); !wanted {
			return errs.NotFound("error.not_found")
		}
		var asked int
		if err := tx.Get(ctx, &asked, `SELECT COUNT(*) FROM ask WHERE position_id = ? AND created_at > ?`, post, db.At(tx.Now.Add(-AskWindow))); err != nil {
			return err
		}
		if asked >= MaxAsks {
			return errs.Conflict("candidates.many").With("max", MaxAsks)
		}
		a := Ask{ID: tx.NewID(), Position: post, Org: owner, Person: all[n], State: Asked, AskedBy: who.Account, CreatedAt: db.At(tx.Now)}
		if err := tx.Insert(ctx, "ask", a); err != nil {
			return err
		}
		if err := audit.Add(ctx, tx, who, audit.Entry{Verb: "candidate.ask", SubjectKind: "position", Subject: post, Region: l.OrgRegion}); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, AskedFact, a.ID)
	})
}

// AsksOfPost lists whom an organization asked for a position, the newest first. Forbidden and NotFound as for Candidates.
func (s *Service) AsksOfPost(ctx context.Context, who auth.Actor, owner, post id.ID) ([]OrgAsk, error) {
	if _, _, err := s.ownPost(ctx, who, owner, post); err != nil {
		return nil, err
	}
	var all []Ask
	if err := s.db.Select(ctx, &all, `
		SELECT `+db.Columns[Ask]("k")+` FROM ask k WHERE position_id = ? AND org_id = ? ORDER BY id DESC LIMIT 200`, post, owner); err != nil {
		return nil, err
	}
	out := make([]OrgAsk, len(all))
	now := s.db.Clock().Now()
	for n, a := range all {
		out[n] = OrgAsk{ID: a.ID, At: a.CreatedAt, State: a.StateAt(now)}
		switch {
		case a.State == No && now.Before(a.Until()): // a No looks like one who has not answered yet
			out[n].State = Asked
		case a.State == No:
			out[n].State = Expired
		case a.State == Yes && len(a.Sealed) > 0:
			plain, err := s.Keys.Open(sealedAt(a.ID), a.Sealed)
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(plain, &out[n].Given); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func sealedAt(ask id.ID) string { return "ask.sealed|" + ask.String() }

// MyAsk is an ask as the person sees it.
type MyAsk struct {
	Ask
	Title    string `db:"title"`
	OrgName  string `db:"org_name"`
	Employer string `db:"employer"` // the member unit, "" when the organization itself hires
}

const selectMine = `SELECT k.id, k.position_id, k.org_id, k.person_id, k.state, k.asked_by, k.created_at, k.answered_at, k.consent_id, k.sealed,
	p.title, p.employer, o.name AS org_name FROM ask k JOIN position p ON p.id = k.position_id JOIN org o ON o.id = k.org_id `

// MyAsks lists who asked the actor, the newest first.
func (s *Service) MyAsks(ctx context.Context, who auth.Actor) ([]MyAsk, error) {
	all := []MyAsk{}
	err := s.db.Select(ctx, &all, selectMine+`WHERE k.person_id = ? ORDER BY k.id DESC LIMIT 200`, who.Account)
	return all, err
}

// MyAsk returns an ask that was put to the actor; NotFound for any other.
func (s *Service) MyAsk(ctx context.Context, who auth.Actor, ask id.ID) (MyAsk, error) {
	return myAsk(ctx, s.db, who, ask, "")
}

func myAsk(ctx context.Context, q db.Q, who auth.Actor, ask id.ID, hold string) (MyAsk, error) {
	var a MyAsk
	err := q.Get(ctx, &a, selectMine+`WHERE k.id = ? AND k.person_id = ?`+hold, ask, who.Account)
	return a, err
}

// Say is what a person gives with a yes: an address, a number, or both.
type Say struct{ Email, Mobile bool }

// Give answers an ask with yes: the organization then knows the actor's name and what they choose to give, which is written
// down as a consent. Invalid when nothing is given, Conflict when the ask has run out or was answered with yes.
func (s *Service) Give(ctx context.Context, who auth.Actor, ask id.ID, say Say) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := myAsk(ctx, tx, who, ask, tx.Hold("k"))
		if err != nil {
			return err
		}
		if a.StateAt(tx.Now) == Yes || !tx.Now.Before(a.Until()) {
			return errs.Conflict("ask.over")
		}
		c, err := s.Accounts.Contact(ctx, tx, who.Account)
		if err != nil {
			return err
		}
		given, fields := Given{Name: c.Name}, []string{"name"}
		if say.Email && c.Email != "" {
			given.Email, fields = c.Email, append(fields, "email")
		}
		if say.Mobile && c.Mobile != "" {
			given.Mobile, fields = c.Mobile, append(fields, "mobile")
		}
		if len(fields) == 1 {
			return errs.Fields{"contact": {Key: "ask.contact.required"}}.Err()
		}
		consent, err := person.AddConsent(ctx, tx, person.Consent{
			Account: who.Account, Purpose: "contact", Receiver: a.OrgName, Org: a.Org, Fields: db.AsJSON(fields), Version: FoundVersion,
		})
		if err != nil {
			return err
		}
		plain, err := json.Marshal(given)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE ask SET state = 'yes', answered_at = ?, consent_id = ?, sealed = ? WHERE id = ?`,
			db.At(tx.Now), consent, s.Keys.Seal(sealedAt(a.ID), plain), a.ID); err != nil {
			return err
		}
		return s.Outbox.Add(ctx, tx, GivenFact, a.ID)
	})
}

// givenFor is for how long a contact that was given is kept: long enough to talk, not for ever.
const givenFor = 90 * 24 * time.Hour

// Forget erases contacts that were given so long ago that they have served, and returns how many.
func (s *Service) Forget(ctx context.Context) (n int64, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(ctx, `UPDATE ask SET sealed = NULL WHERE sealed IS NOT NULL AND answered_at <= ?`, db.At(tx.Now.Add(-givenFor)))
		return err
	})
	return n, err
}

// Refuse answers an ask with no, also after a yes: what was given is then erased here. The organization is not told; to it,
// there is no answer. Asked twice it does no harm.
func (s *Service) Refuse(ctx context.Context, who auth.Actor, ask id.ID) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := myAsk(ctx, tx, who, ask, tx.Hold("k"))
		if err != nil || a.State == No {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE ask SET state = 'no', answered_at = ?, sealed = NULL WHERE id = ?`, db.At(tx.Now), a.ID)
		return err
	})
}
