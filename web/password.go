package web

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/limit"
)

// forgottenPage lets somebody ask for a new password.
type forgottenPage struct {
	Page
	Form  Form
	Asked bool
	Off   bool // the site sends no mail
	Ended bool // they came with a link that does not work any more
}

// How often a link may be asked for: for one account, so that nobody's mailbox is filled by others, and from one
// address.
func resetRate() limit.Rate        { return limit.Rate{Burst: 3, Per: time.Hour} }
func resetAddressRate() limit.Rate { return limit.Rate{Burst: 20, Per: time.Hour} }

func (h *handlers) showForgotten(c *gin.Context) error {
	return h.forgottenPage(c, http.StatusOK, forgottenPage{Asked: c.Query("asked") != ""})
}

func (h *handlers) forgottenPage(c *gin.Context, status int, page forgottenPage) error {
	page.Page = Page{Title: h.printer(c).T("auth.password.forgotten", nil)}
	page.Off = !h.Notices.MailOn()
	return h.page(c, status, "account/password", &page)
}

// askReset answers the same whether anybody has that address or not, and whether they may ask once more.
func (h *handlers) askReset(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if err := h.Limiter.Take(ctx, "reset address "+c.ClientIP(), resetAddressRate()); err != nil {
		return err
	}
	login, err := auth.ParseLogin(form.Get("login"))
	if err != nil {
		return h.forgottenPage(c, http.StatusUnprocessableEntity, forgottenPage{Form: form.with(err)})
	}
	err = h.Limiter.Take(ctx, "reset "+h.Keys.Index("reset", login.Value), resetRate())
	if err == nil {
		err = h.Notices.AskReset(ctx, login.Value)
	}
	switch {
	case errs.Is(err, errs.KindTooMany): // the links that were sent still work
	case errs.KeyOf(err) == "mail.off":
		return h.forgottenPage(c, http.StatusServiceUnavailable, forgottenPage{Form: form})
	case err != nil:
		return err
	}
	return redirect(c, "/password?asked=1")
}

// resetPage sets a new password with a mailed link.
type resetPage struct {
	Page
	Form Form
}

// showReset looks at no table: programs that follow the links of a mail use nothing up.
func (h *handlers) showReset(c *gin.Context) error { return h.resetPage(c, http.StatusOK, Form{}) }

func (h *handlers) resetPage(c *gin.Context, status int, form Form) error {
	return h.page(c, status, "account/password_new", &resetPage{
		Page: Page{Title: h.printer(c).T("password.new.title", nil)}, Form: form,
	})
}

func (h *handlers) reset(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if err := h.Limiter.Take(ctx, "reset address "+c.ClientIP(), resetAddressRate()); err != nil {
		return err
	}
	err = h.Accounts.Reset(ctx, c.Param("token"), form.Get("password"))
	switch {
	case errs.Is(err, errs.KindInvalid):
		return h.resetPage(c, http.StatusUnprocessableEntity, form.with(err))
	case errs.Is(err, errs.KindNotFound):
		return h.forgottenPage(c, http.StatusNotFound, forgottenPage{Ended: true})
	case err != nil:
		return err
	}
	h.forget(c)
	h.flash(c, "flash.password_reset")
	return redirect(c, "/login")
}
