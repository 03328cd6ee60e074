// Package demo fills an empty database with a world that lives: organizations, posts, people, applications and what came
// of them over the last weeks. Everything is invented and the same each time.
package demo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/edition"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/region"
	"zhigang/internal/secret"
	"zhigang/internal/suggest"
)

// Size is how large the world is.
type Size struct {
	Name      string
	Orgs      int
	Positions int
	People    int
	// Applications are spread over the weeks that the world has lived.
	Applications int
	// Scope is the region in which it lies.
	Scope string
}

// Sizes lists the worlds by name: a district's day, a city, a province.
func Sizes() map[string]Size {
	return map[string]Size{
		"small":    {"small", 24, 260, 40, 110, "440113"},
		"city":     {"city", 800, 10_000, 2_000, 6_000, "440100"},
		"province": {"province", 6_000, 100_000, 10_000, 30_000, "440000"},
	}
}

// weeks is how long the world has lived.
const weeks = 8

// Password is what the three logins of the world sign in with.
const Password = "zhigang-demo" //nolint:gosec // printed for everybody to see

// Login is one of the accounts that a visitor may try.
type Login struct{ Role, Address string }

// Logins are a reviewer of the bureau, the owner of an organization, and a graduate.
func Logins() []Login {
	return []Login{{"bureau", "bureau@demo.example"}, {"org", "org@demo.example"}, {"person", "student@demo.example"}}
}

// maker is what the world is made with. Its database has a clock of its own, which moves through the weeks.
type maker struct {
	ctx          context.Context
	db           *db.DB
	clock        *clock.Manual
	size         Size
	rand         *rand.Rand
	tree         *region.Tree
	accounts     *auth.Service
	orgs         *org.Service
	positions    *position.Service
	people       *person.Service
	suggestions  *suggest.Service
	applications *application.Service
	hash         string
	owners       []owner
	seekers      []auth.Actor
	open         []id.ID
	week         int
}

type owner struct {
	org   org.Org
	actor auth.Actor
	field field
}

// Fill makes the world in the empty database at url, whose clock ends at now. told are the reactions to what happened last;
// nobody is told of the rest. Conflict when there is anything in the database: demo data never mixes with real data.
func Fill(
	ctx context.Context, url string, keys *secret.Keys, tree *region.Tree, size Size, now time.Time, told map[outbox.Fact][]outbox.Task,
) error {
	c := clock.At(now.Add(-weeks * 7 * 24 * time.Hour))
	// Data that can be made again in a moment need not wait for the disk at every step.
	d, err := db.Open(ctx, db.Options{URL: url, Clock: c, Hasty: true})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	holidays, err := calendar.LoadHolidays()
	if err != nil {
		return err
	}
	o := outbox.New(d, nil)
	m := &maker{ctx: ctx, db: d, clock: c, size: size, rand: rand.New(rand.NewPCG(42, 2026)), tree: tree}
	m.accounts = auth.New(d, keys)
	m.suggestions = suggest.New(suggest.Options{DB: d, Log: slog.New(slog.DiscardHandler)})
	m.orgs, m.positions, m.people = org.New(d, o, tree), position.New(d, o, tree), person.New(d, tree)
	m.applications = application.New(d, o, keys, m.accounts, holidays)
	if err := m.needEmpty(); err != nil {
		return err
	}
	if m.hash, err = m.accounts.Hash(ctx, Password); err != nil {
		return err
	}
	for _, step := range []func() error{m.makeBureau, m.makeOrgs, m.makePeople} {
		if err := step(); err != nil {
			return err
		}
	}
	for week := range weeks {
		if err := m.live(week); err != nil {
			return fmt.Errorf("week %d of the demo: %w", week, err)
		}
	}
	if err := m.leaveWork(); err != nil {
		return err
	}
	if err := m.tell(keys, holidays, told); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error { return edition.Prune(ctx, tx) }) // nobody has seen those of the weeks before
}

func (m *maker) needEmpty() error {
	var n int
	if err := m.db.Get(m.ctx, &n, `SELECT COUNT(*) FROM account`); err != nil {
		return err
	}
	if n > 0 {
		return errs.Conflict("demo.not_empty")
	}
	return nil
}

func (m *maker) account(name, address string) (auth.Actor, error) {
	var account id.ID
	err := m.db.Write(m.ctx, func(tx *db.Tx) (err error) {
		account, err = m.accounts.Seed(m.ctx, tx, name, m.hash, auth.Login{Kind: auth.Email, Value: address})
		return err
	})
	return auth.Actor{Account: account, Name: name}, err
}

func (m *maker) makeBureau() error {
	staff, err := m.account("审核员 林", Logins()[0].Address)
	if err != nil {
		return err
	}
	return m.db.Write(m.ctx, func(tx *db.Tx) error {
		return m.accounts.GrantStaff(m.ctx, tx, staff.Account, m.size.Scope, auth.Administrator)
	})
}

// districts lists the districts in which the world lies.
func (m *maker) districts() []string {
	var out []string
	var walk func(string)
	walk = func(code string) {
		r, ok := m.tree.Get(code)
		switch {
		case !ok:
		case r.Level() == region.District, r.Level() == region.City && len(m.tree.Children(code)) > 0 && m.tree.Children(code)[0].Level() == region.Street:
			out = append(out, code)
		default:
			for _, child := range m.tree.Children(code) {
				if !child.Zone {
					walk(child.Code)
				}
			}
		}
	}
	walk(m.size.Scope)
	return out
}

// waiting is how many of the organizations have just registered and wait for the bureau.
const waiting = 2

func (m *maker) makeOrgs() error {
	for n := range m.size.Orgs - waiting {
		o, err := m.register(n)
		if err != nil {
			return err
		}
		if err := m.welcome(n, o.org); err != nil {
			return err
		}
		m.owners = append(m.owners, o)
	}
	return nil
}

// register registers the n-th organization: it sits in a street of some district, whose office registered it.
func (m *maker) register(n int) (owner, error) {
	districts, all := m.districts(), fields()
	district, f := districts[n%len(districts)], all[n%len(all)]
	address := fmt.Sprintf("org%d@demo.example", n)
	if n == 0 {
		address = Logins()[1].Address
	}
	actor, err := m.account(pick(m.rand, surnames())+"主任", address)
	if err != nil {
		return owner{}, err
	}
	kind, prefix := org.ServiceOrg, "52"
	switch f.org {
	case "公益基金会":
		kind, prefix = org.Foundation, "53"
	case "行业协会":
		kind, prefix = org.Association, "51"
	}
	first := fmt.Sprintf("%s%sMJ%07d", prefix, district, 9_000_000+n)
	digit, err := org.CheckDigit(first)
	if err != nil {
		return owner{}, err
	}
	name, street := m.orgName(district, f, n), pick(m.rand, m.tree.Children(district))
	o, err := m.orgs.Register(m.ctx, actor, org.Registration{
		Name: name, Code: first + string(digit), Kind: kind, Region: street.Code, Address: fmt.Sprintf("示例路%d号", m.rand.IntN(200)+1),
		Intro: name + "扎根社区，服务居民。本介绍为演示内容。", ContactName: actor.Name, ContactPhone: fmt.Sprintf("020-0000%04d", n%10000),
	})
	actor.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Owner}}
	return owner{o, actor, f}, err
}

// orgName invents a name: place, brand, line of work, and a number when all of those have been used.
func (m *maker) orgName(district string, f field, n int) string {
	name := m.tree.Name(district) + brands()[n/len(fields())%len(brands())] + f.org
	if round := n / (len(fields()) * len(brands())); round > 0 {
		name += fmt.Sprintf("（%d）", round+1)
	}
	return name
}

// welcome approves an organization; every third has been rated.
func (m *maker) welcome(n int, o org.Org) error {
	if err := m.orgs.Approve(m.ctx, auth.System(), o.ID, ""); err != nil || n%3 != 0 {
		return err
	}
	until := calendar.DayOf(m.clock.Now()).Add(200 + 37*(n%30))
	return m.orgs.Rate(m.ctx, auth.System(), o.ID, 3+n%2+n%4/3, until)
}

func (m *maker) makePeople() error {
	majors := []string{"社会工作", "护理学", "教育学", "公共管理", "工商管理", "计算机科学与技术"}
	for n := range m.size.People {
		address := fmt.Sprintf("person%d@demo.example", n)
		if n == 0 {
			address = Logins()[2].Address
		}
		who, err := m.account(pick(m.rand, surnames())+"同学", address)
		if err != nil {
			return err
		}
		if err := m.people.Save(m.ctx, who, person.Profile{
			Degree: pick(m.rand, []string{"college", "bachelor", "bachelor", "master"}), School: pick(m.rand, schools()), Major: majors[n%len(majors)],
			GraduatedOn: "2026-06-30", Skills: db.AsJSON([]string{"沟通", "办公软件"}), About: "踏实肯学，希望在社会组织里成长。",
			WantKinds: db.AsJSON([]string{"job"}), WantRegions: db.AsJSON([]string{m.size.Scope}), WantPay: 500000,
		}); err != nil {
			return err
		}
		if n%5 > 0 { // the visitor, who is the first, decides for themselves
			if err := m.suggestions.Choose(m.ctx, who, true, true); err != nil {
				return err
			}
		}
		m.seekers = append(m.seekers, who)
	}
	return nil
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
