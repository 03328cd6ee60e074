// Package suggest brings people and positions together that have not found each other: it recommends positions to a
// person, and shows an organization, without names, who of those that agreed to it suits a position.
package suggest

import (
	"context"
	"log/slog"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/outbox"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/search"
	"zhigang/internal/secret"
)

// Options are what the Service works with.
type Options struct {
	DB        *db.DB
	Tree      *region.Tree
	Positions *position.Service
	Search    *search.Service
	Outbox    *outbox.Outbox
	Keys      *secret.Keys
	Accounts  *auth.Service
	Log       *slog.Logger
}

// Service recommends and suggests.
type Service struct {
	Options
	db      *db.DB
	willing willing
}

// New returns the Service.
func New(o Options) *Service { return &Service{Options: o, db: o.DB} }

// Choice is what a person chose about suggestions.
type Choice struct {
	Account id.ID `db:"account_id"`
	// Recommend lets positions be recommended by the profile; it can be turned off (个人信息保护法 art 24).
	Recommend db.Bool `db:"recommend"`
	// Found lets organizations find the person, without their name, and ask for contact. Nobody is found who did not turn
	// this on.
	Found     db.Bool `db:"found"`
	ChangedAt db.Time `db:"changed_at"`
}

// FoundVersion is the version of the text by which people agree to be found, and FoundFields what is shown of them then.
const FoundVersion = "2026-11"

// FoundFields lists what an organization sees of somebody it finds.
func FoundFields() []string {
	return []string{"degree", "major", "skills", "want_kinds", "want_regions", "want_pay"}
}

// Choice returns what the actor chose.
func (s *Service) Choice(ctx context.Context, who auth.Actor) (Choice, error) {
	return choiceOf(ctx, s.db, who.Account)
}

func choiceOf(ctx context.Context, q db.Q, account id.ID) (Choice, error) {
	var c Choice
	err := q.Get(ctx, &c, `SELECT `+db.Columns[Choice]("c")+` FROM suggest_choice c WHERE account_id = ?`, account)
	if errs.Is(err, errs.KindNotFound) {
		return Choice{Account: account, Recommend: true}, nil
	}
	return c, err
}

// Choose sets what the actor chose. It holds at once. Agreeing to be found is written down as a consent.
func (s *Service) Choose(ctx context.Context, who auth.Actor, recommend, found bool) error {
	if who.Account == 0 {
		return errs.Unauthenticated("error.unauthenticated")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		was, err := choiceOf(ctx, tx, who.Account)
		if err != nil {
			return err
		}
		if found && !bool(was.Found) {
			if _, err := person.AddConsent(ctx, tx, person.Consent{
				Account: who.Account, Purpose: "found", Fields: db.AsJSON(FoundFields()), Version: FoundVersion,
			}); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO suggest_choice (account_id, recommend, found, changed_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (account_id) DO UPDATE SET recommend = excluded.recommend, found = excluded.found, changed_at = excluded.changed_at`,
			who.Account, db.Bool(recommend), db.Bool(found), db.At(tx.Now))
		return err
	})
}
