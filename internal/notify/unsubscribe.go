package notify

import (
	"context"
	"strings"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/match"
)

// unsubscribeUse keeps the signature of these links from working for others.
const unsubscribeUse = "unsubscribe"

// unsubscribeToken names a saved search in a link that only its mails carry.
func (s *Service) unsubscribeToken(saved id.ID) string {
	return saved.String() + "." + s.Keys.Sign(unsubscribeUse, saved.String())
}

// readToken returns the saved search of a token. NotFound when it was not made here.
func (s *Service) readToken(token string) (id.ID, error) {
	name, signature, _ := strings.Cut(token, ".")
	saved, err := id.Parse(name)
	if err != nil || !s.Keys.Verify(unsubscribeUse, saved.String(), signature) {
		return 0, errs.NotFound("notice.unsubscribe.unknown")
	}
	return saved, nil
}

// UnsubscribeInfo returns the saved search whose mail a link can end, for the page that asks; it changes nothing.
// NotFound for a link that was not made here.
func (s *Service) UnsubscribeInfo(ctx context.Context, token string) (match.SavedSearch, error) {
	saved, err := s.readToken(token)
	if err != nil {
		return match.SavedSearch{}, err
	}
	return match.ByID(ctx, s.db, saved)
}

// Unsubscribe ends the mail of the saved search of a link; the inbox goes on. It needs nobody to be signed in (RFC
// 8058) and must be reached by POST only. NotFound as for UnsubscribeInfo; asked twice it does no harm.
func (s *Service) Unsubscribe(ctx context.Context, token string) error {
	saved, err := s.readToken(token)
	if err != nil {
		return err
	}
	return s.Matches.EndMail(ctx, saved)
}
