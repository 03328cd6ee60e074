package workers

import (
	"slices"
	"testing"

	"zhigang/internal/application"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
)

// Pages are shown again until an edition ends: a fact that changes what everybody sees must end it.
func TestWhatEverybodySeesBeginsAnEdition(t *testing.T) {
	reactions := Reactions()
	for _, fact := range []outbox.Fact{
		position.PublishedFact, position.ChangedFact, position.GoneFact, org.StandingChangedFact,
		application.AnsweredFact, application.WithdrawnFact, application.ClaimedFact, application.DecidedFact, // reply rates, places
	} {
		if !slices.ContainsFunc(reactions[fact], func(t outbox.Task) bool { return t.Public }) {
			t.Errorf("nothing that follows %s is public", fact)
		}
	}
}
