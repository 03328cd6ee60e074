package web

import (
	"fmt"
	"net/http"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/position"
	"zhigang/internal/worldtest"
)

// An organization may import posts by the thousand: its pages list the newest and count all.
func TestAnOrganizationWithManyPostsIsCountedInFull(t *testing.T) {
	s := newSite(t)
	o, _ := s.Org("番禺区暖阳社会工作服务中心", worldtest.Panyu)
	rows := make([]position.Imported, 120)
	for n := range rows {
		rows[n] = position.Imported{Key: fmt.Sprint(n), Content: s.Content(position.Job, fmt.Sprintf("项目社工%d", n))}
	}
	made, err := s.Positions.Import(t.Context(), auth.System(), o.ID, rows, true)
	if err != nil {
		t.Fatal(err)
	}
	s.work()
	page := s.anonymous().get("/orgs/"+o.ID.String()).want(t, http.StatusOK)
	if page.count(".card a[href^='/positions/']") < 50 || page.count("a[href='/positions?org="+o.ID.String()+"']") != 1 {
		t.Errorf("the newest posts, or the way to all, are missing:\n%s", page.Body)
	}
	page.says(t, "120 个岗位，招 360 人")
	s.anonymous().get("/positions/"+made[0].ID.String()).want(t, http.StatusOK).says(t, "在招岗位 120 个，招 360 人")
}
