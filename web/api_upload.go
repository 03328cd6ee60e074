package web

import (
	"mime"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/id"
)

// formMemory is how much of a form is kept in memory; larger files wait on the disk.
const formMemory = 4 << 20

// readUpload takes a form with one file. Other fields than those named are refused. 415 for what is no form; Invalid on the
// field of the file when there is none.
func readUpload(c *gin.Context, file string, fields ...string) (name string, content []byte, err error) {
	if media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || media != "multipart/form-data" {
		return "", nil, withStatus(http.StatusUnsupportedMediaType, errs.Invalid("api.media.form"))
	}
	if err := c.Request.ParseMultipartForm(formMemory); err != nil {
		return "", nil, badUpload(err)
	}
	bad := errs.Fields{}
	for _, given := range sortedKeys(c.Request.MultipartForm.Value) {
		if !slices.Contains(fields, given) {
			bad.Add(cutText(given, maxName), "api.field.unknown")
		}
	}
	for _, given := range sortedKeys(c.Request.MultipartForm.File) {
		if given != file {
			bad.Add(cutText(given, maxName), "api.field.unknown")
		}
	}
	name, content, err = upload(c, file)
	if err != nil {
		return "", nil, err
	}
	if name == "" {
		bad.Add(file, "error.required")
	}
	return name, content, bad.Err()
}

// badUpload says that a form could not be read: it was too large, or broken.
func badUpload(err error) error {
	if statusOf(err) == http.StatusRequestEntityTooLarge {
		return err
	}
	return withStatus(http.StatusBadRequest, errs.Invalid("error.form").Because(err))
}

// addFile keeps a file for its owner.
func (h *handlers) addFile(c *gin.Context, owner file.Owner, purpose, name string, content []byte) (added id.ID, err error) {
	ctx := c.Request.Context()
	err = h.DB.Write(ctx, func(tx *db.Tx) (err error) {
		added, err = h.Files.Add(ctx, tx, actor(c), owner, purpose, name, content)
		return err
	})
	return added, err
}
