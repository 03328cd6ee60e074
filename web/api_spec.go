package web

import (
	_ "embed"
	"encoding/json"

	"github.com/gin-gonic/gin"
)

// openapiJSON describes the API, by hand: OpenAPI 3.1.
//
//go:embed openapi.json
var openapiJSON []byte

func (h *handlers) showOpenAPI(*gin.Context) (reply, error) {
	r := shown(json.RawMessage(openapiJSON))
	r.Public = "public, max-age=300"
	return r, nil
}
