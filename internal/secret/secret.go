// Package secret encrypts personal data, makes it findable without revealing it, and signs links: all from one key that
// is kept outside the database.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Keys are the keys derived from the program's secret key, one for each use.
type Keys struct {
	seal  cipher.AEAD
	index []byte
	sign  []byte
}

// MinBytes is the least that a secret key must decode to.
const MinBytes = 32

// New derives Keys from key, which is base64 of at least MinBytes random bytes.
func New(key string) (*Keys, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	if err != nil {
		raw, err = base64.RawURLEncoding.DecodeString(strings.TrimSpace(key))
	}
	if err != nil || len(raw) < MinBytes {
		return nil, fmt.Errorf("the secret key must be base64 of at least %d random bytes, as `openssl rand -base64 32` makes it", MinBytes)
	}
	derive := func(use string) []byte {
		out, err := hkdf.Key(sha256.New, raw, nil, "zhigang "+use+" v1", 32)
		if err != nil {
			panic(err) //nolint:forbidigo // only for a length that SHA-256 cannot give
		}
		return out
	}
	block, err := aes.NewCipher(derive("seal"))
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Keys{seal: seal, index: derive("index"), sign: derive("sign")}, nil
}

// Generate returns a new random key in the form that New reads.
func Generate() string {
	raw := make([]byte, MinBytes)
	_, _ = rand.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}

// LoadOrCreate returns the key in file, which it makes (readable by its owner only) when there is none.
func LoadOrCreate(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	key := Generate()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return LoadOrCreate(file)
	}
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(key + "\n")
	return key, errors.Join(err, f.Sync(), f.Close())
}

// version stands in front of every sealed value, so that a later program can tell how it was sealed.
const version = 1

// Seal encrypts plain with AES-256-GCM. where says which column of which row it is for ("login.value|0ABC…"): opened
// anywhere else, it fails.
func (k *Keys) Seal(where string, plain []byte) []byte {
	nonce := make([]byte, k.seal.NonceSize())
	_, _ = rand.Read(nonce)
	out := append([]byte{version}, nonce...)
	return k.seal.Seal(out, nonce, plain, []byte(where))
}

// Open decrypts what Seal made for the same place.
func (k *Keys) Open(where string, sealed []byte) ([]byte, error) {
	n := k.seal.NonceSize()
	if len(sealed) < 1+n || sealed[0] != version {
		return nil, fmt.Errorf("sealed value for %s: unknown form", where)
	}
	plain, err := k.seal.Open(nil, sealed[1:1+n], sealed[1+n:], []byte(where))
	if err != nil {
		return nil, fmt.Errorf("sealed value for %s: wrong key, wrong place or damaged", where)
	}
	return plain, nil
}

// Index returns a text by which equal values of a column can be found without knowing them. It is keyed: without the
// key nobody can try values out.
func (k *Keys) Index(column, value string) string {
	return base64.RawURLEncoding.EncodeToString(k.mac(k.index, column, value)[:16])
}

// Sign returns a signature for a value in a link; use keeps links of one use from working for another.
func (k *Keys) Sign(use, value string) string {
	return base64.RawURLEncoding.EncodeToString(k.mac(k.sign, use, value))
}

// Verify reports whether signature is what Sign returned.
func (k *Keys) Verify(use, value, signature string) bool {
	return hmac.Equal([]byte(k.Sign(use, value)), []byte(signature))
}

func (k *Keys) mac(key []byte, use, value string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(use + "\x00" + value))
	return m.Sum(nil)
}

// Token returns a random text of 192 bits for a session, a one-time link or an API token.
func Token() string {
	raw := make([]byte, 24)
	_, _ = rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Hash returns what SQL keeps of a Token: enough to recognise it, useless to whoever reads the table.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
