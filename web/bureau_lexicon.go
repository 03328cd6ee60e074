package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/lexicon"
	"zhigang/internal/script"
	"zhigang/internal/search"
)

// lexiconPage is where the operator teaches the search words.
type lexiconPage struct {
	Page
	Form       Form
	Kinds      []Option
	Version    int64
	Candidates []candidateLine
	Missed     []missedLine
	Entries    []lexicon.Entry
	Versions   []versionLine
	// Lines are those that come with the program and hold Sought.
	Sought string
	Lines  []lexicon.Line
	More   bool // there are more of them
}

type candidateLine struct {
	lexicon.Candidate
	Proposed lexicon.Line
}

type missedLine struct {
	lexicon.Missed
	URL, Teach string
}

type versionLine struct {
	lexicon.Version
	Who      string
	Now      bool
	Restored bool
	BackTo   int64 // the version that it brought back
}

const (
	lexiconURL = "/bureau/operations/lexicon"
	// maxLines bounds the lines that a look into the lexicon of the program shows.
	maxLines = 20
)

func (h *handlers) showLexicon(c *gin.Context) error {
	values := url.Values{}
	if text := c.Query("text"); text != "" { // a word that was missed
		values.Set("text", text)
	}
	return h.lexiconPage(c, http.StatusOK, Form{Values: values})
}

func (h *handlers) lexiconPage(c *gin.Context, status int, form Form) error {
	ctx, p := c.Request.Context(), h.printer(c)
	page := &lexiconPage{
		Page: h.deskPage(c, "bureau", p.T("lexicon.title", nil)), Form: form.or("kind", string(lexicon.Synonyms)),
		Sought: strings.TrimSpace(c.Query("q")),
	}
	for _, k := range lexicon.Kinds() {
		page.Kinds = append(page.Kinds, Option{Value: string(k), Label: p.T("lexicon.kind."+string(k), nil), Checked: page.Form.Get("kind") == string(k)})
	}
	candidates, err := h.Lexicon.Candidates(ctx)
	if err != nil {
		return err
	}
	for _, one := range candidates {
		page.Candidates = append(page.Candidates, candidateLine{one, one.Line()})
	}
	missed, err := h.Lexicon.Missed(ctx, maxLines)
	if err != nil {
		return err
	}
	for _, m := range missed {
		page.Missed = append(page.Missed, missedLine{
			m, searchURL(search.Query{Text: m.Text}), lexiconURL + "?" + url.Values{"text": {m.Text + " > "}}.Encode() + "#add",
		})
	}
	if err := h.lexiconVersions(c, page); err != nil {
		return err
	}
	page.findLines()
	return h.page(c, status, "bureau/lexicon", page)
}

// lexiconVersions fills in the last versions, and the entries of the newest.
func (h *handlers) lexiconVersions(c *gin.Context, page *lexiconPage) error {
	const most = 20
	ctx := c.Request.Context()
	versions, err := h.Lexicon.Versions(ctx, most)
	if err != nil {
		return err
	}
	accounts := make([]id.ID, len(versions))
	for n, v := range versions {
		accounts[n] = v.Account
	}
	names, err := h.staffNames(ctx, accounts)
	if err != nil {
		return err
	}
	for n, v := range versions {
		line := versionLine{Version: v, Who: names[v.Account], Now: n == 0, Restored: v.Restores != nil}
		if line.Restored {
			line.BackTo = *v.Restores
		}
		page.Versions = append(page.Versions, line)
	}
	if len(versions) > 0 {
		page.Version = versions[0].Version
	}
	page.Entries, err = h.Lexicon.Entries(ctx, page.Version)
	return err
}

// findLines looks into what comes with the program for synonyms and phrases that are not switched off; its other lines are
// lists of many words.
func (p *lexiconPage) findLines() {
	if p.Sought == "" {
		return
	}
	for _, line := range lexicon.BuiltIn() {
		off := slices.ContainsFunc(p.Entries, func(e lexicon.Entry) bool { return bool(e.Off) && e.Line == line })
		if off || line.Kind != lexicon.Synonyms && line.Kind != lexicon.Phrases || !strings.Contains(line.Text, script.Fold(p.Sought)) {
			continue
		}
		if len(p.Lines) == maxLines {
			p.More = true
			return
		}
		p.Lines = append(p.Lines, line)
	}
}

func (h *handlers) addToLexicon(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	line := lexicon.Line{Kind: lexicon.Kind(form.Get("kind")), Text: form.Get("text")}
	err = h.Lexicon.Add(c.Request.Context(), desk(c), line, form.Get("off") == "1")
	if errs.Is(err, errs.KindConflict) && errs.KeyOf(err) != "error.changed" {
		err = errs.Fields{"text": {Key: errs.KeyOf(err), Params: errs.Params{"max": lexicon.MaxEntries}}}.Err()
	}
	if errs.Is(err, errs.KindInvalid) {
		return h.lexiconPage(c, http.StatusUnprocessableEntity, form.with(err))
	}
	if err != nil {
		return err
	}
	h.flash(c, "flash.lexicon.changed")
	return redirect(c, lexiconURL)
}

func (h *handlers) removeFromLexicon(c *gin.Context) error {
	entry, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := h.Lexicon.Remove(c.Request.Context(), desk(c), entry); err != nil {
		return err
	}
	h.flash(c, "flash.lexicon.changed")
	return redirect(c, lexiconURL)
}

func (h *handlers) restoreLexicon(c *gin.Context) error {
	version, err := strconv.ParseInt(c.Param("version"), 10, 64)
	if err != nil {
		return errs.NotFound("error.not_found")
	}
	if err := h.Lexicon.Restore(c.Request.Context(), desk(c), version); err != nil {
		return err
	}
	h.flash(c, "flash.lexicon.restored")
	return redirect(c, lexiconURL)
}

func (h *handlers) refuseCandidate(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	if err := h.Lexicon.Refuse(c.Request.Context(), desk(c), form.Get("text"), form.Get("instead")); err != nil {
		return err
	}
	h.flash(c, "flash.lexicon.refused")
	return redirect(c, lexiconURL)
}
