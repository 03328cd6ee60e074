package intake

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/org"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// Problem is what is wrong with one field of a row.
type Problem struct {
	Field  Field
	Key    string // of the text
	Params errs.Params
}

// parsed is a row that has been read.
type parsed struct {
	Row      int
	Content  position.Content
	Key      string // see row.identify
	Tag      string
	Tagged   bool // the row brought its tag along
	Twin     bool // an earlier row says the same in every respect
	Problems []Problem
}

// column is what stands in one column.
type column struct {
	at    int
	field Field
	label string // put in front of its texts where several columns say the same field
}

// reading turns the rows of one sheet into positions.
type reading struct {
	places  places
	owner   org.Org
	columns []column
	pay     string         // header of the column of pay
	own     bool           // the sheet is our template: what it leaves open is left open
	unpaid  bool           // the sheet lists roles for volunteers, though no column says so row by row
	seen    map[string]int // rows that have said the same of who, what and where
}

func newReading(tree *region.Tree, owner org.Org, m Mapping, headers []string) *reading {
	r := &reading{places: newPlaces(tree, owner.Region), owner: owner, seen: map[string]int{}}
	times := map[Field]int{}
	for _, f := range m.Columns {
		times[f]++
	}
	for _, at := range slices.Sorted(maps.Keys(m.Columns)) {
		c := column{at: at, field: m.Columns[at]}
		header := ""
		if at < len(headers) {
			header = strings.TrimSpace(headers[at])
		}
		if times[c.field] > 1 && c.field != RegionPart && strings.ContainsFunc(header, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			c.label = header + "："
		}
		if c.field == Pay {
			r.pay = header
		}
		r.unpaid = r.unpaid || times[Kind] == 0 && forVolunteers.MatchString(headerKey(header))
		r.columns = append(r.columns, c)
	}
	r.own = times[AnswerDays] > 0 && times[PayUnit] > 0 && times[Employment] > 0
	return r
}

// row is a row that is being read.
type row struct {
	*reading
	parsed
	cells map[Field]string
}

// read reads one row. What its texts do not state stays empty; only the number of people that a foreign sheet leaves
// open is one.
func (r *reading) read(number int, cells []string) parsed {
	w := &row{reading: r, parsed: parsed{Row: number}, cells: map[Field]string{}}
	for _, c := range r.columns {
		if c.at < len(cells) {
			if text := clean(cells[c.at]); !isBlank(c.field, text) {
				w.cells[c.field] = joined(w.cells[c.field], c.label+text)
			}
		}
	}
	w.who()
	w.where()
	w.asked()
	w.kind()
	w.paid()
	w.counted()
	w.said()
	w.volunteers()
	w.identify()
	return w.parsed
}

func (w *row) problem(f Field, key, text string) {
	w.Problems = append(w.Problems, Problem{f, key, errs.Params{"text": short(text)}})
}

// given reads a cell, and notes what is wrong with it.
func given[T any](w *row, f Field, read func(text string) (T, string)) T {
	value, problem := read(w.cells[f])
	if problem != "" {
		w.problem(f, problem, w.cells[f])
	}
	return value
}

// note keeps what a text says beyond what could be read from it.
func (w *row) note(label, text string) {
	if text != "" {
		w.Content.Conditions = joined(w.Content.Conditions, label+"："+text)
	}
}

// who reads the title and who hires. A unit that is the organization itself is nobody else.
func (w *row) who() {
	c := &w.Content
	c.Title = strings.Join(strings.Fields(w.cells[Title]), " ")
	if c.Title == "" {
		w.problem(Title, "error.required", "")
	}
	if name := strings.Join(strings.Fields(w.cells[Employer]), " "); name != "" && !sameName(name, w.owner.Name) {
		c.Employer, c.EmployerCode = name, w.cells[EmployerCode]
	}
	c.EmployerProfile = w.cells[EmployerProfile]
}

// sameName compares names of units, whichever way their brackets and spaces are written.
func sameName(a, b string) bool {
	return strings.ReplaceAll(plain(a), " ", "") == strings.ReplaceAll(plain(b), " ", "")
}

func (w *row) where() {
	area := w.places.together(strings.ReplaceAll(w.cells[RegionPart], "\n", ""), w.cells[Region])
	code, address, problem := w.places.find(area, w.cells[Address])
	if problem != "" {
		w.problem(Region, problem, area)
	}
	w.Content.Region, w.Content.Address = code, strings.Join(strings.Fields(address), " ")
}

// asked reads what is asked for: the degree, and in words the experience, the majors and the rest.
func (w *row) asked() {
	c := &w.Content
	found := given(w, Degree, readDegree)
	c.Degree = found.degree
	experience := found.experience
	if said := w.cells[Experience]; said != "" && said != experience {
		experience = strings.Join(strings.Fields(experience+" "+said), " ")
	}
	w.cells[Experience] = experience
	lines := []string{}
	if found.more != "" {
		lines = append(lines, "学历要求："+found.more)
	}
	if experience != "" && !strings.Contains(w.cells[Requirements], experience) {
		lines = append(lines, "经验要求："+experience)
	}
	if list, ok := listed(w.cells[Majors], "\n,，、;；/"); ok {
		for _, major := range list {
			c.Majors.V = append(c.Majors.V, majorOf(major))
		}
	} else {
		lines = append(lines, "专业要求："+w.cells[Majors])
	}
	if list, ok := listed(w.cells[Skills], "\n,，、;；|"); ok {
		c.Skills.V = list
	} else {
		lines = append(lines, "技能要求："+w.cells[Skills])
	}
	c.Requirements = joined(lines...)
}

// listed splits a text into the entries of a list. ok is false when they are sentences, or too many. 不限 is an empty
// list.
func listed(text, separators string) (list []string, ok bool) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		part = strings.TrimSpace(part)
		if part != "" && !slices.Contains([]string{"不限", "无", "专业不限", "不限专业", "无要求"}, part) {
			list = append(list, part)
		}
	}
	long := func(part string) bool { return utf8.RuneCountInString(part) > 20 }
	return list, len(list) <= 20 && !slices.ContainsFunc(list, long)
}

// majorOf takes away what is put behind the name of a major: 社会工作等相关专业.
func majorOf(text string) string {
	for _, suffix := range []string{"等相关专业", "等专业", "相关专业", "专业"} {
		if name, cut := strings.CutSuffix(text, suffix); cut && name != "" {
			return name
		}
	}
	return text
}

// kind reads what is offered and the form of employment, which must fit together.
func (w *row) kind() {
	c := &w.Content
	stated := false
	if c.Kind, stated = readKind(w.cells[Kind]); !stated {
		c.Kind, c.InternshipMonths = guessKind(c.Title, w.cells[Experience])
		if w.unpaid && c.Kind == position.Job {
			c.Kind = position.Volunteer
		}
	}
	c.Employment = given(w, Employment, readEmployment)
	switch {
	case c.Employment == "" || slices.Contains(position.Employments(c.Kind), c.Employment):
	case stated:
		w.problem(Employment, "intake.problem.employment", w.cells[Employment])
	default:
		c.Kind = kindsByForm[c.Employment]
	}
	if c.TalentForm = given(w, TalentForm, readTalentForm); c.TalentForm == "" && c.Kind == position.Talent {
		c.TalentForm, _ = readTalentForm(w.cells[Kind])
	}
	if w.cells[InternshipMonths] != "" {
		c.InternshipMonths = given(w, InternshipMonths, readMonths)
	}
}

// perUnits are how a unit is written behind a number.
var perUnits = map[position.Unit]string{
	position.PerMonth: "/月", position.PerDay: "/天", position.PerHour: "/小时", position.PerYear: "/年",
	position.PerTime: "/次",
}

// paid reads the pay from one column, or from columns for its least, its most and its unit.
func (w *row) paid() {
	text, header, from := w.cells[Pay], w.pay, Pay
	if least, most := w.cells[PayMin], w.cells[PayMax]; least != "" || most != "" {
		header, from = "", PayMin
		switch {
		case most == "":
			text = least + "以上"
		case least == "":
			text = most + "以下"
		default:
			text = least + "-" + most
		}
	}
	unit := given(w, PayUnit, readUnit)
	if payUnit(plain(text)) == position.NoPay && strings.ContainsAny(text, "0123456789") {
		text += perUnits[unit]
	}
	pay, note, problem := readPay(text, header)
	if problem != "" {
		w.problem(from, problem, text)
	}
	w.Content.Pay = pay
	w.note("薪酬说明", note)
	if w.cells[PayMonths] != "" {
		w.Content.Months = given(w, PayMonths, readWhole)
	}
}

// counted reads numbers and days.
func (w *row) counted() {
	c := &w.Content
	n, note, problem := readCount(w.cells[Headcount])
	if problem != "" {
		w.problem(Headcount, problem, w.cells[Headcount])
	}
	if c.Headcount = n; w.cells[Headcount] == "" && !w.own {
		c.Headcount = 1
	}
	w.note("招聘人数", note)
	c.ValidUntil = given(w, ValidUntil, readDay)
	c.AnswerDays = given(w, AnswerDays, readWhole)
}

// said takes over what is said in words. Where one text holds the work and what is asked for, it is divided.
func (w *row) said() {
	c := &w.Content
	duties, requirements := w.cells[Duties], w.cells[Requirements]
	if requirements == "" {
		duties, requirements = divide(duties)
	}
	c.Duties = duties
	c.Requirements = joined(c.Requirements, requirements)
	c.Conditions = joined(w.cells[Conditions], c.Conditions)
}

func (w *row) volunteers() {
	c := &w.Content
	c.ServiceTime, c.RiskStatement, c.InsuranceNo = w.cells[ServiceTime], w.cells[RiskStatement], w.cells[InsuranceNo]
	c.Dangerous = db.Bool(given(w, Dangerous, readYes))
	c.Allowance = given(w, Allowance, readAllowance)
}

// identify gives the row its key: the same employer, title, kind and place are the same post, so that a file may come
// in again and a changed pay changes the draft. Rows of one file that say the same of all these are told apart by
// their order, or by the tag that they carry since a sheet of refused rows gave it to them. A row that was copied as a
// whole is no other post.
func (w *row) identify() {
	c := w.Content
	hash := func(parts ...any) string {
		b, _ := json.Marshal(parts) // texts and numbers always become JSON
		sum := sha256.Sum256(b)
		return base64.RawURLEncoding.EncodeToString(sum[:18])
	}
	same := hash(c.Employer, c.Title, string(c.Kind), c.Region, c.Address)
	w.Tag = w.cells[Tag]
	if whole := hash(c, "whole"); w.Tag == "" && len(w.Problems) == 0 {
		if w.Twin = w.seen[whole] > 0; w.Twin {
			return
		}
		w.seen[whole]++
	}
	if w.Tagged = w.Tag != ""; !w.Tagged {
		w.seen[same]++
		w.Tag = strconv.Itoa(w.seen[same])
	}
	for w.Key = hash(same, w.Tag); w.seen[w.Key] > 0; w.Key = hash(same, w.Tag) {
		w.Tag += "+" // the row was copied together with its tag
	}
	w.seen[w.Key]++
}

// retag gives a refused row a tag of its own when it will be another post once it is put right: it must then not pass
// for a row that says the same and was taken.
func (p *parsed) retag() {
	identity := []Field{Title, Kind, Employer, Region, Address, Employment}
	other := slices.ContainsFunc(p.Problems, func(one Problem) bool { return slices.Contains(identity, one.Field) })
	if other && !p.Tagged {
		p.Tag = "r" + strconv.Itoa(p.Row)
	}
}
