package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/position"
)

// submitPosition asks the bureau to review. What is missing is said on the form, where it can be filled in.
func (h *handlers) submitPosition(c *gin.Context) error {
	p, err := h.ownPosition(c)
	if err != nil {
		return err
	}
	err = h.Positions.Submit(c.Request.Context(), actor(c), p.ID)
	if errs.Is(err, errs.KindInvalid) {
		page := postForm{Form: h.positionForm(p.Content).with(err), Post: p}
		return h.postFormPage(c, http.StatusUnprocessableEntity, page)
	}
	if h.postDoneBefore(c, err, p.ID, "submit", "") {
		err = nil
	}
	return h.positionDone(c, p, Form{}, err, "flash.position_submitted")
}

func (h *handlers) copyPosition(c *gin.Context) error {
	p, err := h.ownPosition(c)
	if err != nil {
		return err
	}
	made, err := h.Positions.Copy(c.Request.Context(), actor(c), p.ID)
	if err != nil {
		return h.positionDone(c, p, Form{}, err, "")
	}
	h.flash(c, "flash.position_copied")
	return redirect(c, consolePath(made.OrgID, "/positions/"+made.ID.String()+"/edit"))
}

func (h *handlers) renewPosition(c *gin.Context) error {
	return h.changePosition(c, "renew", "flash.position_renewed", func(p position.Position, form Form) error {
		until, err := calendar.ParseDay(plainDigits(strings.TrimSpace(form.Get("valid_until"))))
		if err != nil {
			return errs.Fields{"valid_until": {Key: "error.day"}}.Err()
		}
		return h.Positions.Renew(c.Request.Context(), actor(c), p.ID, until)
	})
}

func (h *handlers) closePosition(c *gin.Context) error {
	return h.changePosition(c, "close", "flash.position_closed", func(p position.Position, form Form) error {
		return h.Positions.Close(c.Request.Context(), actor(c), p.ID, position.Outcome(form.Get("outcome")))
	})
}

func (h *handlers) withdrawPosition(c *gin.Context) error {
	return h.changePosition(c, "withdraw", "flash.position_withdrawn", func(p position.Position, form Form) error {
		reason := form.Get("reason")
		if strings.TrimSpace(reason) == "" && p.State != position.Draft { // nobody has seen a draft
			return errs.Fields{"reason": {Key: "error.required"}}.Err()
		}
		if err := checkReason("reason", reason); err != nil {
			return err
		}
		return h.Positions.Withdraw(c.Request.Context(), actor(c), p.ID, reason)
	})
}

// wording names the field of each form that stands in the history.
var wording = map[string]string{"renew": "valid_until", "close": "outcome", "withdraw": "reason"}

// changePosition lets do change the post of the page by what a form says; verb is what its history calls that.
func (h *handlers) changePosition(c *gin.Context, verb, done string, do func(position.Position, Form) error) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	p, err := h.ownPosition(c)
	if err != nil {
		return err
	}
	err = do(p, form)
	if h.postDoneBefore(c, err, p.ID, verb, form.Get(wording[verb])) {
		err = nil
	}
	return h.positionDone(c, p, form, err, done)
}

// positionDone goes back to the post, or says on its page why what was asked for cannot be.
func (h *handlers) positionDone(c *gin.Context, p position.Position, form Form, err error, done string) error {
	if told(err) {
		return h.postPage(c, statusOf(err), form, err)
	}
	if err != nil {
		return err
	}
	h.flash(c, done)
	return redirect(c, consolePath(p.OrgID, "/positions/"+p.ID.String()))
}
