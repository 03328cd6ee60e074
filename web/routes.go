package web

import "net/http"

// permission says who may call a route at all. What they then see is limited in SQL.
type permission string

// The permissions. Those of an organization refer to the organization that the path names (:org).
const (
	public        permission = "public"
	signedIn      permission = "signed in"
	orgViewer     permission = "org viewer"
	orgEditor     permission = "org editor"
	orgOwner      permission = "org owner"
	reviewer      permission = "bureau reviewer"
	supervisor    permission = "bureau supervisor"
	administrator permission = "bureau administrator"
)

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// route is one line of the table below.
type route struct {
	method string
	path   string
	who    permission
	do     handler
	// body bounds the request in bytes; 0 means defaultBody.
	body int64
}

const (
	defaultBody = 1 << 20
	uploadBody  = 21 << 20
)

// routes is every route of the site with its permission. A test compares it with the table of who may do what: a route
// that is missing there fails the build.
func (h *handlers) routes() []route {
	return []route{
		// for everybody
		{get, "/", public, h.showHome, 0},
		{get, "/positions", public, h.searchPositions, 0},
		{get, "/positions/:id", public, h.showPosition, 0},
		{get, "/orgs/:id", public, h.showOrg, 0},
		{post, "/language", public, h.setLanguage, 0},
		{get, "/static/*file", public, h.showStatic, 0},
		{get, "/livez", public, h.livez, 0},
		{get, "/readyz", public, h.readyz, 0},

		// accounts
		{get, "/login", public, h.showLogin, 0},
		{post, "/login", public, h.login, 0},
		{get, "/register", public, h.showRegister, 0},
		{post, "/register", public, h.register, 0},
		{post, "/logout", signedIn, h.logout, 0},
		{get, "/setup/:token", public, h.showSetup, 0},
		{post, "/setup/:token", public, h.setup, 0},
		{get, "/account", signedIn, h.showAccount, 0},
		{post, "/account", signedIn, h.editAccount, 0},
		{post, "/account/password", signedIn, h.changePassword, 0},
		{post, "/account/sessions/:id/end", signedIn, h.endSession, 0},
	}
}
