package web

import (
	"net/http"
	"testing"
	"time"

	"zhigang/internal/auth"
	"zhigang/internal/match"
	"zhigang/internal/position"
	"zhigang/internal/search"
	"zhigang/internal/worldtest"
)

func TestTheOperatorSeesThatTellingStandsStill(t *testing.T) {
	s := newSite(t)
	if _, _, err := s.deps.Matches.Save(t.Context(), s.Graduate("林同学"), search.Query{Text: "社工"}, match.Instant, true); err != nil {
		t.Fatal(err)
	}
	s.offer(position.Job, "社区社工")
	due, err := s.Outbox.Due(t.Context(), "fast", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range due { // what is found is to be told by tasks that come later, and that nobody runs
		if err := s.Outbox.Run(t.Context(), ref.ID, s.tasks[ref.Task]); err != nil {
			t.Fatal(err)
		}
	}
	desk := func() answer {
		return s.as(s.Bureau(worldtest.Panyu, auth.Administrator)).get("/bureau/operations").want(t, http.StatusOK)
	}
	s.Clock.Add(3 * time.Hour)
	desk().says(t, "1 个订阅该提醒未提醒")
	s.Clock.Add(48 * time.Hour) // Sunday became Tuesday: Monday was a working day
	desk().says(t, "整整一个工作日没有通知任何人")
}
