package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/limit"
)

// loginPage asks who somebody is.
type loginPage struct {
	Page
	Form  Form
	Next  string
	Wrong string
}

// How often a password may be tried: for one account from one address, and from one address in all. Nobody is locked out
// by somebody else's guesses.
func loginRate() limit.Rate   { return limit.Rate{Burst: 10, Per: 10 * time.Minute} }
func addressRate() limit.Rate { return limit.Rate{Burst: 60, Per: 10 * time.Minute} }

func (h *handlers) showLogin(c *gin.Context) error {
	next := localPath(c.Query("next"))
	if actor(c).Known() {
		return redirect(c, next)
	}
	return h.show(c, "account/login", &loginPage{Page: Page{Title: h.printer(c).T("auth.login.title", nil)}, Next: next})
}

func (h *handlers) login(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	p := h.printer(c)
	page := &loginPage{Page: Page{Title: p.T("auth.login.title", nil)}, Form: form, Next: localPath(form.Get("next"))}
	if err := h.Limiter.Take(ctx, "login address "+c.ClientIP(), addressRate()); err != nil {
		return err
	}
	if err := h.Limiter.Take(ctx, "login "+c.ClientIP()+" "+h.Keys.Index("limit.login", oneLogin(form.Get("login"))), loginRate()); err != nil {
		return err
	}
	token, account, err := h.Accounts.SignIn(ctx, form.Get("login"), form.Get("password"), clientOf(c))
	if errs.Is(err, errs.KindUnauthenticated) {
		h.Log.Info("sign-in refused", "request", requestID(c), "address", c.ClientIP())
		page.Wrong = p.T(errs.KeyOf(err), nil)
		return h.page(c, http.StatusUnprocessableEntity, "account/login", page)
	}
	if err != nil {
		return err
	}
	h.remember(c, token)
	next, err := h.landing(ctx, account, page.Next)
	if err != nil {
		return err
	}
	return redirect(c, next)
}

// oneLogin writes a login in the one way in which it is counted, however it was typed.
func oneLogin(typed string) string {
	l, err := auth.ParseLogin(typed)
	if err != nil {
		return "" // of no account, so all of them count together
	}
	return l.Value
}

// landing sends people who came from no particular page to where they work.
func (h *handlers) landing(ctx context.Context, account auth.Account, next string) (string, error) {
	if next != "/" {
		return next, nil
	}
	who, err := h.actorOf(ctx, account)
	switch {
	case err != nil:
		return "", err
	case who.Bureau != nil:
		return "/bureau", nil
	case len(who.Orgs) > 0:
		return "/console", nil
	}
	return next, nil
}

func clientOf(c *gin.Context) auth.Client {
	return auth.Client{Agent: c.Request.UserAgent(), Address: c.ClientIP()}
}

// registerPage makes an account, or with a setup link the first administrator.
type registerPage struct {
	Page
	Form  Form
	Next  string
	Setup bool
}

func (h *handlers) showRegister(c *gin.Context) error {
	return h.show(c, "account/register", &registerPage{
		Page: Page{Title: h.printer(c).T("auth.register.title", nil)}, Next: localPath(c.Query("next")),
	})
}

func (h *handlers) register(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if err := h.Limiter.Take(ctx, "register "+c.ClientIP(), limit.Rate{Burst: 20, Per: time.Hour}); err != nil {
		return err
	}
	account, err := h.Accounts.Register(ctx, newAccount(c, form))
	if errs.Is(err, errs.KindInvalid) {
		return h.page(c, http.StatusUnprocessableEntity, "account/register", &registerPage{
			Page: Page{Title: h.printer(c).T("auth.register.title", nil)}, Form: form.with(err), Next: localPath(form.Get("next")),
		})
	}
	if err != nil {
		return err
	}
	return h.enter(c, account, localPath(form.Get("next")))
}

func newAccount(c *gin.Context, form Form) auth.NewAccount {
	return auth.NewAccount{Name: form.Get("name"), Login: form.Get("login"), Password: form.Get("password"), Lang: string(lang(c))}
}

// enter signs in an account that has just been made.
func (h *handlers) enter(c *gin.Context, account auth.Account, next string) error {
	token, err := h.Accounts.Open(c.Request.Context(), account.ID, clientOf(c))
	if err != nil {
		return err
	}
	h.remember(c, token)
	h.flash(c, "flash.welcome")
	return redirect(c, next)
}

func (h *handlers) logout(c *gin.Context) error {
	if err := h.Accounts.SignOut(c.Request.Context(), c.GetString(keyToken)); err != nil {
		return err
	}
	h.forget(c)
	return redirect(c, "/")
}

func (h *handlers) showSetup(c *gin.Context) error {
	if err := h.needSetup(c); err != nil {
		return err
	}
	return h.show(c, "account/register", h.setupPage(c, Form{}))
}

func (h *handlers) needSetup(c *gin.Context) error {
	works, err := h.Accounts.NeedsSetup(c.Request.Context(), c.Param("token"))
	if err == nil && !works {
		return errs.NotFound("auth.setup.used")
	}
	return err
}

func (h *handlers) setupPage(c *gin.Context, form Form) *registerPage {
	return &registerPage{Page: Page{Title: h.printer(c).T("auth.setup.title", nil)}, Form: form, Setup: true, Next: "/bureau"}
}

func (h *handlers) setup(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	place, ok := h.Tree.Get(form.Get("region"))
	if !ok || place.Retired || place.Paper {
		err = errs.Fields{"region": {Key: "error.region"}}.Err()
		return h.page(c, http.StatusUnprocessableEntity, "account/register", h.setupPage(c, form.with(err)))
	}
	account, err := h.Accounts.Setup(c.Request.Context(), c.Param("token"), newAccount(c, form), place.Code)
	if errs.Is(err, errs.KindInvalid) {
		return h.page(c, http.StatusUnprocessableEntity, "account/register", h.setupPage(c, form.with(err)))
	}
	if err != nil {
		return err
	}
	return h.enter(c, account, "/bureau")
}

// accountPage is what an account says of itself, and where it is signed in.
type accountPage struct {
	Page
	Form          Form
	Email, Mobile string
	Sessions      []sessionLine
}

type sessionLine struct {
	auth.Session
	Current bool
}

func (h *handlers) showAccount(c *gin.Context) error { return h.accountPage(c, http.StatusOK, Form{}) }

func (h *handlers) accountPage(c *gin.Context, status int, form Form) error {
	ctx := c.Request.Context()
	who := actor(c)
	contact, err := h.Accounts.Contact(ctx, h.DB, who.Account)
	if err != nil {
		return err
	}
	form = form.or("name", contact.Name)
	page := &accountPage{Page: Page{Title: h.printer(c).T("account.title", nil)}, Form: form, Email: contact.Email, Mobile: contact.Mobile}
	sessions, err := h.Accounts.Sessions(ctx, who.Account)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		page.Sessions = append(page.Sessions, sessionLine{s, s.ID == session(c).ID})
	}
	return h.page(c, status, "account/show", page)
}

func (h *handlers) editAccount(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	err = h.Accounts.Edit(c.Request.Context(), actor(c).Account, form.Get("name"), string(lang(c)))
	return h.accountChanged(c, form, err)
}

// changeLogin takes another address or number to sign in with; it asks for the password, as often as it may be tried.
func (h *handlers) changeLogin(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if err := h.Limiter.Take(ctx, "password "+actor(c).Account.String(), loginRate()); err != nil {
		return err
	}
	err = h.Accounts.SetLogin(ctx, actor(c).Account, form.Get("login_password"), form.Get("login"))
	return h.accountChanged(c, form, renamed(err, "current", "login_password"))
}

func (h *handlers) changePassword(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if err := h.Limiter.Take(ctx, "password "+actor(c).Account.String(), loginRate()); err != nil {
		return err
	}
	err = h.Accounts.ChangePassword(ctx, actor(c).Account, form.Get("current"), form.Get("password"), session(c).ID)
	return h.accountChanged(c, form, err)
}

func (h *handlers) accountChanged(c *gin.Context, form Form, err error) error {
	if errs.Is(err, errs.KindInvalid) {
		return h.accountPage(c, http.StatusUnprocessableEntity, form.with(err))
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.saved")
	return redirect(c, "/account")
}

// endOtherSessions leaves the actor signed in here and nowhere else.
func (h *handlers) endOtherSessions(c *gin.Context) error {
	if err := h.Accounts.KillOthers(c.Request.Context(), actor(c).Account, session(c).ID); err != nil {
		return err
	}
	h.flash(c, "flash.session_ended")
	return redirect(c, "/account")
}

func (h *handlers) endSession(c *gin.Context) error {
	ses, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := h.Accounts.Kill(c.Request.Context(), actor(c).Account, ses); err != nil {
		return err
	}
	h.flash(c, "flash.session_ended")
	return redirect(c, "/account")
}
