package application

import (
	"context"
	"encoding/json"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/secret"
	"zhigang/internal/text"
)

// Service holds the verbs on applications and placements.
type Service struct {
	db       *db.DB
	outbox   *outbox.Outbox
	keys     *secret.Keys
	accounts *auth.Service
	holidays *calendar.Holidays
}

// New returns the Service.
func New(d *db.DB, o *outbox.Outbox, keys *secret.Keys, accounts *auth.Service, holidays *calendar.Holidays) *Service {
	return &Service{db: d, outbox: o, keys: keys, accounts: accounts, holidays: holidays}
}

// Request is what a person gives to apply.
type Request struct {
	Position id.ID
	Message  string
	// Consent must be true: the person agreed that the organization receives SentFields.
	Consent bool
	// Receiver is who the person was told receives them; "" when nobody was named beforehand.
	Receiver string
}

const maxMessage = 2000

// Apply makes an application from the actor's profile. Asked twice for the same position it returns the first
// application, with again set. Invalid without consent or with an incomplete profile (paid work), Conflict when the
// position is not open or full, NotFound when it is not on show.
func (s *Service) Apply(ctx context.Context, who auth.Actor, in Request) (a Application, again bool, err error) {
	if who.Account == 0 {
		return a, false, errs.Unauthenticated("error.unauthenticated")
	}
	in.Message = text.Block(in.Message)
	f := errs.Fields{}
	f.Text("message", in.Message, false, maxMessage)
	if !in.Consent {
		f.Add("consent", "application.consent.required")
	}
	if err := f.Err(); err != nil {
		return a, false, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if a, err = activeOf(ctx, tx, who.Account, in.Position); err == nil {
			again = true
			return nil
		}
		if !errs.Is(err, errs.KindNotFound) {
			return err
		}
		a, err = s.apply(ctx, tx, who, in)
		return err
	})
	if errs.KeyOf(err) == "error.exists" { // two clicks at the same moment: the first one won
		a, err = activeOf(ctx, s.db, who.Account, in.Position)
		return a, err == nil, err
	}
	return a, again, err
}

func (s *Service) apply(ctx context.Context, tx *db.Tx, who auth.Actor, in Request) (Application, error) {
	today := calendar.DayOf(tx.Now)
	found, err := position.OnShowByID(ctx, tx, []id.ID{in.Position}, today)
	if err != nil {
		return Application{}, err
	}
	if len(found) == 0 {
		return Application{}, errs.Conflict("application.closed")
	}
	p := found[0]
	profile, err := person.Get(ctx, tx, who.Account)
	if err != nil {
		return Application{}, err
	}
	if missing := profile.Missing(); p.Kind != position.Volunteer && len(missing) > 0 {
		f := errs.Fields{}
		for _, field := range missing {
			f.Add(field, "error.required")
		}
		return Application{}, f.Err()
	}
	if p.Kind == position.Volunteer { // signing up takes the place at once
		if err := position.TakePlace(ctx, tx, p.ID); err != nil {
			return Application{}, err
		}
	} else if p.Left() <= 0 {
		return Application{}, errs.Conflict("position.full")
	}
	if in.Receiver != "" && in.Receiver != Receiver(p) { // the post was changed while the page was open
		return Application{}, errs.Fields{"consent": {Key: "application.consent.other", Params: errs.Params{"receiver": Receiver(p)}}}.Err()
	}
	consent, err := person.AddConsent(ctx, tx, person.Consent{
		Account: who.Account, Purpose: "apply", Receiver: Receiver(p), Org: p.OrgID,
		Fields: db.AsJSON(SentFields()), Version: ConsentVersion,
	})
	if err != nil {
		return Application{}, err
	}
	a := Application{
		ID: tx.NewID(), Position: p.ID, Org: p.OrgID, Person: who.Account, Consent: consent, State: Received, Message: in.Message,
		CVID: profile.CVID, AnswerBy: s.holidays.AddWorking(today, p.AnswerDays),
		CreatedAt: db.At(tx.Now), UpdatedAt: db.At(tx.Now), Version: 1,
	}
	if a.Sealed, err = s.seal(ctx, tx, a.ID, profile); err != nil {
		return Application{}, err
	}
	if err := tx.Insert(ctx, "application", a); err != nil {
		return Application{}, err
	}
	if err := addEvent(ctx, tx, who, a.ID, "apply", "", Received, ""); err != nil {
		return Application{}, err
	}
	return a, s.outbox.Add(ctx, tx, ReceivedFact, a.ID)
}

// Receiver names who gets the data: the organization, and the member unit that it posts for.
func Receiver(p position.Listed) string {
	if p.OnBehalf() {
		return p.OrgName + "、" + p.Employer
	}
	return p.OrgName
}

func (s *Service) seal(ctx context.Context, tx *db.Tx, application id.ID, p person.Profile) ([]byte, error) {
	c, err := s.accounts.Contact(ctx, tx, p.ID)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(Sent{
		Name: c.Name, Email: c.Email, Mobile: c.Mobile, Degree: p.Degree, School: p.School, Major: p.Major,
		GraduatedOn: p.GraduatedOn, Skills: p.Skills.V, About: p.About,
	})
	if err != nil {
		return nil, err
	}
	return s.keys.Seal("application.sent|"+application.String(), plain), nil
}

// Open decrypts what the person sent. Only for an application that the actor was given by this package.
func (s *Service) Open(a Application) (Sent, error) {
	plain, err := s.keys.Open("application.sent|"+a.ID.String(), a.Sealed)
	if err != nil {
		return Sent{}, err
	}
	var sent Sent
	return sent, json.Unmarshal(plain, &sent)
}

// Act lets an organization do verb with an application. Hire needs the day on which the person starts; Decline needs a
// reason, which the person reads. Conflict when the state does not allow it, or no place is left; Forbidden for the
// applicant, who may work for the organization but not answer themselves: nobody makes a placement alone.
func (s *Service) Act(ctx context.Context, who auth.Actor, application id.ID, verb Verb, reason string, startOn calendar.Day) error {
	reason = text.Block(reason)
	f := errs.Fields{}
	if verb == Decline && text.Blank(reason) {
		f.Add("reason", "application.reason.required")
	}
	f.Text("reason", reason, false, maxMessage)
	if _, err := calendar.ParseDay(string(startOn)); verb == Hire && err != nil {
		f.Add("start_on", "error.day")
	}
	if _, known := transitions[verb]; !known || verb == Withdraw {
		f.Add("verb", "error.required")
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := getForOrg(ctx, tx, who, application, tx.Hold("a"))
		if err != nil {
			return err
		}
		if a.Person == who.Account {
			return errs.Forbidden("application.own")
		}
		if err := a.checkStart(verb, startOn, calendar.DayOf(tx.Now)); err != nil {
			return err
		}
		from, err := a.move(verb)
		if err != nil {
			return err
		}
		if verb != View && a.AnsweredAt.IsZero() {
			a.answer(tx)
		}
		if err := s.consequences(ctx, tx, who, a, verb, startOn); err != nil {
			return err
		}
		if err := save(ctx, tx, a); err != nil {
			return err
		}
		if err := addEvent(ctx, tx, who, a.ID, string(verb), from, a.State, reason); err != nil {
			return err
		}
		return s.outbox.Add(ctx, tx, AnsweredFact, a.ID)
	})
}

// farthest is how many days ahead somebody may be hired for: whoever graduates next year is hired this autumn.
const farthest = 550

// checkStart makes sure that a hire starts on a day that can be: not before the person applied.
func (a *Application) checkStart(verb Verb, startOn, today calendar.Day) error {
	if first, last := calendar.DayOf(a.CreatedAt.Time), today.Add(farthest); verb == Hire && (startOn < first || startOn > last) {
		return errs.Fields{"start_on": {Key: "error.day.between", Params: errs.Params{"min": first, "max": last}}}.Err()
	}
	return nil
}

// answer notes that the person has been answered, and whether by the day that was promised.
func (a *Application) answer(tx *db.Tx) {
	inTime := 0
	if calendar.DayOf(tx.Now) <= a.AnswerBy {
		inTime = 1
	}
	a.AnsweredAt, a.InTime = db.At(tx.Now), &inTime
}

// consequences moves places and placements along with the application.
func (s *Service) consequences(ctx context.Context, tx *db.Tx, who auth.Actor, a Application, verb Verb, startOn calendar.Day) error {
	kind, err := kindOf(ctx, tx, a.Position)
	if err != nil {
		return err
	}
	switch {
	case verb == Hire && kind != position.Volunteer:
		if err := position.TakePlace(ctx, tx, a.Position); err != nil {
			return err
		}
		return s.claim(ctx, tx, who, a, kind, startOn)
	case verb == Hire:
		return s.claim(ctx, tx, who, a, kind, startOn)
	case verb == Decline && kind == position.Volunteer, verb == Withdraw && kind == position.Volunteer:
		return position.FreePlace(ctx, tx, a.Position)
	}
	return nil
}

func kindOf(ctx context.Context, q db.Q, positionID id.ID) (position.Kind, error) {
	var kind position.Kind
	err := q.Get(ctx, &kind, `SELECT kind FROM position WHERE id = ?`, positionID)
	return kind, err
}

// WithdrawOwn takes the actor's own application back. Conflict when it has ended.
func (s *Service) WithdrawOwn(ctx context.Context, who auth.Actor, application id.ID, reason string) error {
	reason = text.Block(reason)
	f := errs.Fields{}
	f.Text("reason", reason, false, maxMessage)
	if err := f.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		a, err := getOwn(ctx, tx, who, application, tx.Hold("a"))
		if err != nil {
			return err
		}
		from, err := a.move(Withdraw)
		if err != nil {
			return err
		}
		if err := s.consequences(ctx, tx, who, a, Withdraw, ""); err != nil {
			return err
		}
		if err := save(ctx, tx, a); err != nil {
			return err
		}
		if err := addEvent(ctx, tx, who, a.ID, string(Withdraw), from, a.State, reason); err != nil {
			return err
		}
		return s.outbox.Add(ctx, tx, WithdrawnFact, a.ID)
	})
}

// AddNote writes down what the organization wants to remember of an applicant, once if it is the actor's last note already;
// the person does not see it here, but may ask for it (PIPL art 45).
func (s *Service) AddNote(ctx context.Context, who auth.Actor, application id.ID, note string) error {
	note = text.Block(note)
	f := errs.Fields{}
	f.Text("text", note, true, maxMessage)
	if err := f.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := getForOrg(ctx, tx, who, application, tx.Hold("a")); err != nil {
			return err
		}
		last, err := lastNote(ctx, tx, application)
		if err != nil || last.Account == who.Account && last.Text == note { // the same form came before
			return err
		}
		return tx.Insert(ctx, "application_note", Note{ID: tx.NewID(), Application: application, At: db.At(tx.Now), Account: who.Account, Text: note})
	})
}

// Urge tells an organization of the bureau's region to answer the applications that are overdue.
func (s *Service) Urge(ctx context.Context, who auth.Actor, owner id.ID) error {
	if err := who.NeedBureau(auth.Supervisor); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		where, args := org.Scope(auth.Actor{Account: who.Account, Bureau: who.Bureau}, "o")
		var code string
		if err := tx.Get(ctx, &code, `SELECT o.region_code FROM org o WHERE o.id = ? AND `+where, append([]any{owner}, args...)...); err != nil {
			return err
		}
		if err := audit.Add(ctx, tx, who, audit.Entry{Verb: "org.urge", SubjectKind: "org", Subject: owner, Region: code}); err != nil {
			return err
		}
		return s.outbox.Add(ctx, tx, UrgedFact, owner)
	})
}
