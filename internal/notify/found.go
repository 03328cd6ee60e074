package notify

import (
	"context"
	"strconv"
	"time"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/outbox"
)

// At most burst notices an hour are made of one saved search: when many posts come at once, what follows is told
// together.
const (
	burst     = 3
	burstSpan = time.Hour
)

// Found follows match.FoundFact: it tells the owner of a saved search (the subject) of the positions that were found
// and not told, in one notice and, if they want, one mail. What has closed by now is dropped; when nothing is left,
// there is no notice.
func (s *Service) Found(ctx context.Context, job *outbox.Job) error {
	return job.Finish(ctx, func(tx *db.Tx) error {
		wait, err := s.burstEnds(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		if wait.After(tx.Now) {
			return s.Matches.Later(ctx, tx, job.Subject, wait)
		}
		saved, items, more, err := s.Matches.Take(ctx, tx, job.Subject)
		if errs.Is(err, errs.KindNotFound) {
			return nil
		}
		if err != nil || len(items) == 0 {
			return err
		}
		if err := s.tellMatches(ctx, tx, saved, items); err != nil || !more {
			return err
		}
		return s.Matches.Later(ctx, tx, saved.ID, tx.Now)
	})
}

func (s *Service) tellMatches(ctx context.Context, tx *db.Tx, saved match.SavedSearch, items []match.Item) error {
	n := Notice{Account: saved.Account, Kind: Match, Subject: saved.ID}
	n.Params.V = params("n", strconv.Itoa(len(items)), "query", saved.Query, "org", items[0].OrgName)
	if len(items) == 1 {
		n.Link = positionPath(items[0].ID)
	}
	post := InboxOnly
	if saved.ByMail {
		post = ByMail
	}
	notice, err := s.Add(ctx, tx, n, post)
	if err != nil {
		return err
	}
	return s.Matches.Told(ctx, tx, saved.ID, items, notice)
}

// burstEnds returns when the next notice of a saved search may be made.
func (s *Service) burstEnds(ctx context.Context, q db.Q, saved id.ID) (time.Time, error) {
	var made []db.Time
	err := q.Select(ctx, &made, `
		SELECT n.created_at FROM saved_search s JOIN notice n ON n.account_id = s.account_id
		WHERE s.id = ? AND n.kind = ? AND n.subject = s.id
		ORDER BY n.id DESC LIMIT ?`, saved, Match, burst)
	if err != nil || len(made) < burst {
		return time.Time{}, err
	}
	return made[burst-1].Add(burstSpan), nil
}
