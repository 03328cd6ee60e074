package suggest

import (
	"context"
	"time"

	"zhigang/internal/position"
)

// Overlap is for how long what was changed is looked for again.
const Overlap = overlap

// LoadedAt returns when those who agreed to be found were last loaded from the first to the last.
func LoadedAt(s *Service) time.Time {
	s.willing.mu.Lock()
	defer s.willing.mu.Unlock()
	return s.willing.loadedAt
}

// Pool returns all candidates for a position.
func Pool(ctx context.Context, s *Service, l position.Listed) ([]Candidate, error) {
	return s.pool(ctx, l)
}
