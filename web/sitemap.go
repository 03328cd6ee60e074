package web

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/db"
	"zhigang/internal/errs"
)

// The site map (sitemaps.org): an index, and pages of at most sitemapSize addresses each.
type (
	sitemapIndex struct {
		XMLName xml.Name      `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
		Maps    []sitemapLine `xml:"sitemap"`
	}
	sitemapPage struct {
		XMLName xml.Name      `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []sitemapLine `xml:"url"`
	}
	sitemapLine struct {
		Loc     string `xml:"loc"`
		LastMod string `xml:"lastmod,omitempty"`
	}
)

const (
	// sitemapSize keeps a page around a megabyte; the protocol allows 50,000 addresses.
	sitemapSize = 10_000
	sitemapXML  = "application/xml; charset=utf-8"
	sitemapAge  = "public, max-age=3600"
)

func (h *handlers) showSitemap(c *gin.Context) error {
	ctx := c.Request.Context()
	open, err := h.Positions.CountOnShow(ctx)
	if err != nil {
		return err
	}
	posts := 0
	for _, one := range open {
		posts += one.Posts
	}
	orgs, err := h.Orgs.CountApproved(ctx)
	if err != nil {
		return err
	}
	var index sitemapIndex
	add := func(name string) {
		index.Maps = append(index.Maps, sitemapLine{Loc: h.BaseURL + "/sitemaps/" + name + ".xml"})
	}
	add("pages")
	for _, one := range []struct {
		name  string
		count int
	}{{"positions", posts}, {"orgs", orgs}} {
		for n := range (one.count + sitemapSize - 1) / sitemapSize {
			add(fmt.Sprintf("%s-%d", one.name, n+1))
		}
	}
	return h.sendXML(c, sitemapXML, sitemapAge, index)
}

// showSitemapPage gives pages.xml, positions-N.xml and orgs-N.xml. NotFound for every other name.
func (h *handlers) showSitemapPage(c *gin.Context) error {
	name, isXML := strings.CutSuffix(c.Param("name"), ".xml")
	if !isXML {
		return errs.NotFound("error.not_found")
	}
	var page sitemapPage
	add := func(path string, changed db.Time) {
		line := sitemapLine{Loc: h.BaseURL + path}
		if !changed.IsZero() {
			line.LastMod = atomTime(changed.Time)
		}
		page.URLs = append(page.URLs, line)
	}
	if name == "pages" {
		for _, path := range []string{"/", "/positions", "/about"} {
			add(path, db.Time{})
		}
		return h.sendXML(c, sitemapXML, sitemapAge, page)
	}
	noun, text, _ := strings.Cut(name, "-")
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1000 {
		return errs.NotFound("error.not_found")
	}
	ctx, offset := c.Request.Context(), (n-1)*sitemapSize
	switch noun {
	case "positions":
		all, err := h.Positions.Dates(ctx, sitemapSize, offset)
		if err != nil {
			return err
		}
		for _, p := range all {
			add("/positions/"+p.ID.String(), p.UpdatedAt)
		}
	case "orgs":
		all, err := h.Orgs.Dates(ctx, sitemapSize, offset)
		if err != nil {
			return err
		}
		for _, o := range all {
			add("/orgs/"+o.ID.String(), o.UpdatedAt)
		}
	}
	if len(page.URLs) == 0 {
		return errs.NotFound("error.not_found")
	}
	return h.sendXML(c, sitemapXML, sitemapAge, page)
}

// showRobots asks search engines to read lists and details and to leave alone what is personal, and filters upon
// filters. A demo is nothing for them at all.
func (h *handlers) showRobots(c *gin.Context) error {
	c.Header("Cache-Control", sitemapAge)
	if h.Demo {
		c.String(http.StatusOK, "User-agent: *\nDisallow: /\n")
		return nil
	}
	var b strings.Builder
	b.WriteString("User-agent: *\nAllow: /\n")
	for _, path := range []string{
		"/me", "/console", "/bureau", "/api/", "/account", "/login", "/register", "/password", "/setup", "/unsubscribe",
		"/positions/*/apply", "/positions?*&", "/positions?*q=", "/positions?*page=",
	} {
		b.WriteString("Disallow: " + path + "\n")
	}
	b.WriteString("\nSitemap: " + h.BaseURL + "/sitemap.xml\n")
	c.String(http.StatusOK, "%s", b.String())
	return nil
}
