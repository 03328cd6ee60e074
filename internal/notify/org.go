package notify

import (
	"context"

	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
)

var reviews = map[string]Kind{"approve": OrgApproved, "return": OrgReturned, "suspend": OrgSuspended}

// OrgReviewed follows org.ReviewedFact: it tells those who answer for the organization the newest decision of its
// bureau, with the reason.
func (s *Service) OrgReviewed(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		var e org.Event
		if err := tx.Get(ctx, &e, `
			SELECT `+db.Columns[org.Event]("e")+` FROM org_event e
			WHERE org_id = ? AND verb IN ('approve', 'return', 'suspend')
			ORDER BY at DESC, id DESC LIMIT 1`, job.Subject); err != nil {
			return err
		}
		found, err := org.ByID(ctx, tx, []id.ID{job.Subject})
		if err != nil {
			return err
		}
		editors, err := org.Editors(ctx, tx, job.Subject)
		if err != nil {
			return err
		}
		reason := e.Note
		if e.Verb == "approve" {
			reason = "" // why a failed check was overridden is for the bureau
		}
		n := about(reviews[e.Verb], job.Subject, e.ID, orgPath(job.Subject), "org", found[job.Subject].Name, "reason", reason)
		return s.Tell(ctx, tx, editors, n, ByMail)
	})
}
