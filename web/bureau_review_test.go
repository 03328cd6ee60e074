package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/file"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

func TestAReviewerApprovesAndGoesOnToTheNext(t *testing.T) {
	w := newDesk(t)
	w.Clock.Add(time.Hour)
	second := w.submitted(w.owner, w.Content(position.Volunteer, "周末助餐志愿者"))
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	list := b.get("/bureau/positions").want(t, http.StatusOK)
	rows := list.Doc.Find("tbody tr th a")
	if rows.Length() != 2 || rows.First().Text() != "长者营养师" {
		t.Fatal("the oldest does not come first:", list.text())
	}
	page := b.get(rows.First().AttrOr("href", "")).want(t, http.StatusOK)
	for _, want := range []string{"长者营养师", "广州示例餐饮有限公司", "经营长者饭堂。", "6000–8500 元/月", "番禺区晴禾社会工作服务中心", "已核验",
		"委托证明：委托证明.pdf", "提交审核"} {
		if !strings.Contains(page.text(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	path := "/bureau/positions/" + w.waiting.ID.String()
	next := b.post(path+"/approve").want(t, http.StatusSeeOther).Header.Get("Location")
	if next != "/bureau/positions/"+second.ID.String() {
		t.Fatal("the next is", next)
	}
	if text := b.get(next).Body; !strings.Contains(text, "已通过，接着看下一个") {
		t.Fatal("nobody says that it is done")
	}
	if w.state(w.waiting.ID) != position.Published || w.audited("position.approve", w.waiting.ID) != 1 {
		t.Fatal("not approved, or not written down")
	}
	if to := b.post(path+"/approve").want(t, http.StatusSeeOther).Header.Get("Location"); to != next {
		t.Error("the button was pressed twice:", to)
	}
	again := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer)).post(path+"/approve").want(t, http.StatusConflict)
	if !strings.Contains(again.text(), "岗位正在招聘，不能通过") || w.audited("position.approve", w.waiting.ID) != 1 {
		t.Fatal(again.text())
	}
	if to := b.post(next+"/approve").want(t, http.StatusSeeOther).Header.Get("Location"); to != "/bureau/positions" {
		t.Fatal("after the last:", to)
	}
	if text := b.get("/bureau/positions").Body; !strings.Contains(text, "没有等待审核的岗位") {
		t.Fatal("the list does not say that all is done")
	}
}

func TestAPostIsReturnedWithReasonsForWhatIsWrong(t *testing.T) {
	w := newDesk(t)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	path := "/bureau/positions/" + w.waiting.ID.String()
	bad := b.post(path+"/return", "return_note", "  ").want(t, http.StatusUnprocessableEntity)
	if link := bad.Doc.Find("#errors a"); link.AttrOr("href", "") != "#f-return_note" ||
		bad.Doc.Find("#f-return_note").Length() != 1 {
		t.Fatal("the summary leads nowhere:", bad.text())
	}
	long := b.post(path+"/return", "return_note", "请改", "reason_duties", strings.Repeat("长", maxReason+1)).want(t,
		http.StatusUnprocessableEntity)
	if long.Doc.Find("#errors a[href='#f-return_note']").Length() != 1 ||
		long.Doc.Find("#f-return_note").Text() != "请改" ||
		len(long.Doc.Find("input[name=reason_duties]").AttrOr("value", "")) == 0 {
		t.Fatal("what was typed is lost")
	}
	b.send(path+"/return", url.Values{"return_note": {"没有令牌"}}).want(t, http.StatusForbidden)
	if w.state(w.waiting.ID) != position.Submitted {
		t.Fatal("a refused form was taken")
	}
	b.post(path+"/return", "return_note", "请补充后再提交", "reason_pay_min", "请写明是否含餐补").want(t, http.StatusSeeOther)
	p, err := w.Positions.Get(t.Context(), w.owner, w.waiting.ID)
	if err != nil || p.State != position.Returned || p.ReviewFields.V["pay_min"] != "请写明是否含餐补" ||
		len(p.ReviewFields.V) != 1 {
		t.Fatalf("%+v, %v", p.ReviewFields, err)
	}
	page := b.get(path)
	if text := page.Doc.Find(".timeline").Text(); !strings.Contains(text, "基本劳动报酬：请写明是否含餐补") ||
		!strings.Contains(text, "审核员") {
		t.Fatal("the history does not say why, or who:", text)
	}
	if page.Doc.Find("form[action$='/approve']").Length() != 0 {
		t.Fatal("a returned post can be approved")
	}
}

func TestAPostWhoseTimeHasPassedCannotBeApproved(t *testing.T) {
	w := newDesk(t)
	w.Clock.Add(40 * 24 * time.Hour)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	page := b.get("/bureau/positions/"+w.waiting.ID.String()).want(t, http.StatusOK)
	if page.Doc.Find("form[action$='/approve']").Length() != 0 || !strings.Contains(page.text(), "截止日期已过") {
		t.Fatal(page.text())
	}
	refused := b.post("/bureau/positions/"+w.waiting.ID.String()+"/approve").want(t, http.StatusUnprocessableEntity)
	if !strings.Contains(refused.Doc.Find("#errors").Text(), "不能通过") {
		t.Fatal(refused.text())
	}
}

func TestManyPostsAreDecidedEachOnItsOwn(t *testing.T) {
	w := newDesk(t)
	elsewhere, other := w.Org("天河区示例服务中心", tianhe)
	good := w.submitted(w.owner, w.Content(position.Job, "项目社工"))
	stale := w.submitted(w.owner, w.Content(position.Job, "行政专员"))
	foreign := w.submitted(other, w.Content(position.Job, "天河社工"))
	draft, err := w.Positions.Create(t.Context(), w.owner, w.org.ID, w.Content(position.Job, "还没提交的岗位"))
	w.must(err)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	w.must(w.Positions.Withdraw(t.Context(), w.owner, stale.ID, "")) // while the reviewer looked at the list
	done := b.post("/bureau/positions", "verb", "approve", "post", w.waiting.ID.String(), "post", stale.ID.String(),
		"post", good.ID.String(),
		"post", foreign.ID.String(), "post", draft.ID.String(), "post", "what?").want(t, http.StatusOK)
	for _, want := range []string{"已通过 2 个岗位", "有 4 个没有办成", "行政专员：岗位已撤回，不能通过", "没有找到"} {
		if !strings.Contains(done.text(), want) {
			t.Errorf("the page lacks %q: %s", want, done.text())
		}
	}
	if strings.Contains(done.text(), "天河社工") || strings.Contains(done.text(), "还没提交的岗位") ||
		strings.Contains(done.text(), elsewhere.Name) {
		t.Error("the page tells of what is not the bureau's:", done.text())
	}
	for _, p := range []position.Position{w.waiting, good} {
		if w.state(p.ID) != position.Published || w.audited("position.approve", p.ID) != 1 {
			t.Errorf("%s: %s", p.Title, w.state(p.ID))
		}
	}
	if w.state(foreign.ID) != position.Submitted || w.state(draft.ID) != position.Draft {
		t.Error("what is not the bureau's was decided")
	}
	again := b.post("/bureau/positions", "verb", "approve", "post", good.ID.String()).want(t, http.StatusOK)
	if !strings.Contains(again.text(), "项目社工：岗位正在招聘，不能通过") || w.audited("position.approve", good.ID) != 1 {
		t.Error(again.text())
	}
}

func TestABulkDecisionThatCannotBeReadChangesNothing(t *testing.T) {
	w := newDesk(t)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	one := w.waiting.ID.String()
	if text := b.post("/bureau/positions", "verb", "approve").want(t,
		http.StatusUnprocessableEntity).text(); !strings.Contains(text, "请先勾选岗位") {
		t.Fatal(text)
	}
	page := b.post("/bureau/positions", "verb", "return", "post", one).want(t, http.StatusUnprocessableEntity)
	if _, ticked := page.Doc.Find("input[value^='" + one + ".']").Attr("checked"); !ticked ||
		page.Doc.Find("#errors a[href='#f-bulk_note']").Length() != 1 {
		t.Fatal("the tick is lost, or nothing says what is missing:", page.text())
	}
	b.post("/bureau/positions", "verb", "delete", "post", one).want(t, http.StatusUnprocessableEntity)
	b.send("/bureau/positions", url.Values{"verb": {"approve"}, "post": {one}}).want(t, http.StatusForbidden)
	if w.state(w.waiting.ID) != position.Submitted {
		t.Fatal("decided all the same")
	}
	all := b.get("/bureau/positions?all=1")
	if all.Doc.Find("input[name=post][checked]").Length() != 1 {
		t.Fatal("not all are ticked")
	}
	b.post("/bureau/positions", "verb", "return", "post", one, "bulk_note", "请统一补充").want(t, http.StatusOK)
	if w.state(w.waiting.ID) != position.Returned {
		t.Fatal("not returned")
	}
}

func TestAFilteredListIsWorkedThroughAsFiltered(t *testing.T) {
	w := newDesk(t)
	first := w.submitted(w.owner, w.Content(position.Volunteer, "志愿者甲"))
	w.submitted(w.owner, w.Content(position.Job, "项目社工"))
	second := w.submitted(w.owner, w.Content(position.Volunteer, "志愿者乙"))
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	list := b.get("/bureau/positions?kind=volunteer")
	if list.Doc.Find("tbody tr").Length() != 2 {
		t.Fatal(list.text())
	}
	page := b.get(list.Doc.Find("tbody th a").First().AttrOr("href", ""))
	filter := page.Doc.Find("form[action$='/approve'] input[name=filter]").AttrOr("value", "")
	to := b.post("/bureau/positions/"+first.ID.String()+"/approve", "filter", filter).want(t,
		http.StatusSeeOther).Header.Get("Location")
	if to != "/bureau/positions/"+second.ID.String()+"?kind=volunteer" {
		t.Fatal(to)
	}
	if ended := b.get("/bureau/positions?state=ended&q=%25"); ended.Doc.Find("tbody tr").Length() != 0 {
		t.Fatal(ended.text())
	}
}

func TestEndedPostsComeInOrderWhicheverWayTheyEnded(t *testing.T) {
	w := newDesk(t)
	var want []string
	for n := range 60 {
		p := w.Published(w.owner, w.Content(position.Job, "岗位"))
		if n%2 == 0 {
			w.must(w.Positions.Close(t.Context(), w.owner, p.ID, "filled"))
		} else {
			w.must(w.Positions.Withdraw(t.Context(), w.owner, p.ID, ""))
		}
		want = append([]string{"/bureau/positions/" + p.ID.String() + "?state=ended"}, want...)
	}
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	var got []string
	for next := "/bureau/positions?state=ended"; next != ""; {
		page := b.get(next).want(t, http.StatusOK)
		for _, a := range page.Doc.Find("tbody th a").Nodes {
			got = append(got, a.Attr[0].Val)
		}
		next = page.Doc.Find("a[rel=next]").AttrOr("href", "")
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("%d of %d\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

func TestACodeThatFailsItsCheckIsApprovedWithAReasonOnly(t *testing.T) {
	w := newDesk(t)
	owner, _ := w.Account("负责人")
	o, err := w.Orgs.Register(t.Context(), owner, org.Registration{
		Name: "番禺区和声社区发展中心", Code: "52440106MJ0000123X", Kind: org.Association, Region: worldtest.Panyu,
		Address:     "示例路9号",
		ContactName: "周主任", ContactPhone: "020-00000000",
	})
	w.must(err)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	path := "/bureau/orgs/" + o.ID.String()
	page := b.get(path).want(t, http.StatusOK)
	for _, want := range []string{"信用代码校验未通过", "类型与信用代码不符", "登记地与所在地区不符", "信用代码所示：社会服务机构", "广州市天河区", "周主任"} {
		if !strings.Contains(page.text(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	bad := b.post(path+"/approve").want(t, http.StatusUnprocessableEntity)
	if bad.Doc.Find("#errors a").AttrOr("href", "") != "#f-override_reason" {
		t.Fatal(bad.text())
	}
	b.post(path+"/approve", "override_reason", "已核对登记证书原件").want(t, http.StatusSeeOther)
	if again := b.post(path+"/approve", "override_reason", "再来一次").want(t,
		http.StatusConflict); !strings.Contains(again.text(), "现在的状态不允许") {
		t.Fatal(again.text())
	}
	if w.audited("org.approve", o.ID) != 1 {
		t.Fatal("not written down once")
	}
	b.post(path+"/rate", "rating", "9", "rating_until", "2029-01-01").want(t, http.StatusUnprocessableEntity)
	b.post(path+"/rate", "rating", "4", "rating_until", "morgen").want(t, http.StatusUnprocessableEntity)
	b.post(path+"/rate", "rating", "4", "rating_until", "2029-01-01").want(t, http.StatusSeeOther)
	b.post(path+"/suspend", "suspend_reason", " ").want(t, http.StatusUnprocessableEntity)
	b.post(path+"/suspend", "suspend_reason", "年报未报送").want(t, http.StatusSeeOther)
	if text := b.get(path).text(); !strings.Contains(text, "已暂停") || !strings.Contains(text, "年报未报送") ||
		!strings.Contains(text, "4A") {
		t.Fatal(text)
	}
}

func TestARegistrationIsReturnedWithItsReason(t *testing.T) {
	w := newDesk(t)
	owner, _ := w.Account("负责人")
	register := func(name string, n int) org.Org {
		o, err := w.Orgs.Register(t.Context(), owner, org.Registration{
			Name: name, Code: worldtest.Code("52", worldtest.Panyu, n), Kind: org.ServiceOrg,
			Region: worldtest.Panyu, Address: "示例路9号",
			ContactName: "周主任", ContactPhone: "020-00000000",
		})
		w.must(err)
		return o
	}
	first, second := register("番禺区甲服务中心", 8001), register("番禺区乙服务中心", 8002)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	b.post("/bureau/orgs/"+first.ID.String()+"/return").want(t, http.StatusUnprocessableEntity)
	to := b.post("/bureau/orgs/"+first.ID.String()+"/return", "return_reason", "证书不清晰").want(t,
		http.StatusSeeOther).Header.Get("Location")
	if to != "/bureau/orgs/"+second.ID.String() {
		t.Fatal("the next is", to)
	}
	o, err := w.Orgs.Get(t.Context(), auth.System(), first.ID)
	if err != nil || o.State != org.Returned || o.ReviewNote != "证书不清晰" {
		t.Fatal(o.State, o.ReviewNote, err)
	}
}

func TestFilesOfTheRegionAreKeptNeverShown(t *testing.T) {
	w := newDesk(t)
	b := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer))
	for _, path := range []string{
		"/bureau/orgs/" + w.org.ID.String() + "/files/" + w.certificate.String(),
		"/bureau/positions/" + w.waiting.ID.String() + "/entrustment",
	} {
		got := b.get(path).want(t, http.StatusOK)
		if got.Body != pdf || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") ||
			got.Header.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v", path, got.Header)
		}
	}
	// the files of others, and files for another purpose, are not reached by their ids
	neighbour, theirs := w.Org("番禺区邻里服务中心", worldtest.Panyu)
	foreign := w.upload(theirs, file.Owner{Kind: "org", ID: neighbour.ID}, "certificate", "别家证书.pdf")
	cv := w.upload(w.Graduate("李四"), file.Owner{Kind: "person", ID: w.org.ID}, "cv", "简历.pdf")
	for _, one := range []string{foreign.String(), cv.String(), w.entrustment.String()} {
		b.get("/bureau/orgs/"+w.org.ID.String()+"/files/"+one).want(t, http.StatusNotFound)
	}
	b.get("/bureau/positions/"+w.shown.ID.String()+"/entrustment").want(t, http.StatusNotFound)
	w.must(w.DB.Write(t.Context(), func(tx *db.Tx) error {
		return tx.One(t.Context(), `UPDATE position SET entrustment_id = ? WHERE id = ?`, cv, w.waiting.ID)
	}))
	b.get("/bureau/positions/"+w.waiting.ID.String()+"/entrustment").want(t, http.StatusNotFound)
	b.get("/bureau/positions/"+w.waiting.ID.String()).want(t, http.StatusOK)
}

func TestTheReviewerSeesWhatAnEditHasChanged(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite) {
		w := newDeskOn(s)
		b, path := w.as(w.Bureau(worldtest.Panyu, auth.Reviewer)), "/bureau/positions/"+w.shown.ID.String()
		edit := func(change func(*position.Content)) {
			t.Helper()
			now, err := w.Positions.Get(t.Context(), w.owner, w.shown.ID)
			w.must(err)
			change(&now.Content)
			_, err = w.Positions.Edit(t.Context(), w.owner, now.ID, now.Version, now.Content)
			w.must(err)
		}
		edit(func(c *position.Content) { c.Pay.Min, c.Duties = 400000, "只做表格。" })
		edit(func(c *position.Content) { c.Duties = "只做很多表格。" }) // once more, before anybody has looked
		page := b.get(path).want(t, http.StatusOK).says(t, "只做很多表格。", "面向社区长者开展服务", "6000–8500", "4000–8500")
		if n := page.count(".particulars .tag.gold"); n != 2 || strings.Contains(page.text(), "只做表格。") {
			t.Errorf("%d particulars are marked as changed: %s", n, page.text())
		}
		b.post(path+"/approve").want(t, http.StatusSeeOther)
		if page := b.get(path); page.count(".particulars .tag.gold") != 0 {
			t.Error("what was approved is still marked:", page.text())
		}
		edit(func(c *position.Content) { c.Title = "社区社工" })
		if n := b.get(path).count(".particulars .tag.gold"); n != 1 {
			t.Errorf("the next edit is compared with an old one: %d", n)
		}
	})
}
