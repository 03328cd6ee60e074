package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
)

// What the middleware notes in the request.
const (
	keyActor   = "actor"
	keySession = "session"
	keyToken   = "session token"
	keyLang    = "lang"
	keyRequest = "request"
)

const langCookie = "lang"

// sessionCookie names the cookie. With HTTPS the __Host- prefix makes browsers refuse it from anywhere else.
func (h *handlers) sessionCookie() string {
	if h.secure() {
		return "__Host-session"
	}
	return "session"
}

// identify finds out who asks, and in which language they read. A session that has ended is the same as none.
func (h *handlers) identify(c *gin.Context) {
	if strings.HasPrefix(c.Request.URL.Path, "/static/") {
		return
	}
	account, err := h.account(c)
	if isAPI(c) {
		if e := h.allowance(c, account); e != nil {
			err = e
		}
	}
	if err == nil && account.ID != 0 {
		var a auth.Actor
		if a, err = h.actorOf(c.Request.Context(), account); err == nil {
			c.Set(keyActor, a)
		}
	}
	c.Set(keyLang, h.chooseLang(c, account.Lang))
	if err != nil {
		h.fail(c, err)
		c.Abort()
	}
}

// account returns the account of the session cookie or of the bearer token; the zero account when there is neither.
func (h *handlers) account(c *gin.Context) (auth.Account, error) {
	ctx := c.Request.Context()
	if isAPI(c) {
		token, known := bearer(c)
		if c.GetHeader("Authorization") == "" {
			return auth.Account{}, nil
		}
		if !known { // whoever says who they are shall not be taken for nobody
			return auth.Account{}, errs.Unauthenticated("auth.token.unknown")
		}
		t, account, err := h.Accounts.CheckToken(ctx, token)
		if err == nil && bool(t.ReadOnly) && c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
			err = errs.Forbidden("auth.token.read_only")
		}
		return account, err
	}
	token, err := c.Cookie(h.sessionCookie())
	if err != nil || token == "" {
		return auth.Account{}, nil //nolint:nilerr // no cookie: nobody has signed in
	}
	ses, account, err := h.Accounts.Check(ctx, token)
	if errs.Is(err, errs.KindUnauthenticated) {
		h.forget(c)
		return auth.Account{}, nil
	}
	if err != nil {
		return auth.Account{}, err
	}
	c.Set(keySession, ses)
	c.Set(keyToken, token)
	return account, nil
}

// actorOf gathers the roles of an account.
func (h *handlers) actorOf(ctx context.Context, account auth.Account) (auth.Actor, error) {
	a := auth.Actor{Account: account.ID, Name: account.Name}
	var err error
	if a.Orgs, err = h.Orgs.Grants(ctx, account.ID); err != nil {
		return a, err
	}
	grant, err := h.Accounts.StaffOf(ctx, account.ID)
	if err == nil {
		a.Bureau = &grant
	} else if errs.Is(err, errs.KindNotFound) {
		err = nil
	}
	return a, err
}

// actor returns who asks; nobody when nobody is signed in.
func actor(c *gin.Context) auth.Actor {
	a, _ := c.Get(keyActor)
	who, _ := a.(auth.Actor)
	return who
}

func session(c *gin.Context) auth.Session {
	s, _ := c.Get(keySession)
	ses, _ := s.(auth.Session)
	return ses
}

func (h *handlers) chooseLang(c *gin.Context, ofAccount string) i18n.Lang {
	if isAPI(c) {
		return apiLang(c.GetHeader("Accept-Language"), ofAccount)
	}
	if cookie, err := c.Cookie(langCookie); err == nil && slices.Contains(i18n.Langs(), i18n.Lang(cookie)) {
		return i18n.Lang(cookie)
	}
	if slices.Contains(i18n.Langs(), i18n.Lang(ofAccount)) {
		return i18n.Lang(ofAccount)
	}
	// Chinese first: English only for those whose browser asks for it before any Chinese.
	first, _, _ := strings.Cut(c.GetHeader("Accept-Language"), ",")
	if strings.HasPrefix(strings.ToLower(first), "en") {
		return i18n.En
	}
	return i18n.ZhHans
}

func lang(c *gin.Context) i18n.Lang {
	l, _ := c.Get(keyLang)
	if out, ok := l.(i18n.Lang); ok {
		return out
	}
	return i18n.ZhHans
}

func (h *handlers) printer(c *gin.Context) i18n.Printer { return h.Catalog.For(lang(c)) }

// remember puts the session into the browser.
func (h *handlers) remember(c *gin.Context, token string) {
	h.setCookie(c, h.sessionCookie(), token, 30*24*time.Hour)
}

func (h *handlers) forget(c *gin.Context) { h.setCookie(c, h.sessionCookie(), "", -1) }

func (h *handlers) setCookie(c *gin.Context, name, value string, age time.Duration) {
	cookie := &http.Cookie{ //nolint:gosec // Secure follows the address of the site: a trial runs without TLS
		Name: name, Value: value, Path: "/", HttpOnly: true, Secure: h.secure(), SameSite: http.SameSiteLaxMode, MaxAge: int(age / time.Second),
	}
	if age < 0 {
		cookie.MaxAge = -1
	}
	http.SetCookie(c.Writer, cookie)
}

// formToken returns the token that the forms of this session carry: a request forged elsewhere cannot know it.
func (h *handlers) formToken(c *gin.Context) string {
	if ses := session(c); ses.ID != 0 {
		return h.Keys.Sign("form", ses.ID.String())
	}
	return ""
}

// checkToken refuses a form of a signed-in browser that does not carry the token of its session. Requests of programs
// carry a bearer token, which no browser sends by itself.
func (h *handlers) checkToken(c *gin.Context) error {
	ses := session(c)
	if ses.ID == 0 {
		return nil
	}
	if err := parseForm(c.Request); err != nil {
		return err
	}
	if !h.Keys.Verify("form", ses.ID.String(), c.Request.PostForm.Get("_token")) {
		return errs.Forbidden("error.form_token")
	}
	return nil
}

// badForm says that a form could not be read: it was too large, or broken.
func badForm(err error) error {
	if statusOf(err) == http.StatusRequestEntityTooLarge {
		return err
	}
	return errs.Invalid("error.form").Because(err)
}

// setLanguage changes the language of the browser, and of the account that mails are written for.
func (h *handlers) setLanguage(c *gin.Context) error {
	chosen := i18n.Lang(c.PostForm("lang"))
	if !slices.Contains(i18n.Langs(), chosen) {
		return errs.Invalid("error.choice")
	}
	h.setCookie(c, langCookie, string(chosen), 365*24*time.Hour)
	if who := actor(c); who.Account != 0 {
		if err := h.Accounts.SetLang(c.Request.Context(), who.Account, string(chosen)); err != nil {
			return err
		}
	}
	return redirect(c, localPath(c.PostForm("next")))
}

// localPath returns a path of this site to go to, or the home page for anything that leads elsewhere.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
