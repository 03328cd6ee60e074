package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestATokenIsMadeOnceListedAndTaken(t *testing.T) {
	t.Parallel()
	s, _ := withOrg(t)
	made := decode[map[string]string](t, zhigang(t, s, "token", "create", "--account", "org@example.org", "--label", "大屏", "--read-only", "--days", "7", "--json"))
	list := zhigang(t, s, "token", "list", "--account", "org@example.org").want(t, exitOK, made["id"], "大屏", "read-only")
	if list.out == "" || strings.Contains(list.out, made["token"]) {
		t.Error("the token itself is kept:", list.out)
	}
	p := serving(t, s.with("ZHIGANG_BASE_URL", s.url()))
	me := func(method string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, s.url()+"/api/v1/me/tokens/"+made["id"], http.NoBody)
		if method == http.MethodGet {
			req, err = http.NewRequestWithContext(t.Context(), method, s.url()+"/api/v1/me", http.NoBody)
		}
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+made["token"])
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode
	}
	if get, del := me(http.MethodGet), me(http.MethodDelete); get != http.StatusOK || del != http.StatusForbidden {
		t.Errorf("GET %d, DELETE %d", get, del)
	}
	zhigang(t, s, "token", "revoke", made["id"], "--account", "org@example.org").want(t, exitOK)
	if get := me(http.MethodGet); get != http.StatusUnauthorized {
		t.Errorf("a token that was taken is answered with %d", get)
	}
	if strings.Contains(p.log.String(), made["token"]) {
		t.Error("the token stands in the log")
	}
	zhigang(t, s, "token", "revoke", made["id"], "--account", "org@example.org").want(t, exitFailed)
	zhigang(t, s, "token", "revoke", "x", "--account", "org@example.org").want(t, exitUsage)
	zhigang(t, s, "token", "create", "--account", "org@example.org", "--days", "400").want(t, exitUsage, "365")
	zhigang(t, s, "token", "create", "--account", "nobody@example.org").want(t, exitFailed, "nobody@example.org")
}
