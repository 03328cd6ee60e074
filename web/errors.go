package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
)

// statuses maps the kinds of error to HTTP.
func statusOf(err error) int {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.status
	}
	switch errs.KindOf(err) {
	case errs.KindInvalid:
		return http.StatusUnprocessableEntity
	case errs.KindNotFound:
		return http.StatusNotFound
	case errs.KindConflict:
		return http.StatusConflict
	case errs.KindForbidden:
		return http.StatusForbidden
	case errs.KindUnauthenticated:
		return http.StatusUnauthorized
	case errs.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case errs.KindTooMany:
		return http.StatusTooManyRequests
	case errs.KindUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// fail renders err: problem+json under /api, a page elsewhere; who must sign in is sent to do so and back. Errors that
// are our fault are logged here, once.
func (h *handlers) fail(c *gin.Context, err error) {
	status := statusOf(err)
	if status >= http.StatusInternalServerError {
		h.Log.Error("request failed", "request", requestID(c), "route", c.FullPath(), "status", status, "error", err)
	}
	if status == http.StatusRequestEntityTooLarge && errs.KeyOf(err) == "" {
		err = errs.TooLarge("error.too_large")
	}
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Params["seconds"] != nil {
		if seconds, ok := e.Params["seconds"].(int); ok {
			c.Header("Retry-After", strconv.Itoa(seconds))
		}
	}
	if isAPI(c) {
		h.problem(c, status, err)
		return
	}
	if status == http.StatusUnauthorized && c.Request.Method == http.MethodGet {
		c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(c.Request.URL.RequestURI()))
		return
	}
	if e := h.renderError(c, status, err); e != nil {
		h.Log.Error("error page cannot be rendered", "request", requestID(c), "error", e)
		c.String(http.StatusInternalServerError, "500")
	}
}

func isAPI(c *gin.Context) bool {
	return c.Request.URL.Path == "/api" || strings.HasPrefix(c.Request.URL.Path, "/api/")
}

// errorPage says what happened and what to do next.
type errorPage struct {
	Page
	Status  int
	Message string
	Request string
	Again   string // address to try again, "" after a form
}

func (h *handlers) renderError(c *gin.Context, status int, err error) error {
	p := h.printer(c)
	text := ""
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Kind != errs.KindInternal {
		text = translate(p, e.Key, e.Params)
	}
	page := &errorPage{
		Page:   Page{Title: p.T("error.page."+strconv.Itoa(status), nil)},
		Status: status, Message: text, Request: requestID(c),
	}
	if c.Request.Method == http.MethodGet {
		page.Again = c.Request.URL.RequestURI()
	}
	return h.page(c, status, "error", page)
}

// problem is an error as RFC 9457 writes it.
type problem struct {
	Type    string         `json:"type"`
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail,omitempty"`
	Code    string         `json:"code,omitempty"`
	Request string         `json:"request_id"`
	Errors  []problemField `json:"errors,omitempty"`
}

type problemField struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (h *handlers) problem(c *gin.Context, status int, err error) {
	p := h.printer(c)
	if errs.KeyOf(err) == "error.unauthenticated" { // programs have no page to sign in on
		err = errs.Unauthenticated("auth.token.required")
	}
	body := problem{Type: "about:blank", Title: p.T("problem."+strconv.Itoa(status), nil), Status: status, Request: requestID(c)}
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Kind != errs.KindInternal {
		body.Code, body.Detail, body.Errors = e.Key, translate(p, e.Key, e.Params), complaints(p, err)
	}
	if status == http.StatusUnauthorized {
		challenge := "Bearer"
		if body.Code == "auth.token.unknown" {
			challenge += ` error="invalid_token"`
		}
		c.Header("WWW-Authenticate", challenge)
	}
	c.Header("Content-Language", string(lang(c)))
	c.Header("Content-Type", "application/problem+json; charset=utf-8")
	c.JSON(status, body)
}
