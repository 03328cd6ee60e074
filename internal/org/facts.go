package org

import "zhigang/internal/outbox"

// The facts of an organization; the subject is its id.
const (
	// SubmittedFact: it registered, or corrected its data after a return; its bureau must review.
	SubmittedFact outbox.Fact = "org.submitted"
	// ReviewedFact: its bureau approved or returned it.
	ReviewedFact outbox.Fact = "org.reviewed"
	// StandingChangedFact: its name, standing or rating changed, so what shows them must follow.
	StandingChangedFact outbox.Fact = "org.standing_changed"
)
