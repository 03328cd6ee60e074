package application

import "zhigang/internal/outbox"

// The facts of applications (subject: the application) and placements (subject: the placement).
const (
	// ReceivedFact: a person applied.
	ReceivedFact outbox.Fact = "application.received"
	// AnsweredFact: the organization viewed, invited, offered, hired or declined.
	AnsweredFact outbox.Fact = "application.answered"
	// WithdrawnFact: the person withdrew.
	WithdrawnFact outbox.Fact = "application.withdrawn"
	// UrgedFact: the bureau urges an organization (the subject) to answer.
	UrgedFact outbox.Fact = "application.urged"
	// ClaimedFact: the organization says that it hired; the person must say whether it is so.
	ClaimedFact outbox.Fact = "placement.claimed"
	// DecidedFact: the person confirmed or disputed a placement.
	DecidedFact outbox.Fact = "placement.decided"
)
