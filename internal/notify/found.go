package notify

import (
	"context"
	"strconv"

	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/outbox"
)

// together is how many saved searches are told in one transaction at most.
const together = 50

// Found follows match.FoundFact: it tells the owner of a saved search (the subject) of the positions that were found
// and not told, in one notice and, if they want, one mail. What has closed by now is dropped; when nothing is left, or it
// is not the time to tell, there is no notice.
func (s *Service) Found(ctx context.Context, job *outbox.Job) error {
	searches, err := job.Siblings(ctx, together-1)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(tx *db.Tx) error {
		taken, err := s.Matches.Take(ctx, tx, searches)
		if err != nil || len(taken) == 0 {
			return err
		}
		return s.tellMatches(ctx, tx, taken)
	})
}

func (s *Service) tellMatches(ctx context.Context, tx *db.Tx, taken []match.Taken) error {
	notices, byMail := make([]Notice, len(taken)), map[id.ID]bool{}
	ids := make([]id.ID, len(taken))
	for n, one := range taken {
		notices[n] = matchNotice(tx, one)
		ids[n] = notices[n].ID
		byMail[ids[n]] = bool(one.Search.ByMail)
	}
	if err := s.addAll(ctx, tx, notices, byMail); err != nil {
		return err
	}
	for _, one := range taken {
		if one.More {
			if err := s.Matches.Later(ctx, tx, one.Search.ID, tx.Now); err != nil {
				return err
			}
		}
	}
	return s.Matches.Told(ctx, tx, taken, ids)
}

func matchNotice(tx *db.Tx, t match.Taken) Notice {
	n := Notice{Account: t.Search.Account, Kind: Match, Subject: t.Search.ID}
	n.Params.V = params("n", strconv.Itoa(len(t.Items)), "query", t.Search.Query, "org", t.Items[0].OrgName)
	if len(t.Items) == 1 {
		n.Link = positionPath(t.Items[0].ID)
	}
	return begun(tx, n)
}
