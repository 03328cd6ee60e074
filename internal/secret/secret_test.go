package secret_test

import (
	"os"
	"path/filepath"
	"testing"

	"zhigang/internal/secret"
)

func newKeys(t *testing.T) *secret.Keys {
	t.Helper()
	k, err := secret.New(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestASealedValueOpensOnlyInItsPlace(t *testing.T) {
	k := newKeys(t)
	sealed := k.Seal("login|1|email", []byte("lin@example.org"))
	if plain, err := k.Open("login|1|email", sealed); err != nil || string(plain) != "lin@example.org" {
		t.Fatal(string(plain), err)
	}
	if _, err := k.Open("login|2|email", sealed); err == nil {
		t.Error("opened in another row")
	}
	if _, err := newKeys(t).Open("login|1|email", sealed); err == nil {
		t.Error("opened with another key")
	}
	for n := range sealed {
		bent := append([]byte{}, sealed...)
		bent[n] ^= 1
		if _, err := k.Open("login|1|email", bent); err == nil {
			t.Fatalf("opened with byte %d changed", n)
		}
	}
	if _, err := k.Open("x", nil); err == nil {
		t.Error("nothing opened")
	}
}

func TestEqualValuesAreFoundAndTellNothing(t *testing.T) {
	k := newKeys(t)
	first, again := k.Index("email", "a"), k.Index("email", "a")
	if first != again || k.Index("email", "a") == k.Index("mobile", "a") || k.Index("email", "a") == newKeys(t).Index("email", "a") {
		t.Error("index")
	}
}

func TestASignatureIsForOneUse(t *testing.T) {
	k := newKeys(t)
	s := k.Sign("unsubscribe", "1")
	if !k.Verify("unsubscribe", "1", s) || k.Verify("unsubscribe", "2", s) || k.Verify("form", "1", s) || k.Verify("unsubscribe", "1", "") {
		t.Error("signature")
	}
}

func TestTheKeyIsMadeOnceAndForTheOwnerOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data", "secret.key")
	first, err := secret.LoadOrCreate(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := secret.LoadOrCreate(file)
	if err != nil || again != first {
		t.Fatal(again, err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	for _, weak := range []string{"", "secret", "c2hvcnQ="} {
		if _, err := secret.New(weak); err == nil {
			t.Errorf("%q is taken as a key", weak)
		}
	}
}
