package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/i18n"
	"zhigang/internal/intake"
	"zhigang/internal/match"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

func TestTheDescriptionIsOpenAPI31(t *testing.T) {
	doc, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Error("it calls itself", doc.OpenAPI)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestEveryRouteIsDescribedAndEveryDescriptionIsARoute(t *testing.T) {
	doc, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	var routes, described []string
	isPublic := map[string]bool{}
	for _, r := range (&handlers{}).routes() {
		path, inAPI := strings.CutPrefix(r.path, apiRoot)
		if !inAPI {
			continue
		}
		parts := strings.Split(path, "/")
		for n, part := range parts {
			if name, isParam := strings.CutPrefix(part, ":"); isParam {
				parts[n] = "{" + name + "}"
			}
		}
		line := r.method + " " + strings.Join(parts, "/")
		routes = append(routes, line)
		isPublic[line] = r.who == public
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			line := method + " " + path
			described = append(described, line)
			open := op.Security != nil && slices.ContainsFunc(*op.Security, func(needs openapi3.SecurityRequirement) bool { return len(needs) == 0 })
			if open != isPublic[line] {
				t.Errorf("%s: the description says that everybody may ask: %v, the table: %v", line, open, isPublic[line])
			}
		}
	}
	slices.Sort(routes)
	slices.Sort(described)
	if !slices.Equal(routes, described) {
		t.Errorf("routes %q\ndescribed %q", routes, described)
	}
}

func TestTheDescriptionListsWhatTheProgramKnows(t *testing.T) {
	doc, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"PositionKind": texts(position.Kinds()), "PositionState": texts(position.States()), "Degree": texts(position.Degrees()),
		"PayUnit": texts(position.Units()), "Outcome": texts(position.Outcomes()), "OrgKind": texts(org.Kinds()), "OrgState": texts(orgStates()),
		"OrgRole": texts(auth.OrgRoles()), "BureauRole": texts(auth.BureauRoles()), "ApplicationState": texts(application.States()),
		"ApplicationVerb": texts(append(application.Verbs(), application.Withdraw)), "PlacementState": texts(application.PlacementStates()),
		"Every": texts(match.Everies()), "CompletionKind": texts(search.CompletionKinds()),
	} {
		var got []string
		for _, v := range doc.Components.Schemas[name].Value.Enum {
			text, _ := v.(string)
			got = append(got, text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	var employments []string
	for _, k := range position.Kinds() {
		for _, e := range position.Employments(k) {
			if !slices.Contains(employments, e) {
				employments = append(employments, e)
			}
		}
	}
	for name, want := range map[string][]string{"employment": employments, "source": position.Sources(), "talent_form": position.TalentForms()} {
		got := doc.Components.Schemas["NewPosition"].Value.Properties[name].Value.Enum
		if len(got) != len(want) || slices.ContainsFunc(want, func(one string) bool { return !slices.Contains(got, any(one)) }) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	var sorts []string
	for _, p := range doc.Paths.Value("/positions").Get.Parameters {
		if p.Value.Name == "sort" {
			for _, v := range p.Value.Schema.Value.Enum {
				text, _ := v.(string)
				sorts = append(sorts, text)
			}
		}
	}
	if !slices.Equal(sorts, append([]string{"relevance"}, texts(search.Sorts())[1:]...)) {
		t.Error("sort", sorts)
	}
	facets := doc.Components.Schemas["FoundPositions"].Value.Properties["facets"].Value.Required
	if !slices.Equal(facets, search.FacetNames()) {
		t.Error("facets", facets)
	}
	if states := doc.Components.Schemas["Import"].Value.Properties["state"].Value.Enum; len(states) != 4 || states[0] != string(intake.Uploaded) {
		t.Error("import", states)
	}
}

func texts[T ~string](all []T) []string {
	out := make([]string, len(all))
	for n, one := range all {
		out[n] = string(one)
	}
	return out
}

// Every key that a problem may have as its title stands in all languages.
func TestEveryProblemHasATitle(t *testing.T) {
	catalog, err := i18n.Load(Locales())
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 500, 503} {
		for _, l := range i18n.Langs() {
			if !catalog.For(l).Has("problem." + number(status)) {
				t.Errorf("%d has no title in %s", status, l)
			}
		}
	}
}

func TestTheDescriptionIsServed(t *testing.T) {
	s := newSite(t)
	a := s.nobody().get("/api/openapi.json").want(http.StatusOK)
	if a.text("openapi") != "3.1.0" || a.Header.Get("Content-Type") != jsonMedia || a.Header.Get("ETag") == "" {
		t.Error(a.Header)
	}
	s.nobody().get("/api/openapi.json", "If-None-Match", a.Header.Get("ETag")).want(http.StatusNotModified)
}
