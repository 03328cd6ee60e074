package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Bare returns a handler that answers everything with the same bytes and does nothing else: what the pages of a site are
// held against when they are measured.
func Bare(page []byte) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.NoRoute(func(c *gin.Context) { c.Data(http.StatusOK, "text/html; charset=utf-8", page) })
	return engine
}
