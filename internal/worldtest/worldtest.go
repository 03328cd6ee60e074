// Package worldtest makes a small world for tests: services on a real database, a bureau, an organization and people, all
// made through the verbs that users use.
package worldtest

import (
	"fmt"
	"testing"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/secret"
)

// Panyu is the district in which the world lies.
const Panyu = "440113"

// World is the services and who uses them.
type World struct {
	T            testing.TB
	DB           *db.DB
	Clock        *clock.Manual
	Outbox       *outbox.Outbox
	Tree         *region.Tree
	Holidays     *calendar.Holidays
	Keys         *secret.Keys
	Accounts     *auth.Service
	People       *person.Service
	Orgs         *org.Service
	Positions    *position.Service
	Applications *application.Service
	made         int
	hash         string
}

// New returns a World on d. Facts are written but nothing reacts unless the test brings its own outbox.
func New(t testing.TB, d *db.DB, c *clock.Manual, o *outbox.Outbox) *World {
	t.Helper()
	return With(t, d, c, o, secret.Generate())
}

// With is New with a secret key, for a database that the program itself works on.
func With(t testing.TB, d *db.DB, c *clock.Manual, o *outbox.Outbox, key string) *World {
	t.Helper()
	if o == nil {
		o = outbox.New(d, nil)
	}
	keys, err := secret.New(key)
	must(t, err)
	tree, err := region.Load()
	must(t, err)
	holidays, err := calendar.LoadHolidays()
	must(t, err)
	w := &World{T: t, DB: d, Clock: c, Outbox: o, Tree: tree, Holidays: holidays, Keys: keys}
	w.Accounts = auth.New(d, keys)
	w.People = person.New(d, tree)
	w.Orgs = org.New(d, o, tree)
	w.Positions = position.New(d, o, tree)
	w.Applications = application.New(d, o, keys, w.Accounts, holidays)
	w.hash, err = w.Accounts.Hash(t.Context(), Password)
	must(t, err)
	return w
}

// Password is what all accounts of the world sign in with.
const Password = "correct horse battery"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Account makes an account and returns its actor without roles, and its e-mail address.
func (w *World) Account(name string) (auth.Actor, string) {
	w.T.Helper()
	w.made++
	email := fmt.Sprintf("user%d@example.org", w.made)
	var account id.ID
	must(w.T, w.DB.Write(w.T.Context(), func(tx *db.Tx) (err error) {
		account, err = w.Accounts.Seed(w.T.Context(), tx, name, w.hash, auth.Login{Kind: auth.Email, Value: email})
		return err
	}))
	return auth.Actor{Account: account, Name: name}, email
}

// Bureau makes somebody who works for the bureau of a region.
func (w *World) Bureau(code string, role auth.BureauRole) auth.Actor {
	w.T.Helper()
	a, _ := w.Account("审核员")
	must(w.T, w.DB.Write(w.T.Context(), func(tx *db.Tx) error { return w.Accounts.GrantStaff(w.T.Context(), tx, a.Account, code, role) }))
	a.Bureau = &auth.BureauGrant{Region: code, Role: role}
	return a
}

// Code returns a valid credit code of the n-th organization of a region.
func Code(prefix, code string, n int) string {
	first := fmt.Sprintf("%s%sMJ%07d", prefix, code, n)
	digit, err := org.CheckDigit(first[:17])
	if err != nil {
		panic(err)
	}
	return first[:17] + string(digit)
}

// Org registers an organization in a region, approved, and returns it with its owner.
func (w *World) Org(name, code string) (org.Org, auth.Actor) {
	w.T.Helper()
	owner, _ := w.Account("负责人")
	w.made++
	o, err := w.Orgs.Register(w.T.Context(), owner, org.Registration{
		Name: name, Code: Code("52", code[:6], w.made), Kind: org.ServiceOrg, Region: code, Address: "示例路1号",
		Intro: "为社区服务。", ContactName: "联系人", ContactPhone: "020-00000000",
	})
	must(w.T, err)
	owner.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Owner}}
	must(w.T, w.Orgs.Approve(w.T.Context(), auth.System(), o.ID, ""))
	o, err = w.Orgs.Get(w.T.Context(), owner, o.ID)
	must(w.T, err)
	return o, owner
}

// Content returns what a complete post of a kind says.
func (w *World) Content(kind position.Kind, title string) position.Content {
	c := position.Content{
		Kind: kind, Title: title, Headcount: 3, Duties: "面向社区长者开展服务；\n建立服务档案。", Requirements: "社会工作等相关专业；\n能与长者沟通。",
		Conditions: "五险一金，双休", Region: Panyu + "012", Address: "大石街道示例路1号", Degree: position.Bachelor,
		Majors: db.AsJSON([]string{"社会工作"}), Skills: db.AsJSON([]string{"社工证"}),
		ValidUntil: calendar.DayOf(w.Clock.Now()).Add(30), AnswerDays: 5,
		Pay: position.Pay{Min: 600000, Max: 850000, Unit: position.PerMonth},
	}
	switch kind {
	case position.Volunteer:
		c.Pay, c.ServiceTime, c.RiskStatement = position.Pay{}, "周六 10:00–13:00", "搬运时注意安全。"
	case position.Internship:
		c.InternshipMonths, c.Pay = 6, position.Pay{Min: 276000, Max: 276000, Unit: position.PerMonth}
	case position.Talent:
		c.TalentForm = "project"
	}
	return c
}

// Published makes a position of the organization's that is on show.
func (w *World) Published(owner auth.Actor, c position.Content) position.Position {
	w.T.Helper()
	p, err := w.Positions.Create(w.T.Context(), owner, owner.Orgs[0].Org, c)
	must(w.T, err)
	must(w.T, w.Positions.Submit(w.T.Context(), owner, p.ID))
	must(w.T, w.Positions.Approve(w.T.Context(), auth.System(), p.ID))
	p, err = w.Positions.Get(w.T.Context(), owner, p.ID)
	must(w.T, err)
	return p
}

// Graduate makes a person with a complete profile.
func (w *World) Graduate(name string) auth.Actor {
	w.T.Helper()
	a, _ := w.Account(name)
	must(w.T, w.People.Save(w.T.Context(), a, person.Profile{
		Degree: "bachelor", School: "示例大学", Major: "社会工作", GraduatedOn: "2026-06-30", Skills: db.AsJSON([]string{"社工证"}), About: "喜欢与人打交道。",
	}))
	return a
}

// Apply lets a person apply.
func (w *World) Apply(who auth.Actor, p id.ID) application.Application {
	w.T.Helper()
	a, _, err := w.Applications.Apply(w.T.Context(), who, application.Request{Position: p, Message: "您好", Consent: true})
	must(w.T, err)
	return a
}
