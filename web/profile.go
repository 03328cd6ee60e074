package web

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// profilePage is what a person says of themselves, once for all applications.
type profilePage struct {
	Page
	Form    Form
	Next    string // where to go on after saving, "" to stay here
	Missing []string
	Degrees []Option
	Kinds   []Option
	CV      *cvLine
	Changed bool // the profile was saved elsewhere since this form was opened
}

func (h *handlers) showProfile(c *gin.Context) error {
	p, err := h.People.Get(c.Request.Context(), actor(c))
	if err != nil {
		return err
	}
	return h.profilePage(c, http.StatusOK, p, profilePage{Form: h.profileForm(p), Next: nextPath(c.Query("next"))})
}

// profilePage renders the page with what page holds and what p says.
func (h *handlers) profilePage(c *gin.Context, status int, p person.Profile, page profilePage) error {
	t := h.printer(c)
	page.Page = Page{Title: t.T("profile.title", nil), Nav: "me"}
	page.Missing, page.Degrees = p.Missing(), degreeOptions(t)
	for _, k := range position.Kinds() {
		page.Kinds = append(page.Kinds, Option{Value: string(k), Label: t.T("kind."+string(k), nil)})
	}
	var err error
	if page.CV, err = h.cvOf(c.Request.Context(), p.CVID); err != nil {
		return err
	}
	return h.page(c, status, "me/profile", &page)
}

// degreeOptions lists what a person can have reached; "any" is something that only a post asks for.
func degreeOptions(t i18n.Printer) []Option {
	out := []Option{{Label: t.T("profile.choose", nil)}}
	for _, d := range position.Degrees() {
		if d != position.NoDegree {
			out = append(out, Option{Value: string(d), Label: t.T("degree."+string(d), nil)})
		}
	}
	return out
}

// profileForm writes a profile as its form holds it.
func (h *handlers) profileForm(p person.Profile) Form {
	var places []string
	for _, code := range p.WantRegions.V {
		places = append(places, placeText(h.Tree, code))
	}
	pay := ""
	if p.WantPay > 0 {
		pay = position.Yuan(p.WantPay)
	}
	return Form{Values: map[string][]string{
		"degree": {p.Degree}, "school": {p.School}, "major": {p.Major}, "graduated_on": {string(p.GraduatedOn)},
		"skills": {strings.Join(p.Skills.V, "、")}, "about": {p.About}, "want_kinds": p.WantKinds.V,
		"want_regions": {strings.Join(places, "、")}, "want_pay": {pay}, "version": {strconv.Itoa(p.Version)},
	}}
}

func (h *handlers) saveProfile(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request.Context(), actor(c)
	p, err := h.People.Get(ctx, who)
	if err != nil {
		return err
	}
	page := profilePage{Form: form, Next: nextPath(form.Get("next"))}
	before := p
	complaints := h.readProfile(form, &p)
	p.Version, _ = strconv.Atoi(form.Get("version")) // as the person saw it
	err = h.People.Save(ctx, who, p)
	switch {
	case errs.Is(err, errs.KindInvalid):
		page.Form = form.with(sharpen(err, complaints))
		return h.profilePage(c, http.StatusUnprocessableEntity, before, page)
	case errs.Is(err, errs.KindConflict):
		page.Form.Values.Set("version", strconv.Itoa(before.Version))
		page.Changed = true
		return h.profilePage(c, http.StatusConflict, before, page)
	case err != nil:
		return err
	}
	h.flash(c, "flash.saved")
	if page.Next != "" {
		return redirect(c, page.Next)
	}
	return redirect(c, "/me/profile")
}

// readProfile takes the whole form into p. What cannot be read goes in as it is, so that saving refuses it together
// with everything else that is wrong; the complaints say it more clearly.
func (h *handlers) readProfile(form Form, p *person.Profile) errs.Fields {
	complaints := errs.Fields{}
	readEducation(form, p, complaints)
	p.Skills, p.About = db.AsJSON(splitList(form.Get("skills"))), form.Get("about")
	p.WantKinds = db.AsJSON(form.All("want_kinds"))
	p.WantRegions = db.AsJSON([]string{})
	for _, text := range splitList(form.Get("want_regions")) {
		code, ok := findPlace(h.Tree, text)
		if !ok {
			code = text
			complaints.Add("want_regions", "profile.region.unknown", errs.Params{"text": text})
		}
		p.WantRegions.V = append(p.WantRegions.V, code)
	}
	var ok bool
	if p.WantPay, ok = readYuan(form.Get("want_pay")); !ok {
		p.WantPay = -1
		complaints.Add("want_pay", "error.number")
	}
	return complaints
}

// readEducation takes those fields of the form into p that an application for paid work needs.
func readEducation(form Form, p *person.Profile, complaints errs.Fields) {
	p.Degree, p.School, p.Major = form.Get("degree"), form.Get("school"), form.Get("major")
	var ok bool
	if p.GraduatedOn, ok = readGraduation(form.Get("graduated_on")); !ok {
		p.GraduatedOn = calendar.Day(form.Get("graduated_on"))
		complaints.Add("graduated_on", "profile.graduated_on.form")
	}
}

// sharpen puts clearer complaints in the place of those that err carries.
func sharpen(err error, clearer errs.Fields) error {
	fields := errs.Fields{}
	for _, from := range []errs.Fields{clearer, errs.FieldsOf(err)} {
		for name, f := range from {
			fields.Add(name, f.Key, f.Params)
		}
	}
	return fields.Err()
}

// splitList reads a list as people write it: separated by 、 commas, semicolons or line ends.
func splitList(text string) []string {
	out := []string{}
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("、，,；;\r\n", r) }) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// findPlace returns the region that text names, all of it: by its name or by its code.
func findPlace(tree *region.Tree, text string) (string, bool) {
	code, rest, ok := tree.Find(text)
	if place, known := tree.Get(text); known {
		code, rest, ok = place.Code, "", true
	}
	place, known := tree.Get(code)
	return code, ok && known && rest == "" && !place.Retired
}

// placeText names a region in words that findPlace reads.
func placeText(tree *region.Tree, code string) string {
	for _, text := range []string{tree.LocalName(code), tree.FullName(code)} {
		if found, ok := findPlace(tree, text); ok && found == code {
			return text
		}
	}
	return code
}

var dayForm = regexp.MustCompile(`^(\d{4})\D+(\d{1,2})(?:\D+(\d{1,2}))?\D*$`)

// readGraduation reads 2026-06-30, 2026.6.30 and 2026年6月30日; a month alone stands for its last day, and nothing for
// no day.
func readGraduation(text string) (calendar.Day, bool) {
	text = plainDigits(strings.TrimSpace(text))
	if text == "" {
		return "", true
	}
	m := dayForm.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	year, _ := strconv.Atoi(m[1]) // digits
	month, _ := strconv.Atoi(m[2])
	day, _ := strconv.Atoi(m[3])
	if m[3] == "" && month >= 1 && month <= 12 {
		return calendar.DayOf(time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, calendar.China())).Add(-1), true
	}
	d, err := calendar.ParseDay(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
	return d, err == nil
}

// readYuan reads a whole number of yuan and returns fen; nothing is 0.
func readYuan(text string) (int64, bool) {
	text = strings.TrimSuffix(strings.NewReplacer(",", "", "，", "", " ", "").Replace(plainDigits(text)), "元")
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return n * 100, err == nil
}

// plainDigits writes full-width digits as ASCII.
func plainDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, text)
}

// nextPath is localPath for a place to go on to: "" when there is none.
func nextPath(next string) string {
	if next = localPath(next); next == "/" {
		return ""
	}
	return next
}
