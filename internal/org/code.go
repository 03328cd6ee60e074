package org

import (
	"fmt"
	"strings"
)

// codeAlphabet are the 31 characters of GB 32100-2015: no I, O, S, V, Z.
const codeAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// Code is a unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, upper case.
type Code string

// NormalizeCode reads a code as people type it: lower case, spaces and full-width characters are forgiven.
func NormalizeCode(text string) Code {
	return Code(strings.Map(func(r rune) rune {
		switch {
		case r == ' ', r == '-', r == '　':
			return -1
		case r >= '！' && r <= '～':
			r -= 0xfee0
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}, text))
}

// WellFormed reports whether the code has the right length and characters.
func (c Code) WellFormed() bool {
	if len(c) != 18 {
		return false
	}
	for n := range len(c) {
		if !strings.ContainsRune(codeAlphabet, rune(c[n])) || n >= 2 && n < 8 && (c[n] < '0' || c[n] > '9') {
			return false
		}
	}
	return true
}

// CheckDigit returns the 18th character that the first 17 of a code ask for: (31 − Σ vᵢ·3ⁱ mod 31) mod 31.
func CheckDigit(first17 string) (byte, error) {
	if len(first17) != 17 {
		return 0, fmt.Errorf("a check digit needs 17 characters, not %d", len(first17))
	}
	sum, weight := 0, 1
	for n := range len(first17) {
		v := strings.IndexByte(codeAlphabet, first17[n])
		if v < 0 {
			return 0, fmt.Errorf("character %q is not allowed in a code", first17[n])
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return codeAlphabet[(31-sum%31)%31], nil
}

// Valid reports whether the code is well formed and its check digit right. Real codes with a wrong digit are known, so
// a reviewer may override a failure.
func (c Code) Valid() bool {
	if !c.WellFormed() {
		return false
	}
	want, err := CheckDigit(string(c[:17]))
	return err == nil && want == c[17]
}

// Kind returns the kind of social organization that the code says: 51, 52 or 53. False for any other.
func (c Code) Kind() (Kind, bool) {
	if len(c) < 2 {
		return "", false
	}
	kind, ok := map[Code]Kind{"51": Association, "52": ServiceOrg, "53": Foundation}[c[:2]]
	return kind, ok
}

// Region returns the code of the district, city or province that registered the organization; "100000" is the nation.
func (c Code) Region() string {
	if len(c) < 8 {
		return ""
	}
	return string(c[2:8])
}

// Mask hides the subject part, as the public pages show it: 52440113MJ********.
func (c Code) Mask() string {
	if len(c) != 18 {
		return string(c)
	}
	return string(c[:10]) + "********"
}
