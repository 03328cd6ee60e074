// Package application keeps applications (应聘 / 报名) and the placements (录用 / 落实) that come of them: one story, from
// the first word to the graduate's yes.
//
//	received ─▶ viewed ─▶ interview ─▶ offer ─▶ hired ─▶ a placement: claimed ─▶ confirmed
//	    └──────────┴──────────┴─────────┴─▶ declined                     └─────▶ disputed
//	    └──────────┴──────────┴─────────┴─▶ withdrawn (by the person)
package application

import (
	"slices"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/position"
)

// State is where an application stands.
type State string

// The states.
const (
	Received  State = "received"
	Viewed    State = "viewed"
	Interview State = "interview"
	Offer     State = "offer"
	Hired     State = "hired"
	Declined  State = "declined"
	Withdrawn State = "withdrawn"
)

// States lists the states in the order of menus.
func States() []State {
	return []State{Received, Viewed, Interview, Offer, Hired, Declined, Withdrawn}
}

// Verb is what an organization does with an application.
type Verb string

// The verbs of the organization. Withdraw is the person's.
const (
	View      Verb = "view"
	Invite    Verb = "interview"
	MakeOffer Verb = "offer"
	Hire      Verb = "hire"
	Decline   Verb = "decline"
	Withdraw  Verb = "withdraw"
)

// Verbs lists the verbs of the organization in the order of buttons.
func Verbs() []Verb { return []Verb{View, Invite, MakeOffer, Hire, Decline} }

var transitions = map[Verb]struct {
	from []State
	to   State
}{
	View:      {[]State{Received}, Viewed},
	Invite:    {[]State{Received, Viewed}, Interview},
	MakeOffer: {[]State{Received, Viewed, Interview}, Offer},
	Hire:      {[]State{Received, Viewed, Interview, Offer}, Hired},
	Decline:   {[]State{Received, Viewed, Interview, Offer}, Declined},
	Withdraw:  {[]State{Received, Viewed, Interview, Offer}, Withdrawn},
}

// Can reports whether verb may start from state s.
func (s State) Can(verb Verb) bool { return slices.Contains(transitions[verb].from, s) }

// Open reports whether something may still happen to the application.
func (s State) Open() bool { return s.Can(Decline) }

// Application is a person for a position.
type Application struct {
	ID         id.ID        `db:"id"`
	Position   id.ID        `db:"position_id"`
	Org        id.ID        `db:"org_id"`
	Person     id.ID        `db:"person_id"`
	Consent    id.ID        `db:"consent_id"`
	State      State        `db:"state"`
	Message    string       `db:"message"`
	Sealed     []byte       `db:"sent"`
	CVID       id.ID        `db:"cv_id"`
	AnswerBy   calendar.Day `db:"answer_by"`
	AnsweredAt db.Time      `db:"answered_at"`
	InTime     *int         `db:"in_time"`
	CreatedAt  db.Time      `db:"created_at"`
	UpdatedAt  db.Time      `db:"updated_at"`
	Version    int          `db:"version"`
}

// OverdueOn reports whether on day d the answer that was promised is late.
func (a Application) OverdueOn(d calendar.Day) bool {
	return a.State.Open() && a.AnsweredAt.IsZero() && a.AnswerBy < d
}

// Sent is what the person agreed to send, as it was when they applied.
type Sent struct {
	Name        string       `json:"name"`
	Email       string       `json:"email,omitempty"`
	Mobile      string       `json:"mobile,omitempty"`
	Degree      string       `json:"degree,omitempty"`
	School      string       `json:"school,omitempty"`
	Major       string       `json:"major,omitempty"`
	GraduatedOn calendar.Day `json:"graduated_on,omitempty"`
	Skills      []string     `json:"skills,omitempty"`
	About       string       `json:"about,omitempty"`
}

// SentFields names the fields that an application sends, for the consent.
func SentFields() []string {
	return []string{"name", "email", "mobile", "degree", "school", "major", "graduated_on", "skills", "about", "cv"}
}

// ConsentVersion names the wording that a person agrees to when they apply.
const ConsentVersion = "apply-2026-11"

// Event is a line of an application's history.
type Event struct {
	ID          id.ID   `db:"id"`
	Application id.ID   `db:"application_id"`
	At          db.Time `db:"at"`
	Account     id.ID   `db:"account_id"`
	Verb        string  `db:"verb"`
	From        State   `db:"from_state"`
	To          State   `db:"to_state"`
	Reason      string  `db:"reason"`
}

// Note is what the organization writes down for itself.
type Note struct {
	ID          id.ID   `db:"id"`
	Application id.ID   `db:"application_id"`
	At          db.Time `db:"at"`
	Account     id.ID   `db:"account_id"`
	Text        string  `db:"text"`
}

// move changes the state, or returns Conflict when the verb does not start from where the application stands.
func (a *Application) move(verb Verb) (from State, err error) {
	if !a.State.Can(verb) {
		return a.State, errs.Conflict("application.conflict."+string(a.State)).With("verb", "application.verb."+string(verb))
	}
	from, a.State = a.State, transitions[verb].to
	return from, nil
}

// PlacementState is how far a placement can be believed.
type PlacementState string

// The states of a placement. Figures show them apart, never summed into one.
const (
	Claimed   PlacementState = "claimed"   // the organization says so
	Confirmed PlacementState = "confirmed" // the person says so too
	Disputed  PlacementState = "disputed"  // the person says it is not so: counted nowhere until it is settled
)

// PlacementStates lists the states of a placement.
func PlacementStates() []PlacementState { return []PlacementState{Claimed, Confirmed, Disputed} }

// Placement is what came of an application.
type Placement struct {
	ID          id.ID          `db:"id"`
	Application id.ID          `db:"application_id"`
	Position    id.ID          `db:"position_id"`
	Org         id.ID          `db:"org_id"`
	Person      id.ID          `db:"person_id"`
	Kind        position.Kind  `db:"kind"`
	Employment  db.Bool        `db:"employment"`
	State       PlacementState `db:"state"`
	StartOn     calendar.Day   `db:"start_on"`
	ClaimedAt   db.Time        `db:"claimed_at"`
	Version     int            `db:"version"`
}

// PlacementEvent is a row of the ledger; rows are never changed.
type PlacementEvent struct {
	ID        id.ID   `db:"id"`
	Placement id.ID   `db:"placement_id"`
	At        db.Time `db:"at"`
	Account   id.ID   `db:"account_id"`
	Verb      string  `db:"verb"` // claim, confirm, dispute, settle
	Note      string  `db:"note"`
}
