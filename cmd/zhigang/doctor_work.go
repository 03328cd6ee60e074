package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/outbox"
	"zhigang/internal/search"
)

// checkOutbox looks how long work has been due, and what was given up.
func (d *doctor) checkOutbox(ctx context.Context, s *store) {
	health, err := outbox.New(s.db, nil).Health(ctx)
	if err != nil {
		d.failed("outbox", err, "database")
		return
	}
	var oldest, pending, dead int64
	for _, h := range health {
		oldest, pending, dead = max(oldest, h.Oldest), pending+h.Pending, dead+h.Dead
	}
	s1, advice := fine, ""
	switch {
	case oldest >= 3600:
		s1, advice = bad, "outbox"
	case oldest >= 300:
		s1, advice = worry, "outbox"
	}
	d.note("outbox", s1, fmt.Sprintf(d.words["outbox_pending"], pending, time.Duration(oldest)*time.Second), advice)
	if dead > 0 {
		d.note("outbox_dead", bad, strconv.FormatInt(dead, 10), "outbox_dead")
	}
}

// checkMailWaiting looks whether mail gets out.
func (d *doctor) checkMailWaiting(ctx context.Context, s *store) {
	notices, err := notify.New(notify.Options{DB: s.db, BaseURL: d.cfg.BaseURL})
	if err != nil {
		d.failed("mail_waiting", err, "base_url")
		return
	}
	h, err := notices.Health(ctx)
	if err != nil {
		d.failed("mail_waiting", err, "database")
		return
	}
	waiting, lost := h.States[notify.Queued]+h.States[notify.Sending], h.States[notify.Failed]+h.States[notify.Unknown]
	detail, s1, advice := fmt.Sprintf(d.words["mail_waiting"], waiting, time.Duration(h.Oldest)*time.Second, lost), fine, ""
	switch {
	case h.Oldest >= 3600:
		s1, advice = bad, "mail"
	case h.Oldest >= 600:
		s1, advice = worry, "mail"
	case lost > 0:
		s1, advice = worry, "mail_lost"
	}
	if len(h.Errors) > 0 {
		detail += ": " + h.Errors[0].Error
	}
	d.note("mail_waiting", s1, detail, advice)
}

// checkMatches looks whether people hear of what their saved searches found.
func (d *doctor) checkMatches(ctx context.Context, s *store) {
	h, err := match.New(s.db, nil, search.Reader{Tree: s.tree}, nil).Health(ctx)
	if err != nil {
		d.failed("matches", err, "database")
		return
	}
	holidays, err := calendar.LoadHolidays()
	if err != nil {
		d.failed("matches", err, "holidays")
		return
	}
	s1, advice := fine, ""
	switch {
	case h.Silent(d.clock.Now(), holidays):
		s1, advice = bad, "matches_silent"
	case h.Behind > 0:
		s1, advice = worry, "outbox"
	}
	d.note("matches", s1, fmt.Sprintf(d.words["matches_behind"], h.Behind, h.Live), advice)
}
