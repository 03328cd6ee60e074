package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// Time is an instant as SQL keeps it: Unix milliseconds in UTC. The zero Time is NULL.
type Time struct{ time.Time }

// At wraps t.
func At(t time.Time) Time { return Time{t} }

// Value implements driver.Valuer.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.UnixMilli(), nil
}

// Scan implements sql.Scanner.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		t.Time = time.Time{}
	case int64:
		t.Time = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("db: cannot read a %T as time", src)
	}
	return nil
}

// JSON keeps V as a JSON text column.
type JSON[T any] struct{ V T }

// AsJSON wraps v.
func AsJSON[T any](v T) JSON[T] { return JSON[T]{v} }

// Value implements driver.Valuer.
func (j JSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.V)
	return string(b), err
}

// Scan implements sql.Scanner; NULL and the empty text are the zero value.
func (j *JSON[T]) Scan(src any) error {
	var zero T
	j.V = zero
	switch v := src.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
		return json.Unmarshal([]byte(v), &j.V)
	case []byte:
		return json.Unmarshal(v, &j.V)
	default:
		return fmt.Errorf("db: cannot read a %T as JSON", src)
	}
}

// Bool keeps a truth value as 0 or 1, which both engines sum and compare alike.
type Bool bool

// Value implements driver.Valuer.
func (b Bool) Value() (driver.Value, error) {
	if b {
		return int64(1), nil
	}
	return int64(0), nil
}

// Scan implements sql.Scanner.
func (b *Bool) Scan(src any) error {
	v, ok := src.(int64)
	if !ok {
		return fmt.Errorf("db: cannot read a %T as truth value", src)
	}
	*b = v != 0
	return nil
}
