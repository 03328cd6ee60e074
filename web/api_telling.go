package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/match"
)

// tellingView is how the actor is told of what their saved searches find. Hours are those of China's clocks; where
// quiet_from and quiet_to are the same there are no quiet hours.
type tellingView struct {
	DigestHour int `json:"digest_hour"`
	QuietFrom  int `json:"quiet_from"`
	QuietTo    int `json:"quiet_to"`
	pauseView
}

// pauseView says whether nothing is told at present, and the day on which that ends by itself.
type pauseView struct {
	Paused      bool          `json:"paused"`
	PausedUntil *calendar.Day `json:"paused_until"` // null when it does not
}

func (h *handlers) pauseView(p match.Pause) pauseView {
	state := h.pauseState(p)
	if !state.On || state.Until == "" {
		return pauseView{Paused: state.On}
	}
	return pauseView{true, &state.Until}
}

func (h *handlers) apiShowTelling(c *gin.Context) (reply, error) {
	t, err := h.Matches.Telling(c.Request.Context(), actor(c))
	return shown(tellingView{t.DigestHour, t.QuietFrom, t.QuietTo, h.pauseView(t.Pause)}), err
}

// pauseChange begins a pause (until a day, or until it is ended) or ends it.
type pauseChange struct {
	Paused      *bool         `json:"paused"`
	PausedUntil *calendar.Day `json:"paused_until"`
}

// asked reports whether a pause is to be begun or ended.
func (p pauseChange) asked() bool { return p.Paused != nil || p.PausedUntil != nil }

// do begins or ends the pause.
func (p pauseChange) do(begin func(calendar.Day) error, end func() error) error {
	if p.Paused != nil && !*p.Paused {
		return end()
	}
	var until calendar.Day
	if p.PausedUntil != nil {
		until = *p.PausedUntil
	}
	return called(begin(until), map[string]string{"until": "paused_until"})
}

// apiSetTelling changes what the body names.
func (h *handlers) apiSetTelling(c *gin.Context) (reply, error) {
	var in struct {
		DigestHour *int `json:"digest_hour"`
		QuietFrom  *int `json:"quiet_from"`
		QuietTo    *int `json:"quiet_to"`
		pauseChange
	}
	if err := readJSON(c, &in); err != nil {
		return reply{}, err
	}
	ctx, who := c.Request.Context(), actor(c)
	t, err := h.Matches.Telling(ctx, who)
	if err != nil {
		return reply{}, err
	}
	set := match.Hours{Digest: t.DigestHour, QuietFrom: t.QuietFrom, QuietTo: t.QuietTo}
	for from, to := range map[*int]*int{in.DigestHour: &set.Digest, in.QuietFrom: &set.QuietFrom, in.QuietTo: &set.QuietTo} {
		if from != nil {
			*to = *from
		}
	}
	if err := h.Matches.SetTelling(ctx, who, set); err != nil {
		return reply{}, err
	}
	if in.asked() {
		err := in.do(
			func(until calendar.Day) error { return h.Matches.PauseAll(ctx, who, until) },
			func() error { return h.Matches.ResumeAll(ctx, who) })
		if err != nil {
			return reply{}, err
		}
	}
	return h.apiShowTelling(c)
}

// blockedView is an organization of which the actor hears no more.
type blockedView struct {
	Org   id.ID  `json:"org"`
	Name  string `json:"name"`
	Since stamp  `json:"since"`
}

func (h *handlers) apiListBlocks(c *gin.Context) (reply, error) {
	all, err := h.Matches.Blocks(c.Request.Context(), actor(c))
	out := apiList[blockedView]{Items: []blockedView{}}
	for _, one := range all {
		out.Items = append(out.Items, blockedView{one.Org, one.Name, stamp(one.Since)})
	}
	return shown(out), err
}

func (h *handlers) apiBlock(c *gin.Context) (reply, error) { return h.onBlocked(c, true) }

func (h *handlers) apiUnblock(c *gin.Context) (reply, error) { return h.onBlocked(c, false) }

func (h *handlers) onBlocked(c *gin.Context, block bool) (reply, error) {
	if err := readOptional(c, &struct{}{}); err != nil {
		return reply{}, err
	}
	org, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	do := h.Matches.Unblock
	if block {
		do = h.Matches.Block
	}
	return none(), do(c.Request.Context(), actor(c), org)
}
