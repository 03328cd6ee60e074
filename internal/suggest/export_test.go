package suggest

import (
	"context"

	"zhigang/internal/position"
)

// Overlap is for how long what was changed is looked for again.
const Overlap = overlap

// Pool returns all candidates for a position.
func Pool(ctx context.Context, s *Service, l position.Listed) ([]Candidate, error) {
	return s.pool(ctx, l)
}
