package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
)

// handler answers a request or says why it cannot; errors are rendered in one place.
type handler func(*gin.Context) error

// handle turns a handler into gin's form.
func (h *handlers) handle(do handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := do(c); err != nil {
			h.fail(c, err)
		}
	}
}

// guard lets in who has the permission of the route, bounds the body, and asks for the form token.
func (h *handlers) guard(r route) gin.HandlerFunc {
	limit := r.body
	if limit == 0 {
		limit = defaultBody
	}
	return func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		err := h.allow(c, r.who)
		if err == nil && r.method != get {
			err = h.checkToken(c)
		}
		if err != nil {
			h.fail(c, err)
			c.Abort()
		}
	}
}

func (h *handlers) allow(c *gin.Context, who permission) error {
	if who == public {
		return nil
	}
	a := actor(c)
	if !a.Known() {
		return errs.Unauthenticated("error.unauthenticated")
	}
	switch who { //nolint:exhaustive // signed in is enough for the rest
	case orgViewer, orgEditor, orgOwner:
		org, err := pathID(c, "org")
		if err != nil {
			return err
		}
		role := map[permission]auth.OrgRole{orgViewer: auth.Viewer, orgEditor: auth.Editor, orgOwner: auth.Owner}[who]
		if !a.InOrg(org, auth.Viewer) { // whether such an organization exists is nobody's business
			return errs.NotFound("error.not_found")
		}
		return a.NeedOrg(org, role)
	case operator:
		if err := a.NeedBureau(auth.Administrator); err != nil {
			return err
		}
		if home := h.Operator.Region; home != "" && !region.Within(home, a.Bureau.Region) {
			return errs.Forbidden("error.forbidden")
		}
	case reviewer, supervisor, administrator:
		role := map[permission]auth.BureauRole{reviewer: auth.Reviewer, supervisor: auth.Supervisor, administrator: auth.Administrator}[who]
		return a.NeedBureau(role)
	}
	return nil
}

// pathID reads an id from the path. NotFound for what is none: such a page does not exist.
func pathID(c *gin.Context, name string) (id.ID, error) {
	i, err := id.Parse(c.Param(name))
	if err != nil {
		return 0, errs.NotFound("error.not_found")
	}
	return i, nil
}

// redirect sends the browser on after a POST.
func redirect(c *gin.Context, to string) error {
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// noRoute answers paths that do not exist.
func (h *handlers) noRoute(*gin.Context) error { return errs.NotFound("error.not_found") }

// noMethod answers methods that a path does not have.
func (h *handlers) noMethod(*gin.Context) error {
	return withStatus(http.StatusMethodNotAllowed, errs.Invalid("error.method"))
}
