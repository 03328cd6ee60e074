package match

import "zhigang/internal/outbox"

// FoundFact says that a saved search (the subject) has found positions that its owner must be told of.
const FoundFact outbox.Fact = "match.found"

// ExpiringFact says that a saved search (the subject) runs out soon.
const ExpiringFact outbox.Fact = "match.expiring"

// DeliverTask names the task that follows FoundFact. A delivery that must wait is asked for by this name.
const DeliverTask = "match.deliver"

// The task that follows position.ChangedFact, and the one of each part that it leads to where matching is divided.
const (
	ChangedTask = "match.changed"
	PartTask    = "match.part"
)
