package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// Form is what was typed into a form, kept as it was, and what is wrong with it.
type Form struct {
	Values url.Values
	Errors errs.Fields
}

// readForm takes the body of a POST: never the query, which a link could fill.
func readForm(c *gin.Context) (Form, error) {
	if err := parseForm(c.Request); err != nil {
		return Form{}, err
	}
	return Form{Values: c.Request.PostForm}, nil
}

// parseForm reads the body of a POST. What is wrong with one that is no multipart form, such as its size, is known to
// ParseForm only: ParseMultipartForm forgets it.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	if err == nil {
		err = r.ParseMultipartForm(4 << 20)
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return badForm(err)
	}
	return nil
}

// Get returns the first value of a field.
func (f Form) Get(name string) string { return f.Values.Get(name) }

// All returns the values of a field that may be given several times.
func (f Form) All(name string) []string { return f.Values[name] }

// Checked reports whether a field has the value.
func (f Form) Checked(name, value string) bool {
	for _, v := range f.Values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// ID returns an id that a field holds; zero when it holds none.
func (f Form) ID(name string) id.ID {
	i, err := id.Parse(f.Get(name))
	if err != nil {
		return 0
	}
	return i
}

// with returns the form together with the complaints that err carries.
func (f Form) with(err error) Form {
	f.Errors = errs.FieldsOf(err)
	if f.Values == nil {
		f.Values = url.Values{}
	}
	return f
}

// Failed lists the fields with complaints, for the summary at the top of the page.
func (f Form) Failed() []FieldError {
	var out []FieldError
	for _, e := range sortedFields(f.Errors) {
		out = append(out, FieldError{e.name, e.Key, e.Params})
	}
	return out
}

// FieldError is one complaint.
type FieldError struct {
	Name   string
	Key    string
	Params errs.Params
}

// Input is one field of a form as the partials draw it.
type Input struct {
	Name, ID, Label, Hint, Value, Error string
	Type, Autocomplete, Inputmode       string
	Optional                            bool
	Rows                                int
	Max                                 string
	Options                             []Option
	Values                              []string
}

// Option is one choice of a field.
type Option struct {
	Value, Label string
	Checked      bool
	Hint         string
}

// input builds the view of a field: its label and hint are the texts LABEL and LABEL.hint. Further pairs set type,
// autocomplete, inputmode, rows, max, optional and options.
func (f format) input(form Form, name, label string, pairs ...any) (Input, error) {
	in := Input{Name: name, ID: "f-" + name, Label: f.p.T(label, nil), Value: form.Get(name), Values: form.All(name), Type: "text", Rows: 5}
	if f.p.Has(label + ".hint") {
		in.Hint = f.p.T(label+".hint", nil)
	}
	if e, bad := form.Errors[name]; bad {
		in.Error = translate(f.p, e.Key, e.Params)
	}
	more, err := dict(pairs...)
	if err != nil {
		return in, fmt.Errorf("field %s: %w", name, err)
	}
	for key, v := range more {
		switch key {
		case "type":
			in.Type = fmt.Sprint(v)
		case "autocomplete":
			in.Autocomplete = fmt.Sprint(v)
		case "inputmode":
			in.Inputmode = fmt.Sprint(v)
		case "max":
			in.Max = fmt.Sprint(v)
		case "optional":
			in.Optional = v == true
		case "rows":
			in.Rows, _ = v.(int)
		case "options":
			in.Options, _ = v.([]Option)
		default:
			return in, fmt.Errorf("field %s: unknown setting %q", name, key)
		}
	}
	for n, o := range in.Options {
		in.Options[n].Checked = form.Checked(name, o.Value)
	}
	return in, nil
}
