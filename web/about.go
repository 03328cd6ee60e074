package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/search"
)

// aboutPage says what the site is, how it orders, what it keeps of people, and where it falls short.
type aboutPage struct {
	Page
	SiteURL string
	Version string
	Formula map[string]any // the numbers of the order of a search
}

func (h *handlers) showAbout(c *gin.Context) error {
	t := h.printer(c)
	return h.show(c, "about", &aboutPage{
		Page:    Page{Title: t.T("about.title", nil), Description: t.T("about.lead", nil), Canonical: h.BaseURL + "/about"},
		SiteURL: h.BaseURL, Version: h.Version, Formula: search.Formula(),
	})
}

// securityLife is how long security.txt stands for: it is written anew at every request.
const securityLife = 180 * 24 * time.Hour

// showSecurity tells who finds a weakness where to report it (RFC 9116).
func (h *handlers) showSecurity(c *gin.Context) error {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + ": " + value + "\n") }
	if h.Operator.Email != "" {
		line("Contact", "mailto:"+h.Operator.Email)
	}
	if phone := plainPhone(h.Operator.Phone); phone != "" {
		line("Contact", "tel:"+phone)
	}
	if b.Len() == 0 {
		line("Contact", h.BaseURL+"/about")
	}
	line("Expires", h.today().Start().Add(securityLife).Format(time.RFC3339))
	line("Preferred-Languages", "zh, en")
	line("Canonical", h.BaseURL+"/.well-known/security.txt")
	c.Header("Cache-Control", sitemapAge)
	c.String(http.StatusOK, "%s", b.String())
	return nil
}

// plainPhone writes a number of China as a tel: address takes it; "" for something else.
func plainPhone(text string) string {
	digits := strings.NewReplacer("-", "", " ", "", "（", "", "）", "", "(", "", ")", "").Replace(text)
	if digits == "" || strings.Trim(digits, "+0123456789") != "" {
		return ""
	}
	if strings.HasPrefix(digits, "+") {
		return digits
	}
	return "+86" + strings.TrimPrefix(digits, "0")
}

// showChangePassword leads password managers to where a password is changed.
func (h *handlers) showChangePassword(c *gin.Context) error { return redirect(c, "/account#password") }
