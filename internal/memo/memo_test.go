package memo

import (
	"errors"
	"sync"
	"testing"
	"time"

	"zhigang/internal/clock"
)

func TestWhatTookLongIsRememberedForAWhile(t *testing.T) {
	c := clock.At(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))
	m := New(c)
	counted := 0
	look := func(takes time.Duration) int {
		n, err := Remember(m, "440000", func() (int, error) {
			c.Add(takes)
			counted++
			return counted, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if look(0) != 1 || look(0) != 2 {
		t.Error("what took no time is remembered")
	}
	if look(time.Second) != 3 {
		t.Error("counted too seldom")
	}
	c.Add(19 * time.Second)
	if look(time.Second) != 3 {
		t.Error("what took a second is forgotten within 20")
	}
	c.Add(2 * time.Second)
	if look(time.Hour) != 4 {
		t.Error("what took a second is remembered for longer than 20")
	}
	c.Add(most)
	if look(0) != 5 {
		t.Error("something is remembered for longer than the most")
	}
}

func TestWhoAskAtOnceShareOneCount(t *testing.T) {
	c := clock.At(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))
	m := New(c)
	counted := 0
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if n, err := Remember(m, "440000", func() (int, error) {
				c.Add(time.Second)
				counted++
				return counted, nil
			}); n != 1 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
	all.Wait()
}

func TestAFailureIsNotRemembered(t *testing.T) {
	c := clock.At(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))
	m := New(c)
	count := func(err error) (int, error) {
		return Remember(m, "440000", func() (int, error) {
			c.Add(time.Second)
			return 7, err
		})
	}
	if _, err := count(errors.New("no database")); err == nil {
		t.Error("the failure is hidden")
	}
	if n, err := count(nil); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
