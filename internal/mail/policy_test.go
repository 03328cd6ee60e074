package mail

import (
	"net/url"
	"testing"

	gomail "github.com/wneessen/go-mail"
)

func TestOnlyThisMachineMayBeSpokenToInClear(t *testing.T) {
	for text, want := range map[string]gomail.TLSPolicy{
		"smtp://mail.example.org":          gomail.TLSMandatory,
		"smtp://10.0.0.5":                  gomail.TLSMandatory,
		"smtp://localhost.example.org":     gomail.TLSMandatory,
		"smtp://localhost?tls=required":    gomail.TLSMandatory,
		"smtp://localhost":                 gomail.TLSOpportunistic,
		"smtp://127.0.0.1:2525":            gomail.TLSOpportunistic,
		"smtp://[::1]":                     gomail.TLSOpportunistic,
		"smtp://mail.example.org?tls=none": gomail.NoTLS,
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := policyOf(u); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}
