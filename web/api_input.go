package web

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/calendar"
	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// readJSON takes the body of a request into dst, a pointer to a struct. Every complaint names its field: 422 for fields
// that there are not, that come twice or hold something of another type; 400 for what is no JSON at all; 415 for another
// media type. Names are compared letter by letter, and null is no value.
func readJSON(c *gin.Context, dst any) error {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return broken(err)
	}
	if media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || media != "application/json" {
		return withStatus(http.StatusUnsupportedMediaType, errs.Invalid("api.media.json"))
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return withStatus(http.StatusBadRequest, errs.Invalid("api.json.broken"))
	}
	bad := errs.Fields{}
	into(reflect.ValueOf(dst).Elem(), bytes.TrimSpace(body), "", bad)
	return bad.Err()
}

// readOptional is readJSON for verbs that can be asked for without a word.
func readOptional(c *gin.Context, dst any) error {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return broken(err)
	}
	if len(body) == 0 {
		return nil
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	return readJSON(c, dst)
}

// readPart takes a part of a form that is valid JSON into dst; the complaints stand under its name.
func readPart(dst any, text, name string, bad errs.Fields) {
	into(reflect.ValueOf(dst).Elem(), bytes.TrimSpace([]byte(text)), name, bad)
}

// broken says why a body could not be read to its end.
func broken(err error) error {
	if statusOf(err) == http.StatusRequestEntityTooLarge {
		return err
	}
	return withStatus(http.StatusBadRequest, errs.Invalid("api.json.broken").Because(err))
}

// into takes valid JSON into v and notes what does not fit under the path of where it stands: pay.min, majors[2].
func into(v reflect.Value, raw json.RawMessage, path string, bad errs.Fields) {
	switch t := v.Type(); {
	case raw[0] == 'n': // null
		bad.Add(orBody(path), "api.field.null")
	case isText(v):
		intoText(v, raw, path, bad)
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		into(v.Elem(), raw, path, bad)
	case t.Kind() == reflect.Struct:
		intoStruct(v, raw, path, bad)
	case t.Kind() == reflect.Slice:
		intoSlice(v, raw, path, bad)
	case t.Kind() == reflect.Map:
		intoMap(v, raw, path, bad)
	default:
		if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
			wrongType(v, path, bad)
		}
	}
}

// isText reports whether v is written as a JSON string.
func isText(v reflect.Value) bool {
	_, reads := v.Addr().Interface().(encoding.TextUnmarshaler)
	return reads || v.Kind() == reflect.String
}

func intoText(v reflect.Value, raw json.RawMessage, path string, bad errs.Fields) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		bad.Add(orBody(path), "api.field.type", errs.Params{"type": "api.type.string"})
		return
	}
	if strings.ContainsFunc(text, unprintable) {
		bad.Add(path, "error.characters")
		return
	}
	if one, isID := v.Addr().Interface().(*id.ID); isID {
		var err error
		if *one, err = id.Parse(text); err != nil {
			bad.Add(path, "error.id")
		}
		return
	}
	v.SetString(text)
}

// unprintable reports whether a character has no place in a text: SQL does not take them all, and nobody sees them.
func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

func intoStruct(v reflect.Value, raw json.RawMessage, path string, bad errs.Fields) {
	known := map[string]reflect.Value{}
	fieldsOf(v, known)
	for _, m := range members(raw, path, bad) {
		if field, isKnown := known[m.name]; isKnown {
			into(field, m.value, m.path, bad)
		} else {
			bad.Add(m.path, "api.field.unknown")
		}
	}
}

// fieldsOf gathers the fields of a struct by their names in JSON, those of embedded structs too.
func fieldsOf(v reflect.Value, known map[string]reflect.Value) {
	for n := range v.NumField() {
		f := v.Type().Field(n)
		name := f.Tag.Get("json")
		switch {
		case f.Anonymous && name == "":
			fieldsOf(v.Field(n), known)
		case name != "" && name != "-":
			known[name] = v.Field(n)
		}
	}
}

func intoMap(v reflect.Value, raw json.RawMessage, path string, bad errs.Fields) {
	v.Set(reflect.MakeMap(v.Type()))
	for _, m := range members(raw, path, bad) {
		one := reflect.New(v.Type().Elem()).Elem()
		into(one, m.value, m.path, bad)
		v.SetMapIndex(reflect.ValueOf(m.name), one)
	}
}

// member is a member of a JSON object, with the path under which complaints name it.
type member struct {
	name, path string
	value      json.RawMessage
}

// members lists the members of a JSON object, in order, each name once; no more than there may be fields in any request.
func members(raw json.RawMessage, path string, bad errs.Fields) []member {
	if raw[0] != '{' {
		bad.Add(orBody(path), "api.field.type", errs.Params{"type": "api.type.object"})
		return nil
	}
	var out []member
	seen := map[string]bool{}
	d := json.NewDecoder(bytes.NewReader(raw))
	_, _ = d.Token() // the brace; that all of it is JSON was checked
	for d.More() {
		var m member
		key, _ := d.Token()
		_ = d.Decode(&m.value)
		m.name, _ = key.(string)
		m.path = strings.TrimPrefix(path+"."+cutText(m.name, maxName), ".")
		switch {
		case len(seen) == maxMembers:
			bad.Add(orBody(path), "error.many", errs.Params{"max": maxMembers})
			return out
		case seen[m.name]:
			bad.Add(m.path, "api.field.twice")
		default:
			out = append(out, m)
		}
		seen[m.name] = true
	}
	return out
}

func intoSlice(v reflect.Value, raw json.RawMessage, path string, bad errs.Fields) {
	var all []json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		bad.Add(orBody(path), "api.field.type", errs.Params{"type": "api.type.array"})
		return
	}
	if len(all) > maxItems {
		bad.Add(orBody(path), "error.many", errs.Params{"max": maxItems})
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(all), len(all)))
	for n, one := range all {
		into(v.Index(n), one, path+"["+strconv.Itoa(n)+"]", bad)
	}
}

// Bounds of any request: what goes beyond is nonsense, and is not echoed.
const (
	maxMembers = 100 // of an object
	maxItems   = 500 // of a list
	maxName    = 60  // characters of a field's name in a complaint
)

func wrongType(v reflect.Value, path string, bad errs.Fields) {
	switch {
	case v.Type() == reflect.TypeFor[yuan]():
		bad.Add(path, "api.field.yuan", errs.Params{"max": maxYuan})
	case v.Kind() == reflect.Bool:
		bad.Add(path, "api.field.type", errs.Params{"type": "api.type.boolean"})
	default:
		bad.Add(path, "api.field.type", errs.Params{"type": "api.type.integer"})
	}
}

// orBody names the body as a whole where there is no path.
func orBody(path string) string {
	if path == "" {
		return "body"
	}
	return path
}

// maxYuan is the greatest amount that may be given.
const maxYuan = 100_000_000

// yuan is an amount in fen that programs give and get in yuan, with up to two decimals.
type yuan int64

// MarshalJSON writes 6000 or 5950.5.
func (y yuan) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(y) / 100)
}

// UnmarshalJSON reads an amount between 0 and maxYuan. The error says only that it is none.
func (y *yuan) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseFloat(string(b), 64)
	if err != nil || n < 0 || n > maxYuan {
		return errors.New("no amount")
	}
	fen := int64(n*100 + 0.5)
	if d := n*100 - float64(fen); d > 1e-4 || d < -1e-4 {
		return errors.New("parts of a fen")
	}
	*y = yuan(fen)
	return nil
}

// listQuery reads the parameters of a list.
type listQuery struct {
	values url.Values
	bad    errs.Fields
}

func queryOf(c *gin.Context) listQuery {
	return listQuery{c.Request.URL.Query(), errs.Fields{}}
}

// Err is Invalid with every parameter that makes no sense.
func (q listQuery) Err() error { return q.bad.Err() }

// window reads after and per_page, of which there may be most.
func (q listQuery) window(most int) window {
	return window{After: q.id("after"), Per: q.whole("per_page", 20, 1, most)}
}

func (q listQuery) id(name string) id.ID {
	text := q.values.Get(name)
	if text == "" {
		return 0
	}
	one, err := id.Parse(text)
	if err != nil {
		q.bad.Add(name, "error.id")
	}
	return one
}

func (q listQuery) whole(name string, without, least, most int) int {
	text := q.values.Get(name)
	if text == "" {
		return without
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		q.bad.Add(name, "error.between", errs.Params{"min": least, "max": most})
		return without
	}
	return n
}

func (q listQuery) truth(name string) bool {
	switch q.values.Get(name) {
	case "true":
		return true
	case "", "false":
	default:
		q.bad.Add(name, "error.choice")
	}
	return false
}

// week reads a week such as 2026-W47.
func (q listQuery) week(name string, without calendar.Week) calendar.Week {
	text := q.values.Get(name)
	if text == "" {
		return without
	}
	week, err := calendar.ParseWeek(text)
	if err != nil {
		q.bad.Add(name, "api.week.form")
	}
	return week
}

// text reads a text of up to most characters.
func (q listQuery) text(name string, most int) string {
	text := strings.TrimSpace(q.values.Get(name))
	switch {
	case !utf8.ValidString(text), strings.ContainsFunc(text, unprintable):
		q.bad.Add(name, "error.characters")
	case utf8.RuneCountInString(text) > most:
		q.bad.Add(name, "error.long", errs.Params{"max": most})
	}
	return text
}

// choiceOf reads a parameter that takes one of a few values.
func choiceOf[T ~string](q listQuery, name string, among []T) T {
	v := T(q.values.Get(name))
	if v != "" && !slices.Contains(among, v) {
		q.bad.Add(name, "error.choice")
		return ""
	}
	return v
}

// among notes that a field holds none of its values; nothing is for the verbs to complain about.
func among[T ~string](bad errs.Fields, field string, v T, values []T) {
	if v != "" && !slices.Contains(values, v) {
		bad.Add(field, "error.choice")
	}
}

// shortEnough notes a reason that is too long to be read.
func shortEnough(bad errs.Fields, field, text string) {
	if utf8.RuneCountInString(text) > maxReason {
		bad.Add(field, "error.long", errs.Params{"max": maxReason})
	}
}

// called returns err with its complaints under the names that fields have in the API.
func called(err error, names map[string]string) error {
	fields := errs.FieldsOf(err)
	if len(fields) == 0 {
		return err
	}
	out := errs.Fields{}
	for field, f := range fields {
		if name, other := names[field]; other {
			field = name
		}
		out[field] = f
	}
	return out.Err()
}

// needOrg checks the actor's role in an organization. NotFound unless they work for it: whether there is such an
// organization is nobody else's business; Forbidden when their role is less.
func needOrg(c *gin.Context, owner id.ID, role auth.OrgRole) error {
	who := actor(c)
	if owner == 0 || !who.InOrg(owner, auth.Viewer) {
		return errs.NotFound("error.not_found")
	}
	return who.NeedOrg(owner, role)
}
