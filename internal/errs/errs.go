// Package errs holds the kinds of error that a verb returns: what went wrong, said as a key that is translated at the door.
package errs

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"zhigang/internal/text"
)

// Kind tells the doors how to answer. Each has one HTTP status and one exit code.
type Kind string

// The kinds, with the HTTP status each becomes.
const (
	KindInvalid         Kind = "invalid"         // 422: the input breaks a rule; see Fields
	KindNotFound        Kind = "not_found"       // 404: no such thing, or not within the actor's scope
	KindConflict        Kind = "conflict"        // 409: the state does not allow it, or somebody was faster
	KindForbidden       Kind = "forbidden"       // 403: the actor's role does not allow it
	KindUnauthenticated Kind = "unauthenticated" // 401: nobody is signed in
	KindTooLarge        Kind = "too_large"       // 413: more bytes, rows or files than allowed
	KindTooMany         Kind = "too_many"        // 429: slow down
	KindUnavailable     Kind = "unavailable"     // 503: a server we need does not answer; try again
	KindInternal        Kind = "internal"        // 500: our fault; the text is never shown
)

// Params fill the {names} of a translated text.
type Params map[string]any

// Error is an error that a user may read. Key names the text in the locale files.
type Error struct {
	Kind   Kind
	Key    string
	Params Params
	Fields Fields
	cause  error
}

// Fields maps a form field to what is wrong with it.
type Fields map[string]Field

// Field is one complaint about one field.
type Field struct {
	Key    string
	Params Params
}

// Error returns the key, the bad fields and the cause, for logs.
func (e *Error) Error() string {
	said := string(e.Kind) + ": " + e.Key
	if len(e.Fields) > 0 {
		said += " (" + strings.Join(slices.Sorted(maps.Keys(e.Fields)), ", ") + ")"
	}
	if e.cause != nil {
		said += ": " + e.cause.Error()
	}
	return said
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Because returns the same error with the cause that led to it.
func (e *Error) Because(cause error) *Error {
	with := *e
	with.cause = cause
	return &with
}

// With returns the same error with one more parameter of its text.
func (e *Error) With(name string, value any) *Error {
	with := *e
	with.Params = maps.Clone(e.Params)
	if with.Params == nil {
		with.Params = Params{}
	}
	with.Params[name] = value
	return &with
}

// NotFound says that there is no such thing, or none that the actor may know of.
func NotFound(key string) *Error { return &Error{Kind: KindNotFound, Key: key} }

// Conflict says that the thing is not in a state that allows the verb.
func Conflict(key string) *Error { return &Error{Kind: KindConflict, Key: key} }

// Forbidden says that the actor's role does not allow the verb.
func Forbidden(key string) *Error { return &Error{Kind: KindForbidden, Key: key} }

// Unauthenticated says that somebody must sign in first.
func Unauthenticated(key string) *Error { return &Error{Kind: KindUnauthenticated, Key: key} }

// TooLarge says that the input is bigger than allowed.
func TooLarge(key string) *Error { return &Error{Kind: KindTooLarge, Key: key} }

// TooMany says that the caller must slow down.
func TooMany(key string) *Error { return &Error{Kind: KindTooMany, Key: key} }

// Unavailable says that a server we depend on does not answer; the same call may work later.
func Unavailable(key string) *Error { return &Error{Kind: KindUnavailable, Key: key} }

// Invalid says that the input breaks a rule that belongs to no single field.
func Invalid(key string) *Error { return &Error{Kind: KindInvalid, Key: key} }

// Add notes that field is wrong; the first complaint about a field stands.
func (f Fields) Add(field, key string, params ...Params) {
	if _, ok := f[field]; ok {
		return
	}
	entry := Field{Key: key}
	if len(params) > 0 {
		entry.Params = params[0]
	}
	f[field] = entry
}

// Text notes that value is missing (when it is required), longer than most characters, or holds some that cannot be kept.
func (f Fields) Text(field, value string, required bool, most int) {
	switch {
	case required && text.Blank(value):
		f.Add(field, "error.required")
	case utf8.RuneCountInString(value) > most:
		f.Add(field, "error.long", Params{"max": most})
	case !text.Clean(value):
		f.Add(field, "error.characters")
	}
}

// Err returns an Invalid error that carries the fields, or nil if there are none.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: KindInvalid, Key: "error.invalid", Fields: f}
}

// KindOf returns the kind of err; anything that is not ours is internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// KeyOf returns the translation key of err, or "" when it is not ours. A broken unique rule has "error.exists".
func KeyOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Key
	}
	return ""
}

// FieldsOf returns the complaints about single fields that err carries.
func FieldsOf(err error) Fields {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Fields
	}
	return nil
}
