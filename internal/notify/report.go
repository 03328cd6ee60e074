package notify

import (
	"context"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/org"
)

// Report is a weekly report that is ready.
type Report struct {
	ID    id.ID
	Kind  Kind   // ReportBureau, ReportOrg or ReportPerson
	Scope string // the code of the region, or the id of the organization as text; not used for a person
	Week  calendar.Week
	// Text is what the report says in one paragraph, in each language, so that the mail shows the numbers of the page;
	// it may be left out.
	Text map[i18n.Lang]string
}

// ReportReady tells accounts that a report is ready, in the transaction that notes it as told.
func (s *Service) ReportReady(ctx context.Context, tx *db.Tx, accounts []id.ID, r Report) error {
	n := about(r.Kind, r.ID, r.ID, reportPath(r),
		"week", r.Week.String(), "from", string(r.Week.First()), "to", string(r.Week.Last()))
	switch r.Kind {
	case ReportBureau:
		n.Params.V["region"] = r.Scope
	case ReportOrg:
		owner, err := id.Parse(r.Scope)
		if err != nil {
			return err
		}
		found, err := org.ByID(ctx, tx, []id.ID{owner})
		if err != nil {
			return err
		}
		n.Params.V["org"] = found[owner].Name
	case ReportPerson:
	default:
		return errs.Invalid("error.choice")
	}
	for lang, text := range r.Text {
		n.Params.V["text."+string(lang)] = text
	}
	post := ByMail
	if tx.Now.Sub(r.Week.End()) > stale {
		post = InboxOnly // made up for after a long downtime: nobody wants a month of mail at once
	}
	return s.Tell(ctx, tx, accounts, n, post)
}

// stale is how long after its week a report is not mailed any more.
const stale = 7 * 24 * time.Hour
