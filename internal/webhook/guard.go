package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// guard says to which addresses a request may go. It looks at the address that is dialled, not at the name: names can be
// made to mean another address between a check and the call.
type guard struct {
	allow []netip.Prefix
	// clear says that the request is not encrypted: then it goes nowhere but to allowed addresses.
	clear bool
}

func newGuard(scheme string, allow []string) (guard, error) {
	networks, err := Prefixes(allow)
	if err != nil {
		return guard{}, err
	}
	switch {
	case scheme == "https", scheme == "http" && len(networks) > 0:
		return guard{networks, scheme == "http"}, nil
	case scheme == "http":
		return guard{}, errors.New("the webhook URL must begin with https:, unless the gateway stands in an allowed network")
	}
	return guard{}, fmt.Errorf("the webhook URL must begin with https:, not %q", scheme)
}

// special are networks that are not public, beside those that netip knows by itself.
func special() []netip.Prefix {
	all := []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	}
	out := make([]netip.Prefix, len(all))
	for n, text := range all {
		out[n] = netip.MustParsePrefix(text)
	}
	return out
}

// check returns why a request may not go to an address.
func (g guard) check(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	in := func(p netip.Prefix) bool { return p.Contains(addr) }
	if slices.ContainsFunc(g.allow, in) {
		return nil
	}
	if g.clear {
		return fmt.Errorf("%s is in no allowed network, and the request would not be encrypted", addr)
	}
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || slices.ContainsFunc(special(), in) {
		return fmt.Errorf("%s is not a public address, and in no allowed network", addr)
	}
	return nil
}

func (g guard) dialer() *net.Dialer {
	return &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return g.check(to.Addr())
	}}
}
