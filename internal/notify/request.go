package notify

import (
	"context"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/mail"
	"zhigang/internal/match"
	"zhigang/internal/outbox"
	"zhigang/internal/search"
)

// requestUse keeps the signature of these links from working for others.
const requestUse = "search request"

// AskSearch lets the owner of a mailbox, who needs no account, be told of what q finds, once they have confirmed it by
// the link of a letter. Whether the address is known already is not told. Unavailable when mail is off, Invalid for a
// bad address, rhythm or query.
func (s *Service) AskSearch(ctx context.Context, email, lang string, q search.Query, every match.Every) error {
	if !s.MailOn() {
		return errs.Unavailable("mail.off.search")
	}
	ask := func(tx *db.Tx) error {
		account, err := s.Accounts.Mailbox(ctx, tx, email, lang)
		if err != nil {
			return err
		}
		request, err := s.Matches.Ask(ctx, tx, account, q, every)
		if err != nil {
			return err
		}
		_, err = s.Outbox.AddTask(ctx, tx, ConfirmTask, request, tx.Now)
		return err
	}
	err := s.db.Write(ctx, ask)
	if errs.KeyOf(err) == "error.exists" { // two at the same moment: the second one finds the first
		err = s.db.Write(ctx, ask)
	}
	return err
}

// SendConfirm is the task ConfirmTask: it mails the link that confirms a request (the subject).
func (s *Service) SendConfirm(ctx context.Context, job *outbox.Job) error {
	d, err := s.linkDelivery(ctx, job.Subject, searchConfirm, `SELECT account_id FROM search_request WHERE id = ?`)
	if errs.Is(err, errs.KindNotFound) { // forgotten by now
		return nil
	}
	if err != nil {
		return err
	}
	return s.deliver(ctx, job, d, s.composeConfirm)
}

func (s *Service) composeConfirm(ctx context.Context, d Delivery, to recipient) (m mail.Message, why string, err error) {
	r, err := s.Matches.RequestByID(ctx, s.db, d.Link)
	if errs.Is(err, errs.KindNotFound) || err == nil && r.Confirmed() {
		return m, "the link has run out, or was used", nil
	}
	if err != nil {
		return m, "", err
	}
	m, err = s.writeConfirm(d, to, r)
	return m, "", err
}

func (s *Service) requestToken(request id.ID) string {
	return request.String() + "." + s.Keys.Sign(requestUse, request.String())
}

// RequestInfo returns the request that a link names, for the page that asks; it changes nothing. NotFound for a link that
// was not made here, or whose request was forgotten.
func (s *Service) RequestInfo(ctx context.Context, token string) (match.Request, error) {
	request, err := s.requestOf(token)
	if err != nil {
		return match.Request{}, err
	}
	r, err := s.Matches.RequestByID(ctx, s.db, request)
	if errs.Is(err, errs.KindNotFound) {
		err = unknownRequest()
	}
	return r, err
}

func (s *Service) requestOf(token string) (id.ID, error) {
	name, signature := cutToken(token)
	request, err := id.Parse(name)
	if err != nil || !s.Keys.Verify(requestUse, name, signature) {
		return 0, unknownRequest()
	}
	return request, nil
}

func unknownRequest() error { return errs.NotFound("notice.request.unknown") }

// ConfirmRequest makes the saved search that a link asks for. It needs nobody to be signed in and must be reached by
// POST only. NotFound as for RequestInfo, Conflict as for match.Service.Confirm; asked twice it does no harm.
func (s *Service) ConfirmRequest(ctx context.Context, token string) error {
	request, err := s.requestOf(token)
	if err != nil {
		return err
	}
	_, err = s.Matches.Confirm(ctx, request)
	if errs.Is(err, errs.KindNotFound) {
		err = unknownRequest()
	}
	return err
}

// ForgetMailboxes forgets requests that nobody confirmed in time, with their letters, and then the addresses that
// nothing needs any more. It returns how many addresses it forgot.
func (s *Service) ForgetMailboxes(ctx context.Context) (forgotten int, err error) {
	for full := true; full && err == nil; {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			old, err := s.Matches.DropRequests(ctx, tx)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM delivery WHERE link_id IN (?)`, old); err != nil {
				return err
			}
			idle, err := s.Matches.IdleMailboxes(ctx, tx)
			if err != nil {
				return err
			}
			forgotten += len(idle)
			full = len(old)+len(idle) > 0
			return s.Accounts.ForgetMailboxes(ctx, tx, idle)
		})
	}
	return forgotten, err
}

// SearchExpiring follows match.ExpiringFact: it tells the owner of a saved search (the subject) that it runs out, and by
// mail if that is how they are told of what it finds.
func (s *Service) SearchExpiring(ctx context.Context, job *outbox.Job) error {
	return finish(ctx, job, func(tx *db.Tx) error {
		saved, err := match.ByID(ctx, tx, job.Subject)
		if err != nil || !saved.LiveOn(tx.Now) || saved.RemindedAt.IsZero() { // ended, or renewed by now
			return err
		}
		n := about(SearchExpiring, saved.ID, 0, savedSearchesPath(),
			"query", saved.Query, "day", string(dayOf(saved.ExpiresAt)))
		n.Account = saved.Account
		post := InboxOnly
		if saved.ByMail {
			post = ByMail
		}
		_, err = s.Add(ctx, tx, n, post)
		return err
	})
}

// composeExpiring writes the mail of a search that runs out, unless it was ended or renewed since.
func (s *Service) composeExpiring(ctx context.Context, d Delivery, to recipient, n Notice) (m mail.Message, why string, err error) {
	saved, err := match.ByID(ctx, s.db, n.Subject)
	if err != nil {
		return m, "", err
	}
	if !saved.EndedAt.IsZero() || !bool(saved.ByMail) || saved.RemindedAt.IsZero() {
		return m, unwanted, nil
	}
	m, err = s.writeExpiring(d, to, n, saved)
	return m, "", err
}
