package web

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"zhigang/internal/errs"
)

// observe gives each request an id, logs how it went, and turns a panic into a 500 page.
func (h *handlers) observe(c *gin.Context) {
	started := h.DB.Clock().Now()
	var raw [8]byte
	_, _ = rand.Read(raw[:])
	c.Set(keyRequest, hex.EncodeToString(raw[:]))
	defer func() {
		if p := recover(); p != nil {
			h.Log.Error("handler panicked", "request", requestID(c), "route", c.FullPath(), "panic", p, "stack", string(debug.Stack()))
			if !c.Writer.Written() {
				h.fail(c, &errs.Error{Kind: errs.KindInternal, Key: "error.internal"})
			}
		}
		took := h.DB.Clock().Now().Sub(started)
		h.Log.Debug("request", "request", requestID(c), "method", c.Request.Method, "route", c.FullPath(), "status", c.Writer.Status(),
			"ms", took.Milliseconds())
		if h.Observe != nil {
			h.Observe(c.FullPath(), c.Writer.Status(), took)
		}
	}()
	c.Next()
}

func requestID(c *gin.Context) string { return c.GetString(keyRequest) }

// policy lets a page load nothing but its own files, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"

// protect sets the headers that every answer carries.
func (h *handlers) protect(c *gin.Context) {
	head := c.Writer.Header()
	head.Set("Content-Security-Policy", policy)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "same-origin")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if h.secure() {
		head.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	// Pages differ by cookie and language; nothing personal may stay in a cache.
	head.Set("Cache-Control", "no-store")
	head.Set("Vary", "Cookie, Accept-Language")
}

// crossOrigin refuses changes that another site's page asks for. The site's own address is trusted even when a proxy
// hides it from the Host header.
func (h *handlers) crossOrigin() gin.HandlerFunc {
	guard := http.NewCrossOriginProtection()
	_ = guard.AddTrustedOrigin(h.BaseURL) // a base URL is checked at start
	return func(c *gin.Context) {
		if err := guard.Check(c.Request); err != nil {
			h.fail(c, errs.Forbidden("error.cross_origin").Because(err))
			c.Abort()
		}
	}
}

// compress packs answers for browsers that can read it. The random padding keeps the length from telling what a page
// holds beside text that an attacker put there.
func compress(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		panic(err) //nolint:forbidigo // the options are constants
	}
	packed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/static/") { // packed once, at start
			next.ServeHTTP(w, r)
			return
		}
		packed.ServeHTTP(w, r)
	})
}

// Server returns an http.Server for handler with all its time limits: a slow or silent client holds nothing for long.
func Server(addr string, handler http.Handler) *http.Server {
	return &http.Server{
		Addr: addr, Handler: handler,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 120 * time.Second, IdleTimeout: 90 * time.Second,
		MaxHeaderBytes: 32 << 10,
	}
}
