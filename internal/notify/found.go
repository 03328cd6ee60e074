package notify

import (
	"context"
	"strconv"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/match"
	"zhigang/internal/outbox"
)

// Found follows match.FoundFact: it tells the owner of a saved search (the subject) of the positions that were found
// and not told, in one notice and, if they want, one mail. What has closed by now is dropped; when nothing is left, or it
// is not the time to tell, there is no notice.
func (s *Service) Found(ctx context.Context, job *outbox.Job) error {
	return job.Finish(ctx, func(tx *db.Tx) error {
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
