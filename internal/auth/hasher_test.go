package auth

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"zhigang/internal/errs"
)

func TestOnlyAFewPasswordsAreHashedAtATime(t *testing.T) {
	h := newHasher()
	if most := max(2, runtime.GOMAXPROCS(0)); cap(h.slots) > most {
		t.Fatalf("%d at a time take %d MiB", cap(h.slots), cap(h.slots)*argonMemory>>10)
	}
	for range cap(h.slots) {
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(gone, "correct horse"); !errs.Is(err, errs.KindUnavailable) {
		t.Error("one more is hashed:", err)
	}
	if _, err := h.matches(gone, "", "correct horse"); !errs.Is(err, errs.KindUnavailable) {
		t.Error("one more is compared:", err)
	}
	h.leave()
	phc, err := h.hash(t.Context(), "correct horse")
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error(phc, err)
	}
	if ok, err := h.matches(t.Context(), phc, "correct horse"); err != nil || !ok {
		t.Error("the right password:", ok, err)
	}
	if ok, err := h.matches(t.Context(), phc, "correct house"); err != nil || ok {
		t.Error("a wrong password:", ok, err)
	}
}
