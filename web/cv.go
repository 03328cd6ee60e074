package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/person"
)

// cvLine is a CV file as pages name it.
type cvLine struct {
	file.Info
	Size string // in KB or MB
}

// cvOf returns the file with an id; nil for none.
func (h *handlers) cvOf(ctx context.Context, cv id.ID) (*cvLine, error) {
	if cv == 0 {
		return nil, nil
	}
	info, err := h.Files.Info(ctx, cv)
	if err != nil {
		return nil, err
	}
	return &cvLine{info, fileSize(info.Size)}, nil
}

func (h *handlers) addCV(c *gin.Context) error {
	ctx, who := c.Request.Context(), actor(c)
	p, err := h.People.Get(ctx, who)
	if err != nil {
		return err
	}
	given, err := h.takeCV(c, &p)
	if err == nil && !given {
		err = errs.Fields{"cv": {Key: "profile.cv.choose"}}.Err()
	}
	if errs.Is(err, errs.KindInvalid) {
		return h.profilePage(c, http.StatusUnprocessableEntity, p, profilePage{Form: h.profileForm(p).with(err)})
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.cv_saved")
	return redirect(c, "/me/profile#cv")
}

// takeCV keeps the file that the form brought, if any, as the CV of the actor's profile p. A file cannot be typed again
// into a form that comes back, so it is kept before anything else is looked at. Invalid on field "cv".
func (h *handlers) takeCV(c *gin.Context, p *person.Profile) (given bool, err error) {
	name, content, err := upload(c, "cv")
	if err != nil || name == "" {
		return false, err
	}
	ctx, who := c.Request.Context(), actor(c)
	var added id.ID
	err = h.DB.Write(ctx, func(tx *db.Tx) (err error) {
		added, err = h.Files.Add(ctx, tx, who, file.Owner{Kind: "person", ID: who.Account}, "cv", name, content)
		return err
	})
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Kind == errs.KindTooLarge {
		err = errs.Fields{"cv": {Key: e.Key, Params: e.Params}}.Err()
	}
	if err != nil {
		return true, err
	}
	with := *p
	with.CVID = added
	if err := h.People.Save(ctx, who, with); err != nil {
		return true, err
	}
	if *p, err = h.People.Get(ctx, who); err != nil {
		return true, err
	}
	return true, h.sweepCVs(ctx, who, added)
}

func (h *handlers) deleteCV(c *gin.Context) error {
	ctx, who := c.Request.Context(), actor(c)
	p, err := h.People.Get(ctx, who)
	if err != nil {
		return err
	}
	if p.CVID != 0 {
		p.CVID = 0
		if err := h.People.Save(ctx, who, p); err != nil {
			return err
		}
	}
	if err := h.sweepCVs(ctx, who, 0); err != nil {
		return err
	}
	h.flash(c, "flash.cv_deleted")
	return redirect(c, "/me/profile#cv")
}

// sweepCVs takes away the actor's CVs but keep. One that went out with an application stays with it: the database does
// not let it go.
func (h *handlers) sweepCVs(ctx context.Context, who auth.Actor, keep id.ID) error {
	all, err := h.Files.Of(ctx, file.Owner{Kind: "person", ID: who.Account}, "cv")
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.ID == keep {
			continue
		}
		err := h.DB.Write(ctx, func(tx *db.Tx) error { return h.Files.Delete(ctx, tx, f.ID) })
		if err != nil && !errs.Is(err, errs.KindConflict) {
			return err
		}
	}
	return nil
}

// showCV sends the actor their own CV.
func (h *handlers) showCV(c *gin.Context) error {
	p, err := h.People.Get(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	return h.sendFile(c, p.CVID)
}

// sendFile sends a file to keep, never to be shown inside the site. The caller has checked that the actor may read it.
func (h *handlers) sendFile(c *gin.Context, f id.ID) error {
	info, content, err := h.Files.Get(c.Request.Context(), h.DB, f)
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": info.Name}))
	c.Data(http.StatusOK, info.MediaType, content)
	return nil
}

// upload returns the file that a form brought in a field; name is "" when none was chosen.
func upload(c *gin.Context, field string) (name string, content []byte, err error) {
	f, head, err := c.Request.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, badForm(err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	content, err = io.ReadAll(f)
	return head.Filename, content, err
}

// fileSize prints a number of bytes for people.
func fileSize(bytes int64) string {
	if bytes < 1<<20 {
		return number((bytes+1023)>>10) + " KB"
	}
	return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) + " MB"
}
