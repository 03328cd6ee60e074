// Package notify tells people what happened: always in their inbox, which is the record, and by mail where it matters.
//
// The mail of a notice is a delivery:
//
//	queued ──▶ sending ──▶ sent
//	   ▲  │       │  └───▶ failed (refused, or three days of trying)
//	   └──┼───────┘  └───▶ unknown (given up, and the server may have taken it)
//	      └─▶ dropped (nobody to write to, or nothing left to say)
//
// A delivery found in sending was under way when a process died: it is sent again with the same Message-ID, and
// counted.
package notify

import (
	"html/template"
	"net/url"
	"strings"
	texttemplate "text/template"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/mail"
	"zhigang/internal/match"
	"zhigang/internal/outbox"
	"zhigang/internal/region"
	"zhigang/internal/secret"
)

// Kind is what a notice says. Its texts are notice.KIND.title and notice.KIND.body.
type Kind string

// The kinds.
const (
	// To a person.
	Match                Kind = "match" // a saved search found positions
	SearchExpiring       Kind = "match.expiring"
	ApplicationViewed    Kind = "application.viewed"
	ApplicationInterview Kind = "application.interview"
	ApplicationOffer     Kind = "application.offer"
	ApplicationDeclined  Kind = "application.declined"
	PlacementClaimed     Kind = "placement.claimed" // the organization says that it hired: is it so?
	AskedForContact      Kind = "contact.asked"
	ReportPerson         Kind = "report.person"

	// To those who answer for an organization.
	ApplicationReceived  Kind = "application.received"
	ApplicationWithdrawn Kind = "application.withdrawn"
	GaveContact          Kind = "contact.given"
	AnswersUrged         Kind = "application.urged"
	PlacementConfirmed   Kind = "placement.confirmed"
	PlacementDisputed    Kind = "placement.disputed"
	OrgApproved          Kind = "org.approved"
	OrgReturned          Kind = "org.returned"
	OrgSuspended         Kind = "org.suspended"
	PositionPublished    Kind = "position.published"
	PositionReturned     Kind = "position.returned"
	PositionExpiring     Kind = "position.expiring"
	ReportOrg            Kind = "report.org"

	// To a bureau.
	PlacementReview Kind = "placement.review" // a person disputes
	ReportBureau    Kind = "report.bureau"

	// passwordReset is mailed only: an inbox is of no use to somebody who cannot sign in.
	passwordReset Kind = "password.reset"
	// searchConfirm is mailed only: whose mailbox it is, is not known yet.
	searchConfirm Kind = "search.confirm"
)

// Kinds lists the kinds of notices.
func Kinds() []Kind {
	return []Kind{
		Match, SearchExpiring, ApplicationViewed, ApplicationInterview, ApplicationOffer, ApplicationDeclined, PlacementClaimed, AskedForContact, ReportPerson,
		ApplicationReceived, ApplicationWithdrawn, GaveContact, AnswersUrged, PlacementConfirmed, PlacementDisputed,
		OrgApproved, OrgReturned, OrgSuspended, PositionPublished, PositionReturned, PositionExpiring, ReportOrg,
		PlacementReview, ReportBureau,
	}
}

// Params fill the texts of a notice. They are kept as they were when it was written.
type Params map[string]string

// Notice is something that one account was told.
type Notice struct {
	ID      id.ID `db:"id"`
	Account id.ID `db:"account_id"`
	Kind    Kind  `db:"kind"`
	// Subject is what the notice is about: a saved search, a position, an organization …
	Subject id.ID `db:"subject"`
	// Cause is the row that the notice tells of, such as a line of a history. An account is told of one cause once; zero
	// for notices that see to that themselves.
	Cause     id.ID           `db:"cause"`
	Params    db.JSON[Params] `db:"params"`
	Link      string          `db:"link"` // path of the page where one acts on it
	CreatedAt db.Time         `db:"created_at"`
	ReadAt    db.Time         `db:"read_at"`
}

// Unread reports whether the account has not looked at the notice yet.
func (n Notice) Unread() bool { return n.ReadAt.IsZero() }

// QueuedFact says that a delivery (the subject) waits to be sent.
const QueuedFact outbox.Fact = "mail.queued"

// ResetTask names the task that mails the link of a forgotten password; its subject is the link.
const ResetTask = "mail.reset"

// ConfirmTask names the task that mails the link which confirms a request; its subject is the request.
const ConfirmTask = "mail.confirm"

// Options are what the Service works with.
type Options struct {
	DB       *db.DB
	Outbox   *outbox.Outbox
	Accounts *auth.Service
	Matches  *match.Service
	Keys     *secret.Keys
	Tree     *region.Tree
	Catalog  *i18n.Catalog
	// Sender is nil when mail is off: then there are notices only.
	Sender mail.Sender
	// Gateway tells those who have a mobile number and no e-mail address; nil when it is off.
	Gateway mail.Sender
	// Paces bound how many messages go out.
	Paces Paces
	// BaseURL is the address of the site, without a slash at the end.
	BaseURL string
	// Operator is who runs the site, for the foot of mails; "" leaves it out.
	Operator string
}

// Service tells people, and keeps what they were told.
type Service struct {
	Options
	db    *db.DB
	links links
	host  string // of Message-IDs
	html  *template.Template
	text  *texttemplate.Template
	// approved lists what fills the approved text of a kind, in its order.
	approved map[Kind][]string
}

// New returns the Service.
func New(o Options) (*Service, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil {
		return nil, err
	}
	s := &Service{Options: o, db: o.DB, links: links{strings.TrimSuffix(o.BaseURL, "/")}, host: base.Hostname()}
	if s.host == "" {
		s.host = "localhost"
	}
	if s.html, s.text, err = templates(); err != nil {
		return nil, err
	}
	s.approved, err = approvedTexts()
	return s, err
}

// MailOn reports whether mail is sent at all.
func (s *Service) MailOn() bool { return s.Sender != nil }
