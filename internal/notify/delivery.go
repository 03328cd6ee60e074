package notify

import (
	"cmp"
	"context"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// State is where a delivery stands.
type State string

// The states.
const (
	Queued  State = "queued"
	Sending State = "sending"
	Sent    State = "sent"
	Unknown State = "unknown"
	Failed  State = "failed"
	Dropped State = "dropped"
)

// States lists the states of deliveries.
func States() []State { return []State{Queued, Sending, Sent, Unknown, Failed, Dropped} }

// open reports whether the delivery is still to be made.
func (s State) open() bool { return s == Queued || s == Sending }

// Channel is how a delivery goes out.
type Channel string

// The channels. Who has no e-mail address, and a mobile number, is told by the operator's gateway, if there is one.
const (
	Mail    Channel = "mail"
	Webhook Channel = "webhook"
)

// Delivery is a mail, or a message by another channel, that is to be sent, or was. Neither address nor text stands in it: the mail is written when it is
// sent.
type Delivery struct {
	ID      id.ID `db:"id"`
	Account id.ID `db:"account_id"`
	Notice  id.ID `db:"notice_id"`
	// Link is what the link in the mail works for: a forgotten password, or a request; zero for the mail of a notice.
	Link      id.ID   `db:"link_id"`
	Kind      Kind    `db:"kind"`
	Channel   Channel `db:"channel"`
	State     State   `db:"state"`
	MessageID string  `db:"message_id"`
	Attempts  int     `db:"attempts"`
	Repeats   int     `db:"repeats"` // attempts after one whose end is not known
	LastError string  `db:"last_error"`
	CreatedAt db.Time `db:"created_at"`
	SendingAt db.Time `db:"sending_at"`
	SentAt    db.Time `db:"sent_at"`
	// TurnAt is the moment that was booked for its next attempt: see Paces.
	TurnAt db.Time `db:"turn_at"`
}

// queue adds a delivery, with the Message-ID that all its attempts carry, and says that it waits. Of a notice or a link
// there is one at most.
func (s *Service) queue(ctx context.Context, tx *db.Tx, d Delivery) error {
	added, err := s.insert(ctx, tx, &d)
	if err != nil || !added {
		return err
	}
	return s.Outbox.Add(ctx, tx, QueuedFact, d.ID)
}

// queueAll is queue for many deliveries of new notices.
func (s *Service) queueAll(ctx context.Context, tx *db.Tx, all []Delivery) error {
	ids := make([]id.ID, len(all))
	for n, d := range all {
		ids[n] = d.ID
	}
	if err := db.InsertAll(ctx, tx, "delivery", all); err != nil {
		return err
	}
	return s.Outbox.AddAll(ctx, tx, QueuedFact, ids)
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, d *Delivery) (added bool, err error) {
	*d = s.newDelivery(tx, *d)
	return tx.InsertNew(ctx, "delivery", *d)
}

func (s *Service) newDelivery(tx *db.Tx, d Delivery) Delivery {
	d.ID, d.State, d.CreatedAt, d.Channel = tx.NewID(), Queued, db.At(tx.Now), cmp.Or(d.Channel, Mail)
	d.MessageID = d.ID.String() + "@" + s.host
	return d
}

// begin notes, before the first byte goes out, that an attempt is under way. When the one before never ended, this one
// is a repeat. Conflict when the delivery has ended.
func begin(ctx context.Context, d *db.DB, delivery id.ID) error {
	var attempts int
	err := d.WriteRow(ctx, &attempts, `
		UPDATE delivery SET state = 'sending', sending_at = ?, attempts = attempts + 1,
			repeats = repeats + CASE WHEN state = 'sending' THEN 1 ELSE 0 END
		WHERE id = ? AND state IN ('queued', 'sending') RETURNING attempts`, db.At(d.Clock().Now()), delivery)
	if errs.Is(err, errs.KindNotFound) {
		return errs.Conflict("error.changed").Because(err)
	}
	return err
}

// end notes how a delivery ended, or that it waits for its next attempt.
func end(ctx context.Context, tx *db.Tx, delivery id.ID, state State, why string) error {
	sentAt := db.Time{}
	if state == Sent {
		sentAt = db.At(tx.Now)
	}
	return tx.One(ctx, `
		UPDATE delivery SET state = ?, sent_at = ?, last_error = ?, turn_at = NULL WHERE id = ? AND state IN ('queued', 'sending')`,
		state, sentAt, why, delivery)
}
