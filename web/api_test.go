package web

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"zhigang/internal/auth"
	"zhigang/internal/db"
)

// spec is openapi.json, read once.
var spec = sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(openapiJSON) })

// program is a program that acts for somebody. All that it asks and gets is held against the description of the API.
type program struct {
	s     *testSite
	token string
}

// program returns one that acts for who.
func (s *testSite) program(who auth.Actor) *program {
	s.t.Helper()
	var token string
	err := s.DB.Write(s.t.Context(), func(tx *db.Tx) (err error) {
		token, _, err = s.Accounts.CreateToken(s.t.Context(), tx, who.Account, auth.NewToken{Name: "test"})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return &program{s, token}
}

// nobody returns a program without a token.
func (s *testSite) nobody() *program { return &program{s: s} }

// said is what a program was answered.
type said struct {
	t      *testing.T
	asked  string
	Status int
	Header http.Header
	Body   []byte
	json   any
}

// get asks for something; pairs are headers.
func (p *program) get(path string, pairs ...string) said {
	p.s.t.Helper()
	return p.send(http.MethodGet, path, nil, pairs...)
}

// post sends body, which is a JSON text or something that becomes one; nil sends none.
func (p *program) post(path string, body any, pairs ...string) said {
	p.s.t.Helper()
	return p.json(http.MethodPost, path, body, pairs...)
}

func (p *program) put(path string, body any, pairs ...string) said {
	p.s.t.Helper()
	return p.json(http.MethodPut, path, body, pairs...)
}

func (p *program) json(method, path string, body any, pairs ...string) said {
	p.s.t.Helper()
	if body == nil {
		return p.send(method, path, nil, pairs...)
	}
	text, isText := body.(string)
	if !isText {
		b, err := json.Marshal(body)
		if err != nil {
			p.s.t.Fatal(err)
		}
		text = string(b)
	}
	return p.send(method, path, []byte(text), append([]string{"Content-Type", "application/json"}, pairs...)...)
}

// upload sends a form with a file; fields are name, value, name, value.
func (p *program) upload(method, path, field, name, content string, fields []string, pairs ...string) said {
	p.s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for n := 0; n+1 < len(fields); n += 2 {
		if err := form.WriteField(fields[n], fields[n+1]); err != nil {
			p.s.t.Fatal(err)
		}
	}
	w, err := form.CreateFormFile(field, name)
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		p.s.t.Fatal(err)
	}
	return p.send(method, path, body.Bytes(), append([]string{"Content-Type", form.FormDataContentType()}, pairs...)...)
}

func (p *program) send(method, path string, body []byte, pairs ...string) said {
	p.s.t.Helper()
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "/api/") {
		path = apiRoot + path
	}
	request := func() *http.Request {
		req, err := http.NewRequestWithContext(p.s.t.Context(), method, p.s.url+path, bytes.NewReader(body))
		if err != nil {
			p.s.t.Fatal(err)
		}
		if p.token != "" {
			req.Header.Set("Authorization", "Bearer "+p.token)
		}
		for n := 0; n+1 < len(pairs); n += 2 {
			req.Header.Set(pairs[n], pairs[n+1])
		}
		return req
	}
	res, err := http.DefaultClient.Do(request())
	if err != nil {
		p.s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out := said{t: p.s.t, asked: method + " " + path, Status: res.StatusCode, Header: res.Header}
	if out.Body, err = io.ReadAll(res.Body); err != nil {
		p.s.t.Fatal(err)
	}
	if strings.Contains(res.Header.Get("Content-Type"), "json") && len(out.Body) > 0 {
		if err := json.Unmarshal(out.Body, &out.json); err != nil {
			p.s.t.Fatalf("%s: %v\n%s", out.asked, err, out.Body)
		}
	}
	out.check(request())
	return out
}

// check holds the exchange against the description: answers always, requests when they were taken.
func (a said) check(req *http.Request) {
	a.t.Helper()
	doc, err := spec()
	if err != nil {
		a.t.Fatal(err)
	}
	if a.Status >= http.StatusBadRequest && req.Method != http.MethodHead && a.Header.Get("Content-Type") != "application/problem+json; charset=utf-8" {
		a.t.Errorf("%s: an error of type %q", a.asked, a.Header.Get("Content-Type"))
	}
	if a.Status >= http.StatusInternalServerError && a.Status != http.StatusServiceUnavailable {
		a.t.Errorf("%s: %d\n%s", a.asked, a.Status, a.Body)
	}
	pattern, params := described(doc, req.URL.Path)
	item := doc.Paths.Value(pattern)
	var op *openapi3.Operation
	if item != nil {
		op = item.GetOperation(strings.Replace(req.Method, http.MethodHead, http.MethodGet, 1))
	}
	if op == nil {
		if a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed && strings.HasPrefix(req.URL.Path, apiRoot) {
			a.t.Errorf("%s is not described", a.asked)
		}
		return
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true}
	input := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Options: options,
		Route: &routers.Route{Spec: doc, Path: pattern, PathItem: item, Method: req.Method, Operation: op},
	}
	if a.Status < http.StatusBadRequest {
		if err := openapi3filter.ValidateRequest(req.Context(), input); err != nil {
			a.t.Errorf("%s was taken although it is not as described: %v", a.asked, err)
		}
	}
	answered := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: a.Status, Header: a.Header, Options: options}
	if err := openapi3filter.ValidateResponse(req.Context(), answered.SetBodyBytes(a.Body)); err != nil {
		a.t.Errorf("%s: the answer %d is not as described: %v\n%.3000s", a.asked, a.Status, err, a.Body)
	}
}

// described finds the path of the description that an address belongs to; names go before parameters.
func described(doc *openapi3.T, path string) (pattern string, params map[string]string) {
	parts := strings.Split(strings.TrimPrefix(path, apiRoot), "/")
	for name := range doc.Paths.Map() {
		own, found := map[string]string{}, true
		wanted := strings.Split(name, "/")
		if len(wanted) != len(parts) {
			continue
		}
		for n, part := range wanted {
			if strings.HasPrefix(part, "{") {
				own[strings.Trim(part, "{}")] = parts[n]
			} else if part != parts[n] {
				found = false
			}
		}
		if found && (params == nil || len(own) < len(params)) {
			pattern, params = name, own
		}
	}
	return pattern, params
}

// want fails the test unless the answer has the status.
func (a said) want(status int) said {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: status %d, want %d\n%.2000s", a.asked, a.Status, status, a.Body)
	}
	return a
}

// at returns what stands in the answer at a path such as items.0.title; nil when there is nothing.
func (a said) at(path string) any {
	v := a.json
	for part := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[part]
		case []any:
			n, known := parseWhole(part)
			if !known || n >= len(in) {
				return nil
			}
			v = in[n]
		default:
			return nil
		}
	}
	return v
}

// text is at for texts.
func (a said) text(path string) string {
	s, _ := a.at(path).(string)
	return s
}

// fields lists the fields that an error complains about.
func (a said) fields() string {
	var names []string
	all, _ := a.at("errors").([]any)
	for n := range all {
		names = append(names, a.text("errors."+number(n)+".field"))
	}
	return strings.Join(names, " ")
}

// has fails the test unless the answer has these values: path, value, path, value …; numbers are float64.
func (a said) has(pairs ...any) said {
	a.t.Helper()
	for n := 0; n+1 < len(pairs); n += 2 {
		path, _ := pairs[n].(string)
		want := pairs[n+1]
		if i, isInt := want.(int); isInt {
			want = float64(i)
		}
		if got := a.at(path); got != want {
			a.t.Errorf("%s: %s is %#v, want %#v\n%.1500s", a.asked, path, got, want, a.Body)
		}
	}
	return a
}

// query builds the query of an address.
func query(pairs ...string) string {
	v := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		v.Add(pairs[n], pairs[n+1])
	}
	return "?" + v.Encode()
}
