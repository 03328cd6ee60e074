package edition

import (
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Book remembers values by key for as long as the edition lasts in which they were made.
type Book[K comparable, V any] struct {
	kept *lru.Cache[K, entry[V]]
}

type entry[V any] struct {
	edition Edition
	value   V
}

// NewBook returns a Book that remembers the values that were asked for last, as many as size says, which is a constant above
// zero.
func NewBook[K comparable, V any](size int) *Book[K, V] {
	kept, err := lru.New[K, entry[V]](size)
	if err != nil {
		panic(err) //nolint:forbidigo // only a size below one is refused, and sizes are constants
	}
	return &Book[K, V]{kept}
}

// Of returns the values of some keys in an edition, which the caller read before. Those that are not known are made, all
// at once; a key that has no value is left out, and asked for again the next time. Values are shared: nobody changes them.
func (b *Book[K, V]) Of(e Edition, keys []K, make func(missing []K) (map[K]V, error)) (map[K]V, error) {
	all := map[K]V{}
	var missing []K
	for _, key := range keys {
		if one, ok := b.Get(e, key); ok {
			all[key] = one
		} else if !slices.Contains(missing, key) {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return all, nil
	}
	made, err := make(missing)
	if err != nil {
		return nil, err
	}
	for key, value := range made {
		b.Put(e, key, value)
		all[key] = value
	}
	return all, nil
}

// Get returns the value of a key in an edition, if it is known.
func (b *Book[K, V]) Get(e Edition, key K) (value V, ok bool) {
	one, ok := b.kept.Get(key)
	if !ok || one.edition != e {
		return value, false
	}
	return one.value, true
}

// Put remembers the value of a key that was made in an edition.
func (b *Book[K, V]) Put(e Edition, key K, value V) { b.kept.Add(key, entry[V]{e, value}) }
