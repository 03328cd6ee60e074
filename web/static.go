package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
)

// static holds the files of the site under names that change with their content, packed.
type static struct {
	byName map[string]asset  // "app-1a2b3c4d.css"
	names  map[string]string // "app.css" → "app-1a2b3c4d.css"
}

type asset struct {
	media           string
	plain, gzip, br []byte
}

// statics are the files of the folder static. They are packed once, however many sites are made.
var statics = sync.OnceValues(func() (*static, error) {
	s := &static{byName: map[string]asset{}, names: map[string]string{}}
	err := fs.WalkDir(files, "static", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, p)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		name := strings.TrimPrefix(p, "static/")
		ext := path.Ext(name)
		hashed := strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:4]) + ext
		s.names[name] = hashed
		s.byName[hashed], err = pack(ext, b)
		return err
	})
	return s, err
})

func pack(ext string, b []byte) (asset, error) {
	a := asset{media: mime.TypeByExtension(ext), plain: b}
	if ext != ".css" && ext != ".js" && ext != ".svg" {
		return a, nil
	}
	var zipped, squeezed bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return a, err
	}
	w := brotli.NewWriterLevel(&squeezed, 9)
	for _, out := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{z, w} {
		if _, err := out.Write(b); err != nil {
			return a, err
		}
		if err := out.Close(); err != nil {
			return a, err
		}
	}
	a.gzip, a.br = zipped.Bytes(), squeezed.Bytes()
	return a, nil
}

// URL returns where a file of the folder static is found.
func (s *static) URL(name string) string { return "/static/" + s.names[name] }

func (h *handlers) showStatic(c *gin.Context) error {
	a, ok := h.static.byName[strings.TrimPrefix(c.Param("file"), "/")]
	if !ok {
		return errs.NotFound("error.not_found")
	}
	head := c.Writer.Header()
	head.Set("Cache-Control", "public, max-age=31536000, immutable")
	head.Set("Vary", "Accept-Encoding")
	body := a.plain
	switch accepts := c.GetHeader("Accept-Encoding"); {
	case a.br != nil && strings.Contains(accepts, "br"):
		head.Set("Content-Encoding", "br")
		body = a.br
	case a.gzip != nil && strings.Contains(accepts, "gzip"):
		head.Set("Content-Encoding", "gzip")
		body = a.gzip
	}
	c.Data(http.StatusOK, a.media, body)
	return nil
}

// livez says that the process runs.
func (h *handlers) livez(c *gin.Context) error {
	c.String(http.StatusOK, "ok\n")
	return nil
}

// readyz says whether the process can serve, a line for each thing that is behind. With ?strict those count too: for
// monitors, not for whoever spreads requests over processes.
func (h *handlers) readyz(c *gin.Context) error {
	late, err := h.Ready(c.Request.Context())
	if err != nil {
		h.Log.Warn("not ready", "error", err)
		c.String(http.StatusServiceUnavailable, "not ready\n")
		return nil
	}
	status, text := http.StatusOK, "ready\n"
	if len(late) > 0 {
		text += "late: " + strings.Join(late, "\nlate: ") + "\n"
		if c.Request.URL.Query().Has("strict") {
			status = http.StatusServiceUnavailable
		}
	}
	c.String(status, text)
	return nil
}
