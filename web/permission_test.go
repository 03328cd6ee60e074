package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/worldtest"
)

// permissions says once more, apart from the program, who may call which route at all. A route that is missing here, or
// whose permission is changed there and not here, fails.
func permissions() map[permission]string {
	return map[permission]string{
		public: `
			/ GET
			/positions GET
			/positions/:id GET
			/orgs/:id GET
			/language POST
			/static/*file GET
			/about GET
			/positions.atom GET
			/sitemap.xml GET
			/sitemaps/:name GET
			/robots.txt GET
			/.well-known/security.txt GET
			/.well-known/change-password GET
			/unsubscribe/:token GET POST
			/subscribe GET POST
			/subscribe/:token GET POST
			/livez GET
			/readyz GET
			/login GET POST
			/register GET POST
			/setup/:token GET POST
			/password GET POST
			/password/:token GET POST
			/join GET
			/api/openapi.json GET
			/api/v1/regions GET
			/api/v1/completions GET
			/api/v1/positions GET
			/api/v1/positions/:id GET
			/api/v1/orgs/:org GET
		`,
		signedIn: `
			/logout POST
			/account GET POST
			/account/login POST
			/account/password POST
			/account/sessions/end POST
			/account/sessions/:id/end POST
			/positions/:id/apply GET POST
			/me GET
			/me/profile GET POST
			/me/profile/cv GET POST
			/me/profile/cv/delete POST
			/me/applications GET
			/me/applications/:id GET
			/me/applications/:id/cv GET
			/me/applications/:id/withdraw POST
			/me/placements/:id GET
			/me/placements/:id/confirm POST
			/me/placements/:id/dispute POST
			/me/reports GET
			/me/searches GET POST
			/me/searches/new GET
			/me/searches/:id POST
			/me/searches/:id/renew POST
			/me/searches/:id/end POST
			/me/searches/:id/pause POST
			/me/searches/:id/resume POST
			/me/telling GET POST
			/me/telling/pause POST
			/me/telling/resume POST
			/me/telling/suggestions POST
			/me/recommended GET
			/me/asks/:id GET POST
			/me/blocks/:id GET POST
			/me/blocks/:id/end POST
			/me/inbox GET
			/me/inbox/read POST
			/me/inbox/:id GET
			/me/inbox/:id/read POST
			/orgs/register GET POST
			/console GET
			/api/v1/positions POST
			/api/v1/positions/:id PUT
			/api/v1/positions/:id/history GET
			/api/v1/positions/:id/submit POST
			/api/v1/positions/:id/close POST
			/api/v1/positions/:id/withdraw POST
			/api/v1/positions/:id/renew POST
			/api/v1/positions/:id/copy POST
			/api/v1/orgs POST
			/api/v1/orgs/:org/files GET
			/api/v1/orgs/:org/files/:file GET
			/api/v1/applications GET POST
			/api/v1/applications/:id GET
			/api/v1/applications/:id/cv GET
			/api/v1/applications/:id/notes POST
			/api/v1/applications/:id/:verb POST
			/api/v1/placements/:id GET
			/api/v1/placements/:id/confirm POST
			/api/v1/placements/:id/dispute POST
			/api/v1/me GET
			/api/v1/me/profile GET PUT
			/api/v1/me/profile/cv GET PUT DELETE
			/api/v1/me/tokens GET
			/api/v1/me/tokens/:id DELETE
			/api/v1/me/telling GET PATCH
			/api/v1/me/recommended GET
			/api/v1/me/suggestions GET PATCH
			/api/v1/me/asks GET
			/api/v1/me/asks/:id/answer POST
			/api/v1/me/blocked-orgs GET
			/api/v1/me/blocked-orgs/:id PUT DELETE
			/api/v1/saved-searches GET POST
			/api/v1/saved-searches/:id GET PATCH DELETE
			/api/v1/notifications GET
			/api/v1/notifications/read POST
			/api/v1/notifications/:id GET
			/api/v1/notifications/:id/read POST
			/api/v1/reports/weekly GET
			/api/v1/imports GET POST
			/api/v1/imports/:id GET
			/api/v1/imports/:id/preview GET
			/api/v1/imports/:id/refused GET
			/api/v1/imports/:id/start POST
			/api/v1/imports/template GET
		`,
		orgViewer: `
			/console/:org GET
			/console/:org/positions GET
			/console/:org/positions/:id GET
			/console/:org/applications GET
			/console/:org/applications/:id GET
			/console/:org/applications/:id/cv GET
			/console/:org/reports GET
			/console/:org/reports/:week GET
			/console/:org/reports/:week/file GET
			/console/:org/reports/:week/rows GET
			/console/:org/members GET
			/console/:org/org GET
			/console/:org/files/:file GET
			/api/v1/orgs/:org/positions GET
			/api/v1/orgs/:org/members GET
		`,
		orgEditor: `
			/console/:org/positions/:id/candidates GET
			/console/:org/positions/:id/candidates/:ref/ask POST
			/api/v1/orgs/:org/positions/:id/candidates GET
			/api/v1/orgs/:org/positions/:id/candidates/:ref/ask POST
			/console/:org/positions/new GET POST
			/console/:org/positions/:id/edit GET POST
			/console/:org/positions/:id/submit POST
			/console/:org/positions/:id/copy POST
			/console/:org/positions/:id/renew POST
			/console/:org/positions/:id/close POST
			/console/:org/positions/:id/withdraw POST
			/console/:org/applications POST
			/console/:org/applications/export POST
			/console/:org/applications/:id POST
			/console/:org/applications/:id/notes POST
			/console/:org/import GET POST
			/console/:org/import/template GET
			/console/:org/import/:id GET POST
			/console/:org/import/:id/refused GET
			/api/v1/orgs/:org/files POST
		`,
		orgOwner: `
			/api/v1/orgs/:org/files/:file DELETE
			/console/:org/members POST
			/console/:org/members/:id/role POST
			/console/:org/members/:id/remove POST
			/console/:org/org/edit GET POST
			/console/:org/org/certificates POST
			/console/:org/org/certificates/:file/delete POST
			/api/v1/orgs/:org PUT
			/api/v1/orgs/:org/members POST
			/api/v1/orgs/:org/members/:id PUT DELETE
		`,
		reviewer: `
			/bureau GET
			/bureau/positions GET POST
			/bureau/positions/:id GET
			/bureau/positions/:id/approve POST
			/bureau/positions/:id/return POST
			/bureau/positions/:id/entrustment GET
			/bureau/orgs GET
			/bureau/orgs/:id GET
			/bureau/orgs/:id/approve POST
			/bureau/orgs/:id/return POST
			/bureau/orgs/:id/suspend POST
			/bureau/orgs/:id/rate POST
			/bureau/orgs/:id/files/:file GET
			/bureau/placements GET
			/bureau/placements/:id GET
			/bureau/overdue GET
			/bureau/reports GET
			/bureau/reports/:week GET
			/bureau/reports/:week/rows GET
			/bureau/reports/:week/file GET
			/api/v1/positions/:id/approve POST
			/api/v1/positions/:id/return POST
			/api/v1/orgs/:org/approve POST
			/api/v1/orgs/:org/return POST
			/api/v1/orgs/:org/suspend POST
			/api/v1/orgs/:org/rate POST
			/api/v1/review/positions GET
			/api/v1/review/orgs GET
			/api/v1/review/overdue GET
			/api/v1/placements GET
			/api/v1/reports/weekly/rows GET
		`,
		supervisor: `
			/bureau/placements/:id/settle POST
			/bureau/overdue/:id/urge POST
			/api/v1/orgs/:org/urge POST
			/api/v1/placements/:id/settle POST
		`,
		administrator: `
			/bureau/staff GET POST
			/bureau/staff/:id GET POST
			/bureau/staff/:id/end POST
		`,
		operator: `
			/bureau/operations GET
			/bureau/operations/tasks/:id/retry POST
			/bureau/operations/mail/retry POST
			/bureau/operations/lexicon GET POST
			/bureau/operations/lexicon/entries/:id/remove POST
			/bureau/operations/lexicon/versions/:version/restore POST
			/bureau/operations/lexicon/refuse POST
		`,
	}
}

// listed returns the permission of each route as "METHOD path".
func listed() map[string]permission {
	out := map[string]permission{}
	for who, lines := range permissions() {
		for line := range strings.Lines(lines) {
			if words := strings.Fields(line); len(words) > 0 {
				for _, method := range words[1:] {
					out[method+" "+words[0]] = who
				}
			}
		}
	}
	return out
}

func TestEveryRouteStandsInTheTableOfPermissions(t *testing.T) {
	s := newSite(t)
	table, want := map[string]permission{}, listed()
	for _, r := range s.h.routes() {
		table[r.method+" "+r.path] = r.who
		switch who, known := want[r.method+" "+r.path]; {
		case !known:
			t.Errorf("%s %s: nothing says who may call it", r.method, r.path)
		case who != r.who:
			t.Errorf("%s %s is open to %s, not to %s", r.method, r.path, r.who, who)
		}
	}
	for name := range want {
		if _, known := table[name]; !known {
			t.Errorf("%s does not exist", name)
		}
	}
	engine := gin.New()
	s.h.mount(engine, s.h.routes())
	for _, r := range engine.Routes() {
		name := strings.Replace(r.Method, http.MethodHead, http.MethodGet, 1) + " " + r.Path
		if _, known := table[name]; !known {
			t.Errorf("%s %s is served and stands in no table", r.Method, r.Path)
		}
	}
}

// caller is somebody in a role.
type caller struct {
	name  string
	who   auth.Actor
	roles []permission // what they may call
}

// callers makes one of each.
func (s *testSite) callers() (org string, all []caller) {
	s.t.Helper()
	o, owner := s.Org("番禺区晴禾社会工作服务中心", worldtest.Panyu)
	_, rival := s.Org("番禺区另一家服务中心", worldtest.Panyu)
	bureau := []permission{public, signedIn, reviewer}
	chief := append(slices.Clone(bureau), supervisor, administrator)
	return o.ID.String(), []caller{
		{"nobody", auth.Actor{}, []permission{public}},
		{"a person", s.Graduate("林同学"), []permission{public, signedIn}},
		{"another organization's owner", rival, []permission{public, signedIn}},
		{"a viewer", s.member(owner, o.ID, auth.Viewer), []permission{public, signedIn, orgViewer}},
		{"an editor", s.member(owner, o.ID, auth.Editor), []permission{public, signedIn, orgViewer, orgEditor}},
		{"an owner", owner, []permission{public, signedIn, orgViewer, orgEditor, orgOwner}},
		{"a reviewer", s.Bureau(worldtest.Panyu, auth.Reviewer), bureau},
		{"a supervisor", s.Bureau(worldtest.Panyu, auth.Supervisor), append(slices.Clone(bureau), supervisor)},
		{"an administrator of a street", s.Bureau(worldtest.Panyu+"012", auth.Administrator), chief},
		{"an administrator elsewhere", s.Bureau(tianhe, auth.Administrator), chief},
		{"the administrator of the district that runs the program", s.Bureau(worldtest.Panyu, auth.Administrator), append(slices.Clone(chief), operator)},
		{"an administrator of the city above", s.Bureau("440100", auth.Administrator), append(slices.Clone(chief), operator)},
	}
}

// probe serves the table with its guards, and with nothing behind them but a status of its own: whoever gets that has got
// past the guard.
func (s *testSite) probe() *testSite {
	s.t.Helper()
	table := s.h.routes()
	for n := range table {
		table[n].do = func(c *gin.Context) error {
			c.Status(passed)
			return nil
		}
	}
	engine := gin.New()
	engine.Use(s.h.observe, s.h.protect, s.h.identify)
	s.h.mount(engine, table)
	server := httptest.NewServer(engine)
	s.t.Cleanup(server.Close)
	probe := *s
	probe.url = server.URL
	return &probe
}

const passed = 299

func TestEachRoleGetsInWhereItMayAndNowhereElse(t *testing.T) {
	s := newSite(t)
	org, all := s.callers()
	probe := s.probe()
	for _, one := range all {
		b, token := probe.anonymous(), ""
		if one.who.Known() {
			b, token = probe.as(one.who), s.program(one.who).token
		}
		for name, who := range listed() {
			method, path, _ := strings.Cut(name, " ")
			path = strings.ReplaceAll(path, ":org", org)
			for _, part := range []string{":id", ":file", ":token", ":week", ":verb", ":name", "*file"} {
				path = strings.ReplaceAll(path, part, "0000000000001")
			}
			if path == "/static/0000000000001" {
				continue // looked at before anybody is asked who they are
			}
			got := b.call(method, path, token)
			if want := refusedAs(method, path, one, who); got != want {
				t.Errorf("%s, %s: %d, want %d", one.name, name, got, want)
			}
		}
	}
}

// refusedAs is the status with which a route answers somebody: passed for those who may call it.
func refusedAs(method, path string, one caller, who permission) int {
	switch {
	case slices.Contains(one.roles, who):
		return passed
	case one.who.Known() && (who == orgViewer || who == orgEditor || who == orgOwner) && !slices.Contains(one.roles, orgViewer):
		return http.StatusNotFound // whether there is such an organization is nobody's business
	case one.who.Known():
		return http.StatusForbidden
	case method == http.MethodGet && !strings.HasPrefix(path, "/api/"):
		return http.StatusSeeOther
	}
	return http.StatusUnauthorized
}

// call asks for a route, as a page with the session and its form token, or as a program with a token.
func (b *browser) call(method, path, token string) int {
	b.s.t.Helper()
	body := url.Values{"_token": {b.token}}.Encode()
	if method == http.MethodGet {
		body = ""
	}
	req, err := http.NewRequestWithContext(b.s.t.Context(), method, b.s.url+path, strings.NewReader(body))
	if err != nil {
		b.s.t.Fatal(err)
	}
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" && strings.HasPrefix(path, "/api/") {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return b.do(req).StatusCode
}
