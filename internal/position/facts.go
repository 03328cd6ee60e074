package position

import "zhigang/internal/outbox"

// The facts of a position; the subject is its id.
const (
	// SubmittedFact: it waits for review.
	SubmittedFact outbox.Fact = "position.submitted"
	// PublishedFact: it is on show, for the first time or again; people must be told.
	PublishedFact outbox.Fact = "position.published"
	// ChangedFact: it is on show and reads differently; what was derived from it must follow.
	ChangedFact outbox.Fact = "position.changed"
	// ReturnedFact: the bureau sent it back with reasons.
	ReturnedFact outbox.Fact = "position.returned"
	// GoneFact: it is no longer on show; it must leave the index, and nobody may be told of it.
	GoneFact outbox.Fact = "position.gone"
	// ExpiringFact: it will expire in 7 days, or in one.
	ExpiringFact outbox.Fact = "position.expiring"
)
