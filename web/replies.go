package web

import (
	"context"

	"zhigang/internal/application"
	"zhigang/internal/edition"
	"zhigang/internal/id"
)

// repliesOf returns the reply figures of organizations, as application.Service.RepliesOf does. They are remembered for an
// edition: every card shows one, and counting the applications of a year for each takes longer than reading the cards.
func (h *handlers) repliesOf(ctx context.Context, orgs []id.ID) (map[id.ID]application.Replies, error) {
	now, err := edition.Current(ctx, h.DB) // before they are counted: they are at least as new
	if err != nil {
		return nil, err
	}
	return h.repliesIn(ctx, now, orgs)
}

// repliesIn is repliesOf for an edition that was read before.
func (h *handlers) repliesIn(ctx context.Context, now edition.Edition, orgs []id.ID) (map[id.ID]application.Replies, error) {
	return h.replies.Of(now, orgs, func(missing []id.ID) (map[id.ID]application.Replies, error) {
		counted, err := h.Applications.RepliesOf(ctx, missing)
		for _, org := range missing { // nothing is known of one without applications
			if _, known := counted[org]; !known && err == nil {
				counted[org] = application.Replies{}
			}
		}
		return counted, err
	})
}
