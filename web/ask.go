package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/suggest"
)

// askPage puts to a person that an organization would like to have their contact.
type askPage struct {
	Page
	Ask     suggest.MyAsk
	State   suggest.AskState
	Until   calendar.Day
	OnShow  bool
	Contact auth.Contact
	Form    Form
	Refused *FieldError
}

func (h *handlers) showAsk(c *gin.Context) error { return h.askPage(c, http.StatusOK, Form{}, nil) }

func (h *handlers) askPage(c *gin.Context, status int, form Form, refused error) error {
	ctx, who := c.Request.Context(), actor(c)
	ask, err := pathID(c, "id")
	if err != nil {
		return err
	}
	a, err := h.Suggestions.MyAsk(ctx, who, ask)
	if err != nil {
		return err
	}
	page := &askPage{
		Page: Page{Title: h.printer(c).T("ask.title", nil), Nav: "me"}, Ask: a, State: a.StateAt(h.DB.Clock().Now()),
		Until: calendar.DayOf(a.Until()).Add(-1), Form: form.with(refused),
	}
	if said, ok := conflict(refused); ok {
		page.Refused = &said
	}
	shown, err := h.Positions.OnShowByID(ctx, []id.ID{a.Position})
	if err != nil {
		return err
	}
	page.OnShow = len(shown) > 0
	if page.Contact, err = h.Accounts.Contact(ctx, h.DB, who.Account); err != nil {
		return err
	}
	return h.page(c, status, "me/ask", page)
}

// answerAsk takes the answer: yes with what is given, no, or no and never again from this organization.
func (h *handlers) answerAsk(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ask, err := pathID(c, "id")
	if err != nil {
		return err
	}
	err = h.sayToAsk(c, ask, form.Get("answer"), suggest.Say{Email: form.Checked("contact", "email"), Mobile: form.Checked("contact", "mobile")})
	if _, isConflict := conflict(err); isConflict {
		return h.askPage(c, http.StatusConflict, form, err)
	}
	if errs.Is(err, errs.KindInvalid) {
		return h.askPage(c, http.StatusUnprocessableEntity, form, err)
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.answered")
	return redirect(c, "/me/asks/"+ask.String())
}

func (h *handlers) sayToAsk(c *gin.Context, ask id.ID, answer string, say suggest.Say) error {
	ctx, who := c.Request.Context(), actor(c)
	switch answer {
	case "yes":
		return h.Suggestions.Give(ctx, who, ask, say)
	case "no":
		return h.Suggestions.Refuse(ctx, who, ask)
	case "block":
		a, err := h.Suggestions.MyAsk(ctx, who, ask)
		if err != nil {
			return err
		}
		if err := h.Matches.Block(ctx, who, a.Org); err != nil {
			return err
		}
		return h.Suggestions.Refuse(ctx, who, ask)
	}
	return errs.Fields{"answer": {Key: "error.choice"}}.Err()
}
