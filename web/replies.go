package web

import (
	"context"
	"sync"

	"zhigang/internal/application"
	"zhigang/internal/calendar"
	"zhigang/internal/edition"
	"zhigang/internal/id"
)

// replyBook remembers the reply figures of organizations as long as an edition lasts: every card shows one, and counting
// the applications of a year for each takes longer than reading the cards.
type replyBook struct {
	mu      sync.Mutex
	edition edition.Edition
	day     calendar.Day
	known   map[id.ID]application.Replies
}

// repliesOf returns the reply figures of organizations, as application.Service.RepliesOf does.
func (h *handlers) repliesOf(ctx context.Context, orgs []id.ID) (map[id.ID]application.Replies, error) {
	now, err := edition.Current(ctx, h.DB) // before they are counted: they are at least as new
	if err != nil {
		return nil, err
	}
	today := h.today()
	out, missing := h.replies.look(now, today, orgs)
	if len(missing) == 0 {
		return out, nil
	}
	counted, err := h.Applications.RepliesOf(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, org := range missing {
		out[org] = counted[org] // nothing is known of one without applications
	}
	h.replies.note(now, today, out)
	return out, nil
}

// look returns what is known of organizations in an edition, and of which nothing is.
func (b *replyBook) look(now edition.Edition, today calendar.Day, orgs []id.ID) (known map[id.ID]application.Replies, missing []id.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known = make(map[id.ID]application.Replies, len(orgs))
	for _, org := range orgs {
		if _, twice := known[org]; twice {
			continue
		}
		r, ok := b.known[org]
		if known[org] = r; !ok || b.edition != now || b.day != today {
			missing = append(missing, org)
		}
	}
	return known, missing
}

// note remembers figures of an edition. Those of another are forgotten.
func (b *replyBook) note(now edition.Edition, today calendar.Day, figures map[id.ID]application.Replies) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil || b.edition != now || b.day != today {
		b.edition, b.day, b.known = now, today, map[id.ID]application.Replies{}
	}
	for org, r := range figures {
		b.known[org] = r
	}
}
