package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"zhigang/internal/errs"
	"zhigang/internal/text"
)

// Cost of argon2id: the least that OWASP names (19 MiB, 2 passes).
const (
	argonMemory = 19456
	argonTime   = 2
	argonSalt   = 16
	argonKey    = 32
)

// Lengths of a password, in characters of any script.
const (
	PasswordMin = 8
	PasswordMax = 128
)

//go:embed common_passwords.txt
var commonPasswords string

// hasher bounds how many passwords are hashed at a time: each takes 19 MiB.
type hasher struct {
	slots  chan struct{}
	common map[string]struct{}
	dummy  string
}

func newHasher() *hasher {
	h := &hasher{slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0))), common: map[string]struct{}{}}
	for word := range strings.Lines(commonPasswords) {
		h.common[strings.TrimSpace(word)] = struct{}{}
	}
	h.dummy = encode([]byte("0123456789abcdef"), make([]byte, argonKey))
	return h
}

// check adds to fields what is wrong with a new password. context are words that it must not be made of: the name of
// the account, its address.
func (h *hasher) check(fields errs.Fields, field, password string, context ...string) {
	n := utf8.RuneCountInString(password)
	low := strings.ToLower(text.HalfWidth(password))
	switch {
	case n < PasswordMin:
		fields.Add(field, "auth.password.short", errs.Params{"min": PasswordMin})
		return
	case n > PasswordMax:
		fields.Add(field, "auth.password.long", errs.Params{"max": PasswordMax})
		return
	}
	if _, known := h.common[low]; known {
		fields.Add(field, "auth.password.common")
		return
	}
	rest := low
	for _, word := range append(context, "zhigang", "志岗", "minzheng", "民政局", "民政") {
		name, _, _ := strings.Cut(strings.ToLower(word), "@")
		if utf8.RuneCountInString(name) >= 2 {
			rest = strings.ReplaceAll(rest, name, "")
		}
	}
	if utf8.RuneCountInString(rest) < PasswordMin/2 {
		fields.Add(field, "auth.password.context")
	}
}

// hash returns the PHC string of password. Unavailable when ctx ends while it waits for its turn.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt)
	return encode(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, 1, argonKey)), nil
}

// matches reports whether password is the one that phc was made from. An empty phc takes as long as a real one, so that
// the time does not tell which accounts exist.
func (h *hasher) matches(ctx context.Context, phc, password string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	known := phc != ""
	if !known {
		phc = h.dummy
	}
	var memory, time uint32
	var threads uint8
	var salt64, key64 string
	if _, err := fmt.Sscanf(strings.ReplaceAll(phc, "$", " "), " argon2id v=19 m=%d,t=%d,p=%d %s %s", &memory, &time, &threads, &salt64, &key64); err != nil {
		return false, fmt.Errorf("password hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(salt64)
	if err != nil {
		return false, fmt.Errorf("password hash: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(key64)
	if err != nil {
		return false, fmt.Errorf("password hash: %w", err)
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, argonKey)
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errs.Unavailable("error.busy").Because(ctx.Err())
	}
}

func (h *hasher) leave() { <-h.slots }

func encode(salt, key []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime, enc.EncodeToString(salt), enc.EncodeToString(key))
}
