package main

import (
	"context"
	"fmt"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/id"
	"zhigang/internal/match"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

// town is an organization that posts, and people who look for posts.
type town struct {
	*app
	owner  auth.Actor
	people int
}

// newTown registers the organization; engine tells it from the one of another run.
func newTown(ctx context.Context, a *app, engine string) (*town, error) {
	t := &town{app: a}
	err := a.db.Write(ctx, func(tx *db.Tx) (err error) {
		t.owner.Account, err = a.accounts.Seed(ctx, tx, "负责人", "-", auth.Login{Kind: auth.Email, Value: engine + "@bench.example"})
		return err
	})
	if err != nil {
		return nil, err
	}
	code := fmt.Sprintf("52440113MJ%07d", 9_000_000+len(engine))
	digit, err := org.CheckDigit(code)
	if err != nil {
		return nil, err
	}
	o, err := a.orgs.Register(ctx, t.owner, org.Registration{
		Name: "番禺区" + engine + "社会工作服务中心", Code: code + string(digit), Kind: org.ServiceOrg, Region: "440113", Address: "示例路1号",
		Intro: "为社区服务。", ContactName: "联系人", ContactPhone: "020-00000000",
	})
	if err == nil {
		err = a.orgs.Approve(ctx, auth.System(), o.ID, "")
	}
	t.owner.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Owner}}
	return t, err
}

// submitted makes a post with a word that no other has, which waits for its review.
func (t *town) submitted(ctx context.Context, word string) (id.ID, error) {
	p, err := t.positions.Create(ctx, t.owner, t.owner.Orgs[0].Org, position.Content{
		Kind: position.Job, Title: "社区社工 " + word, Headcount: 3, Duties: "面向社区长者开展服务；\n建立服务档案。",
		Requirements: "社会工作等相关专业；\n能与长者沟通。", Conditions: "五险一金，双休", Region: "440113012", Address: "大石街道示例路1号",
		Degree: position.Bachelor, Majors: db.AsJSON([]string{"社会工作"}), Skills: db.AsJSON([]string{"社工证"}),
		ValidUntil: calendar.DayOf(t.db.Clock().Now()).Add(30), AnswerDays: 5,
		Pay: position.Pay{Min: 600000, Max: 850000, Unit: position.PerMonth},
	})
	if err == nil {
		err = t.positions.Submit(ctx, t.owner, p.ID)
	}
	return p.ID, err
}

// finds returns how many posts the index finds by a word.
func (t *town) finds(ctx context.Context, word string) (int, error) {
	hits, err := t.index.Search(ctx, search.Query{Text: word}.Paged(), calendar.DayOf(t.db.Clock().Now()))
	return hits.Total, err
}

// batch is how many rows one transaction writes.
const batch = 5000

// settle makes as many people as there are saved searches, each with one of the crowd that wants a weekly digest.
func (t *town) settle(ctx context.Context, n int) error {
	crowd := newCrowd(t.tree)
	for from := 0; from < n; from += batch {
		queries := make([]search.Query, min(batch, n-from))
		for k := range queries {
			queries[k] = crowd.query(from + k)
		}
		const old = time.Hour // a program that has just started reads young ones again and again, in case that they come late
		if _, err := t.save(ctx, queries, match.Weekly, false, old); err != nil {
			return err
		}
	}
	return nil
}

// watch makes people who look for a word, and returns their saved searches.
func (t *town) watch(ctx context.Context, word string, n int, every match.Every, byMail bool) (who []id.ID, err error) {
	for from := 0; from < n; from += batch {
		queries := make([]search.Query, min(batch, n-from))
		for k := range queries {
			queries[k] = search.Query{Text: word}
		}
		some, err := t.save(ctx, queries, every, byMail, 0)
		if err != nil {
			return nil, err
		}
		who = append(who, some...)
	}
	return who, nil
}

// save writes people, each with one saved search of that age, who may be told at any hour, and returns the searches.
func (t *town) save(
	ctx context.Context, queries []search.Query, every match.Every, byMail bool, age time.Duration,
) (ids []id.ID, err error) {
	err = t.db.Write(ctx, func(tx *db.Tx) error {
		ids = nil
		var saved []match.SavedSearch
		var hours []match.Telling
		for _, q := range queries {
			t.people++
			login := auth.Login{Kind: auth.Email, Value: fmt.Sprintf("p%d.%s@bench.example", t.people, tx.NewID())}
			account, err := t.accounts.Seed(ctx, tx, "毕业生", "-", login)
			if err != nil {
				return err
			}
			s := match.SavedSearch{
				ID: tx.NewID().Earlier(age), Account: account, Query: q.Criteria().Encode(), Every: every, ByMail: db.Bool(byMail),
				ExpiresAt: db.At(tx.Now.AddDate(1, 0, 0)), CreatedAt: db.At(tx.Now), Version: 1,
			}
			if every != match.Instant {
				s.NextAt = db.At(tx.Now.Add(7 * 24 * time.Hour))
			}
			ids = append(ids, s.ID)
			saved, hours = append(saved, s), append(hours, match.Telling{Account: account, DigestHour: 8})
		}
		if err := db.InsertAll(ctx, tx, "saved_search", saved); err != nil {
			return err
		}
		return db.InsertAll(ctx, tx, "telling", hours)
	})
	return ids, err
}

// until asks again and again whether something is so.
func until(ctx context.Context, so func() (bool, error)) error {
	const patience = 10 * time.Minute
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		yes, err := so()
		if err != nil || yes {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it did not happen: %w", ctx.Err())
		case <-time.After(2 * time.Millisecond): // other goroutines and processes do it
		}
	}
}
