package demo

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/match"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/secret"
	"zhigang/internal/suggest"
)

// story is what happened last to the three whom a visitor can sign in as, so that each finds something to do. Unlike the
// rest of the world it is told of, as if it had happened on a living site.
type story struct {
	*maker
	files   *file.Store
	matches *match.Service
	now     time.Time
	student auth.Actor
	home    owner // whom the visitor can sign in as
}

// tell lets the story happen. told are the reactions of the site to the facts.
func (m *maker) tell(keys *secret.Keys, holidays *calendar.Holidays, told map[outbox.Fact][]outbox.Task) error {
	if len(m.owners) < 5 || len(m.seekers) < 4 {
		return nil // a world too small for stories
	}
	o, mine := outbox.New(m.db, told), *m
	mine.orgs, mine.positions = org.New(m.db, o, m.tree), position.New(m.db, o, m.tree)
	mine.applications = application.New(m.db, o, keys, m.accounts, holidays)
	mine.suggestions = suggest.New(suggest.Options{
		DB: m.db, Tree: m.tree, Positions: mine.positions, Outbox: o, Keys: keys, Accounts: m.accounts,
		Log: slog.New(slog.DiscardHandler),
	})
	s := &story{
		maker: &mine, files: file.New(m.db, keys), matches: match.New(m.db, o, search.Reader{Tree: m.tree}, slog.New(slog.DiscardHandler)), now: m.clock.Now(),
		student: m.seekers[0], home: m.owners[0],
	}
	for _, chapter := range []func() error{s.applicants, s.search, s.answers, s.behalf, s.neighbours, s.desk, s.asked} {
		if err := chapter(); err != nil {
			return err
		}
		s.clock.Set(s.now)
	}
	return nil
}

// at moves the clock to some days before now.
func (s *story) at(days float64) { s.clock.Set(s.now.Add(-time.Duration(days * float64(day)))) }

// open returns a job of an organization that is on show, for which there are places.
func (s *story) open(o owner) (position.Position, error) {
	all, err := s.positions.OnDesk(s.ctx, o.actor, o.org.ID, position.Desk{State: position.Published, Limit: 200})
	if err != nil {
		return position.Position{}, err
	}
	for _, p := range all {
		if p.Kind == position.Job && p.Left() > 1 {
			return p, nil
		}
	}
	return s.publish(o, s.content(o, 2_000_000), position.Job)
}

// publish puts a post of an organization on show.
func (s *story) publish(o owner, c position.Content, kind position.Kind) (position.Position, error) {
	c.Kind = kind
	if kind != position.Volunteer {
		c.Pay = position.Pay{Min: 620000, Max: 880000, Unit: position.PerMonth}
	}
	c.Headcount, c.Employment = max(2, c.Headcount), ""
	p, err := s.positions.Create(s.ctx, o.actor, o.org.ID, c)
	if err != nil {
		return p, err
	}
	if err := s.positions.Submit(s.ctx, o.actor, p.ID); err != nil {
		return p, err
	}
	if err := s.positions.Approve(s.ctx, auth.System(), p.ID); err != nil {
		return p, err
	}
	return s.positions.Get(s.ctx, o.actor, p.ID)
}

func (s *story) apply(who auth.Actor, p position.Position, message string) (application.Application, error) {
	a, _, err := s.applications.Apply(s.ctx, who, application.Request{Position: p.ID, Message: message, Consent: true})
	return a, err
}

// applicants wait at the visitor's organization: one too long, one who was looked at, one who has just come.
func (s *story) applicants() error {
	p, err := s.open(s.home)
	if err != nil {
		return err
	}
	for n, days := range []float64{12, 3, 0.1} {
		s.at(days)
		who := s.seekers[n+1]
		a, err := s.apply(who, p, "您好，我在校期间做过两段社区服务，希望有机会面谈。")
		if errs.Is(err, errs.KindConflict) {
			continue
		}
		if err == nil && n == 1 && a.State == application.Received {
			s.at(days - 0.3)
			err = s.applications.Act(s.ctx, s.home.actor, a.ID, application.View, "", "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// search is saved by the visiting graduate; a day later a post comes that it finds.
func (s *story) search() error {
	s.at(2)
	q := search.Query{Kinds: []position.Kind{position.Job}, Regions: []string{s.size.Scope}, PayMin: 6000}
	if _, _, err := s.matches.Save(s.ctx, s.student, q, match.Instant, false); err != nil {
		return err
	}
	// Without quiet hours: the demo tells at once, at whatever hour somebody looks at it.
	if err := s.matches.SetTelling(s.ctx, s.student, match.Hours{Digest: 8}); err != nil {
		return err
	}
	s.at(0.2)
	c := s.content(s.owners[3], 2_000_001)
	c.Title = "项目官员（青年公益方向）"
	_, err := s.publish(s.owners[3], c, position.Job)
	return err
}

// answers have come to the visiting graduate: an interview, a hire to confirm, a no; and one at home is still open.
func (s *story) answers() error {
	steps := []struct {
		at    owner
		days  float64
		verb  application.Verb
		words string
	}{
		{s.owners[1], 9, application.Invite, "请于下周三上午十点到本中心二楼面谈，约半小时，请带身份证和毕业证。地址见岗位页。"},
		{s.owners[2], 13, application.Hire, "欢迎加入！请带毕业证和银行卡来办入职。"},
		{s.owners[4], 6, application.Decline, "这次选了有会展经验的同学，感谢投递，欢迎关注我们后续的岗位。"},
		{s.home, 0.4, "", ""},
	}
	for _, step := range steps {
		s.at(step.days)
		p, err := s.open(step.at)
		if err != nil {
			return err
		}
		a, err := s.apply(s.student, p, "您好，我是应届毕业生，对这个岗位很感兴趣。")
		if err != nil || step.verb == "" || a.State != application.Received {
			return err
		}
		s.at(step.days - 2)
		start := calendar.DayOf(s.now).Add(10)
		if err := s.applications.Act(s.ctx, step.at.actor, a.ID, step.verb, step.words, start); err != nil {
			return err
		}
	}
	return nil
}

// behalf is a post by an association for a member unit, with its letter, which waits for review.
func (s *story) behalf() error {
	o := s.owners[4] // an association
	s.at(1.2)
	first := "91" + o.org.CreditCode().Region() + "MA9DEM07X"
	digit, err := org.CheckDigit(first)
	if err != nil {
		return err
	}
	c := s.content(o, 2_000_002)
	c.Kind, c.Employment, c.Title, c.Pay = position.Job, "", "电商运营（会员单位）", position.Pay{Min: 700000, Max: 950000, Unit: position.PerMonth}
	c.Employer, c.EmployerCode = "广州示例文创有限公司", first+string(digit)
	c.EmployerProfile = "协会会员单位，从事文创产品设计与销售，现有员工 60 人。本介绍为演示内容。"
	if err := s.db.Write(s.ctx, func(tx *db.Tx) (err error) {
		of := file.Owner{Kind: "org", ID: o.org.ID}
		c.EntrustmentID, err = s.files.Add(s.ctx, tx, o.actor, of, "entrustment", "委托证明.pdf", page("Letter of entrustment (demo)"))
		return err
	}); err != nil {
		return err
	}
	p, err := s.positions.Create(s.ctx, o.actor, o.org.ID, c)
	if err != nil {
		return err
	}
	return s.positions.Submit(s.ctx, o.actor, p.ID)
}

// neighbours are a filed group under the visitor's organization, with a volunteer role.
func (s *story) neighbours() error {
	s.at(20)
	leader, err := s.account("罗队长", "filed@demo.example")
	if err != nil {
		return err
	}
	o, err := s.orgs.Register(s.ctx, leader, org.Registration{
		Name: s.tree.Name(s.home.org.Region) + "邻里互助队", Kind: org.Filed, HostID: s.home.org.ID, Region: s.home.org.Region, Address: "示例路12号社区活动室",
		Intro: "街坊自发的互助队，在社区备案。本介绍为演示内容。", ContactName: leader.Name, ContactPhone: "020-00007788",
	})
	if err != nil {
		return err
	}
	leader.Orgs = []auth.OrgGrant{{Org: o.ID, Role: auth.Owner}}
	if err := s.orgs.Approve(s.ctx, auth.System(), o.ID, ""); err != nil {
		return err
	}
	s.at(1)
	c := s.content(s.owners[1], 2_000_003)
	c.Title, c.Duties, c.Requirements = "独居长者探访志愿者（街坊互助）", "每周上门探访一位独居长者，陪聊天、代买药。", "住在附近，守时，有耐心。"
	c.Conditions, c.ServiceTime, c.RiskStatement = "提供志愿者马甲和饮用水", "周日 9:30–11:00", "上门服务两人同行，注意防暑和交通安全。"
	c.Degree, c.Majors, c.Skills, c.Dangerous = position.NoDegree, db.AsJSON([]string{}), db.AsJSON([]string{}), false
	_, err = s.publish(owner{org: o, actor: leader}, c, position.Volunteer)
	return err
}

// desk is what the bureau sent back to the visitor's organization, and an edit of a post that was on show.
func (s *story) desk() error {
	s.at(1.5)
	c := s.content(s.home, 2_000_004)
	c.Kind, c.Employment, c.Title, c.Pay = position.Job, "", "家庭综合服务社工", position.Pay{Min: 550000, Max: 720000, Unit: position.PerMonth}
	c.Duties = "负责中心交办的工作。"
	p, err := s.positions.Create(s.ctx, s.home.actor, s.home.org.ID, c)
	if err == nil {
		err = s.positions.Submit(s.ctx, s.home.actor, p.ID)
	}
	if err != nil {
		return err
	}
	s.at(0.5)
	reasons := map[string]string{"duties": "写得太笼统，请写明服务对象、主要任务和工作时间。"}
	if err := s.positions.Return(s.ctx, auth.System(), p.ID, "其余内容没有问题，改好这一项即可。", reasons); err != nil {
		return err
	}
	changed, err := s.open(s.owners[1])
	if err != nil {
		return err
	}
	s.at(0.3)
	changed.Requirements += "有驾照者优先；\n"
	_, err = s.positions.Edit(s.ctx, s.owners[1].actor, changed.ID, changed.Version, changed.Content)
	return err
}

// page is a PDF of one page with a line of Latin letters.
func page(line string) []byte {
	draw := "BT /F1 20 Tf 72 720 Td (" + line + ") Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(draw), draw), "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var out, table strings.Builder
	out.WriteString("%PDF-1.4\n")
	fmt.Fprintf(&table, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for n, o := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n+1, o)
	}
	start := out.Len()
	fmt.Fprintf(&out, "%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", table.String(), len(objects)+1, start)
	return []byte(out.String())
}
