package web

import (
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/text"
)

// againWithin is for how long a form that comes again is taken for the same one: a button that was pressed twice, a
// browser that went back, a phone that lost the answer on its way.
const againWithin = 10 * time.Minute

// step is a line of a history: who did what, and with which words.
type step struct {
	at      db.Time
	account id.ID
	verb    string
	note    string
}

// doneBefore reports whether what is asked for cannot be because the actor has just done it, with the same words: then
// the answer is that it is done. last is the newest line of the history.
func (h *handlers) doneBefore(c *gin.Context, verb, note string, last step) bool {
	young := h.DB.Clock().Now().Sub(last.at.Time) < againWithin
	return young && last.account == actor(c).Account && last.verb == verb && last.note == text.Block(note)
}

// answeredBefore is doneBefore for what an organization does with an application; err is why it cannot be.
func (h *handlers) answeredBefore(c *gin.Context, err error, one id.ID, verb application.Verb, reason string) bool {
	if !errs.Is(err, errs.KindConflict) {
		return false
	}
	events, e := h.Applications.History(c.Request.Context(), actor(c), one)
	if e != nil || len(events) == 0 {
		return false // the conflict is told then
	}
	last := events[len(events)-1]
	return h.doneBefore(c, string(verb), reason, step{last.At, last.Account, last.Verb, last.Reason})
}

// postDoneBefore is doneBefore for a post.
func (h *handlers) postDoneBefore(c *gin.Context, err error, post id.ID, verb, note string) bool {
	if !errs.Is(err, errs.KindConflict) {
		return false
	}
	events, e := h.Positions.History(c.Request.Context(), actor(c), post)
	if e != nil || len(events) == 0 {
		return false
	}
	last := events[len(events)-1]
	return h.doneBefore(c, verb, note, step{last.At, last.Account, last.Verb, last.Note})
}

// orgDoneBefore is doneBefore for an organization.
func (h *handlers) orgDoneBefore(c *gin.Context, err error, one id.ID, verb, note string) bool {
	if !errs.Is(err, errs.KindConflict) {
		return false
	}
	events, e := h.Orgs.History(c.Request.Context(), actor(c), one)
	if e != nil || len(events) == 0 {
		return false
	}
	last := events[len(events)-1]
	return h.doneBefore(c, verb, note, step{last.At, last.Account, last.Verb, last.Note})
}
