package demo

import (
	"fmt"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

const day = 24 * time.Hour

// live lets one week pass: posts come, people apply, organizations answer, people confirm.
func (m *maker) live(week int) error {
	m.week = week
	monday := m.clock.Now()
	if err := m.post(week); err != nil {
		return err
	}
	m.clock.Set(monday.Add(2 * day))
	if err := m.apply(m.size.Applications * (week + 4) / (weeks * (weeks + 7) / 2)); err != nil {
		return err
	}
	m.clock.Set(monday.Add(7 * day))
	return nil
}

// post publishes this week's share of the posts, each organization's in one go.
func (m *maker) post(week int) error {
	from, to := m.size.Positions*week/weeks, m.size.Positions*(week+1)/weeks
	byOrg := map[int][]position.Imported{}
	for n := from; n < to; n++ {
		o := n % len(m.owners)
		byOrg[o] = append(byOrg[o], position.Imported{Key: fmt.Sprintf("demo-%d", n), Content: m.content(m.owners[o], n)})
	}
	for o := range m.owners {
		if len(byOrg[o]) == 0 {
			continue
		}
		results, err := m.positions.Import(m.ctx, auth.System(), m.owners[o].org.ID, byOrg[o], true)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
			m.open = append(m.open, r.ID)
		}
	}
	return nil
}

// content invents the n-th post.
func (m *maker) content(o owner, n int) position.Content {
	kinds := []position.Kind{position.Job, position.Job, position.Job, position.Internship, position.Volunteer, position.Flexible, position.Job, position.Volunteer, position.Talent}
	kind := kinds[m.rand.IntN(len(kinds))]
	streets := m.tree.Children(region.Parent(o.org.Region))
	c := position.Content{
		Kind: kind, Title: pick(m.rand, o.field.titles[kind]), Headcount: 1 + m.rand.IntN(6), Duties: list(o.field.duties), Requirements: list(o.field.needs),
		Conditions: "五险一金，双休，带薪年假", Region: pick(m.rand, streets).Code, Address: fmt.Sprintf("示例路%d号", m.rand.IntN(300)+1),
		Degree: pick(m.rand, []position.Degree{position.NoDegree, position.College, position.College, position.Bachelor, position.Bachelor, position.Master}),
		Majors: db.AsJSON(o.field.majors[:1+m.rand.IntN(len(o.field.majors))]), Skills: db.AsJSON(o.field.skills[:1+m.rand.IntN(len(o.field.skills))]),
		// Most posts are still open when the visitor comes.
		ValidUntil: calendar.DayOf(m.clock.Now()).Add(60 + m.rand.IntN(30)), AnswerDays: 3 + m.rand.IntN(5),
	}
	low := int64(40+m.rand.IntN(50)) * 10000
	switch kind {
	case position.Volunteer:
		c.Conditions, c.ServiceTime = "提供志愿者马甲和饮用水", pick(m.rand, []string{"周六 10:00–13:00", "周日 14:00–17:00", "工作日 16:30–18:30"})
		c.RiskStatement = "服务中请注意搬运与交通安全，听从现场负责人安排。"
		c.InsuranceNo, c.Dangerous = fmt.Sprintf("DEMO-%06d", n), n%2 == 0
		c.Allowance = int64(m.rand.IntN(4)) * 1000
		c.Degree, c.Majors = position.NoDegree, db.AsJSON([]string{})
	case position.Internship:
		c.InternshipMonths, c.Pay = 3+m.rand.IntN(4)*3, position.Pay{Min: 276000, Max: 276000, Unit: position.PerMonth}
	case position.Flexible:
		c.Pay = position.Pay{Min: 15000, Max: 25000, Unit: position.PerDay}
	case position.Talent:
		c.TalentForm, c.Pay = pick(m.rand, position.TalentForms()), position.Pay{Min: 100000, Max: 200000, Unit: position.PerTime}
	default:
		c.Pay = position.Pay{Min: low, Max: low + int64(10+m.rand.IntN(30))*10000, Unit: position.PerMonth}
		if n%5 == 0 {
			c.Pay.Months = 13
		}
	}
	if o.org.Kind == org.Association && kind != position.Volunteer && n%2 == 0 {
		c.Source = "direct"
	}
	return c
}

func list(items []string) string {
	out := ""
	for _, item := range items {
		out += item + "；\n"
	}
	return out
}

// apply lets n people apply, and most organizations answer within the week.
func (m *maker) apply(n int) error {
	for range n {
		who, post := pick(m.rand, m.seekers), pick(m.rand, m.open)
		a, again, err := m.applications.Apply(m.ctx, who, application.Request{Position: post, Message: "您好，我对这个岗位很感兴趣。", Consent: true})
		switch {
		case errs.Is(err, errs.KindConflict), again: // full, closed, or applied before
			continue
		case err != nil:
			return err
		}
		if err := m.answer(who, a); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) answer(who auth.Actor, a application.Application) error {
	before := m.clock.Now()
	defer m.clock.Set(before)
	act := func(after time.Duration, verb application.Verb, reason string) error {
		m.clock.Add(after)
		start := calendar.DayOf(m.clock.Now()).Add(7)
		err := m.applications.Act(m.ctx, auth.System(), a.ID, verb, reason, start)
		if errs.Is(err, errs.KindConflict) { // no place left
			return nil
		}
		return err
	}
	dice := m.rand.IntN(100)
	if dice < 14 { // silence, which ends when somebody urges
		if m.week < weeks-2 {
			return act(12*day, application.Decline, "岗位已招满，抱歉答复晚了。")
		}
		return nil
	}
	if err := act(6*time.Hour, application.View, ""); err != nil || dice < 22 {
		return err
	}
	if dice < 40 {
		return act(day, application.Decline, "岗位已招满，感谢关注。")
	}
	if err := act(day, application.Invite, ""); err != nil || dice < 58 {
		return err
	}
	if err := act(day, application.Hire, ""); err != nil {
		return err
	}
	return m.confirm(who, a.ID, dice)
}

// confirm lets the person say whether the hire is true: most do, one in a while does not, some have not yet.
func (m *maker) confirm(who auth.Actor, applicationID id.ID, dice int) error {
	p, err := m.applications.PlacementOf(m.ctx, who, applicationID)
	if errs.Is(err, errs.KindNotFound) {
		return nil
	}
	if err != nil || dice >= 92 {
		return err
	}
	m.clock.Add(day)
	if dice >= 89 {
		return m.applications.Dispute(m.ctx, who, p.ID, "我没有到这家单位上班。")
	}
	return m.applications.Confirm(m.ctx, who, p.ID)
}

// leaveWork leaves something for the bureau and the organization to do today: drafts, and posts that wait for review.
func (m *maker) leaveWork() error {
	posts := 0
	for n := range m.owners {
		o := m.owners[n]
		if posts == 9 {
			break
		}
		m.clock.Add(-time.Duration(9-posts) * 5 * time.Hour)
		c := m.content(o, 1_000_000+n)
		c.ValidUntil = calendar.DayOf(m.clock.Now()).Add(30)
		p, err := m.positions.Create(m.ctx, o.actor, o.org.ID, c)
		if err != nil {
			return err
		}
		if err := m.positions.Submit(m.ctx, o.actor, p.ID); err != nil {
			return err
		}
		m.clock.Add(time.Duration(9-posts) * 5 * time.Hour)
		posts++
	}
	now := m.clock.Now()
	for n := range waiting {
		m.clock.Set(now.Add(-time.Duration(40-16*n) * time.Hour))
		if _, err := m.register(m.size.Orgs - waiting + n); err != nil {
			return err
		}
	}
	m.clock.Set(now)
	_, err := m.positions.Create(m.ctx, m.owners[0].actor, m.owners[0].org.ID, position.Content{
		Kind: position.Job, Title: "行政助理（草稿）", Headcount: 1, ValidUntil: calendar.DayOf(m.clock.Now()).Add(30),
	})
	return err
}
