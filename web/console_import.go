package web

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/internal/intake"
	"zhigang/internal/position"
)

// importsPage offers the template, takes a sheet, and lists those that came in before.
type importsPage struct {
	consolePage
	Form Form
	Past []intake.Intake
}

const pastImports = 20

func (h *handlers) listImports(c *gin.Context) error { return h.importsPage(c, http.StatusOK, Form{}) }

func (h *handlers) importsPage(c *gin.Context, status int, form Form) error {
	base, err := h.console(c, "positions", h.printer(c).T("console.import.title", nil))
	if err != nil {
		return err
	}
	page := &importsPage{consolePage: base, Form: form}
	if page.Past, err = h.Intakes.List(c.Request.Context(), actor(c), base.Org.ID, pastImports); err != nil {
		return err
	}
	return h.page(c, status, "console/imports", page)
}

func (h *handlers) downloadTemplate(c *gin.Context) error {
	p := h.printer(c)
	content, err := h.Intakes.Template(p)
	if err != nil {
		return err
	}
	return sendXLSX(c, p.T("intake.template.file", nil), content)
}

// uploadSheet keeps a sheet and leads to its preview. Nothing is imported yet.
func (h *handlers) uploadSheet(c *gin.Context) error {
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	name, content, err := upload(c, "sheet")
	if err != nil {
		return err
	}
	if name == "" {
		err = errs.Fields{"sheet": {Key: "console.import.choose"}}.Err()
	}
	var in intake.Intake
	if err == nil {
		in, err = h.Intakes.Upload(c.Request.Context(), actor(c), owner, name, lang(c), content)
	}
	if errs.Is(err, errs.KindTooLarge) { // said where the file was chosen
		said, _ := refusal(err)
		large := errs.Fields{"sheet": {Key: said.Key, Params: said.Params}}
		return h.importsPage(c, http.StatusRequestEntityTooLarge, Form{}.with(large.Err()))
	}
	if errs.Is(err, errs.KindInvalid) {
		return h.importsPage(c, http.StatusUnprocessableEntity, Form{}.with(err))
	}
	if err != nil {
		return err
	}
	return redirect(c, consolePath(owner, "/import/"+in.ID.String()))
}

// importPage is one sheet: what its columns are taken for, how far it has come, or what became of it.
type importPage struct {
	consolePage
	Intake  intake.Intake
	Form    Form
	Refused *FieldError

	// Before it is started.
	Mapping intake.Mapping
	Sheets  []Option
	Columns []columnLine
	Rows    []sheetLine

	// While it runs.
	Percent int
	Still   bool // the page does not load itself again

	// Afterwards.
	Missing []missingLine
}

// columnLine is a column of the sheet with the choice of what it means.
type columnLine struct {
	intake.Column
	Options []Option
}

// sheetLine is a row as it would be imported.
type sheetLine struct {
	intake.Dry
	Paid position.Pay
}

// missingLine says how many drafts lack a particular.
type missingLine struct {
	Field string
	Count int
}

// intakeOf returns the sheet that the path names. NotFound unless it is one of the organization that the path names.
func (h *handlers) intakeOf(c *gin.Context) (intake.Intake, error) {
	owner, err := pathID(c, "org")
	if err != nil {
		return intake.Intake{}, err
	}
	one, err := pathID(c, "id")
	if err != nil {
		return intake.Intake{}, err
	}
	in, err := h.Intakes.Get(c.Request.Context(), actor(c), one)
	if err == nil && in.Org != owner {
		return intake.Intake{}, errs.NotFound("error.not_found")
	}
	return in, err
}

// refreshEvery is how often the page of a running sheet loads itself again.
const refreshEvery = "2"

func (h *handlers) showImport(c *gin.Context) error {
	in, err := h.intakeOf(c)
	if err != nil {
		return err
	}
	page := importPage{Intake: in}
	switch in.State { //nolint:exhaustive // what has ended is only shown
	case intake.Uploaded:
		return h.previewPage(c, http.StatusOK, page, intake.Mapping{}, nil)
	case intake.Running:
		page.Still = c.Query("still") == "1"
		if in.Total > 0 {
			page.Percent = min(100, in.Done*100/in.Total)
		}
		if !page.Still { // the same as <meta http-equiv=refresh>; a link on the page turns it off (WCAG 2.2.1)
			c.Header("Refresh", refreshEvery)
		}
	}
	return h.importPage(c, http.StatusOK, page)
}

func (h *handlers) importPage(c *gin.Context, status int, page importPage) error {
	base, err := h.console(c, "positions", page.Intake.Name)
	if err != nil {
		return err
	}
	page.consolePage = base
	for field, n := range page.Intake.Counts.V.Missing {
		page.Missing = append(page.Missing, missingLine{field, n})
	}
	slices.SortFunc(page.Missing, func(a, b missingLine) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Field, b.Field)
	})
	return h.page(c, status, "console/import", &page)
}

// previewPage shows what the columns are taken for; refused is why the sheet could not be started.
func (h *handlers) previewPage(c *gin.Context, status int, page importPage, m intake.Mapping, refused error) error {
	p := h.printer(c)
	preview, err := h.Intakes.Preview(c.Request.Context(), actor(c), page.Intake.ID, m, p)
	if errs.Is(err, errs.KindInvalid) && refused == nil { // a row that holds no headers: say so, and guess again
		refused, status = err, http.StatusUnprocessableEntity
		preview, err = h.Intakes.Preview(c.Request.Context(), actor(c), page.Intake.ID, intake.Mapping{}, p)
	}
	if err != nil {
		return err
	}
	page.Form = page.Form.with(refused)
	if said, ok := refusal(refused); ok && len(page.Form.Errors) == 0 {
		page.Refused = &said
	}
	page.Mapping = preview.Mapping
	for _, row := range preview.Rows {
		fen := func(yuan float64) int64 { return int64(math.Round(yuan * 100)) }
		paid := position.Pay{Min: fen(row.Pay.Min), Max: fen(row.Pay.Max), Unit: row.Pay.Unit, Months: row.Pay.Months}
		page.Rows = append(page.Rows, sheetLine{row, paid})
	}
	for _, name := range preview.Sheets {
		page.Sheets = append(page.Sheets, Option{Value: name, Label: name, Checked: name == preview.Mapping.Sheet})
	}
	for _, column := range preview.Columns {
		page.Columns = append(page.Columns, columnLine{column, fieldOptions(p, column.Field)})
	}
	return h.importPage(c, status, page)
}

// fieldOptions lists what a column may mean.
func fieldOptions(p i18n.Printer, current intake.Field) []Option {
	out := []Option{{Label: p.T("console.import.leave_out", nil), Checked: current == ""}}
	for _, f := range intake.Fields() {
		out = append(out, Option{Value: string(f), Label: p.T("intake.field."+string(f), nil), Checked: f == current})
	}
	return out
}

// takeMapping looks at the sheet with another mapping, or starts it.
func (h *handlers) takeMapping(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	in, err := h.intakeOf(c)
	if err != nil {
		return err
	}
	page, m := importPage{Intake: in, Form: form}, readMapping(form.Values)
	switch form.Get("do") {
	case "sheet": // another sheet, whose columns are guessed
		return h.previewPage(c, http.StatusOK, page, intake.Mapping{Sheet: form.Get("sheet")}, nil)
	case "preview":
		return h.previewPage(c, http.StatusOK, page, m, nil)
	}
	err = h.Intakes.Start(c.Request.Context(), actor(c), in.ID, m)
	switch {
	case errs.KeyOf(err) == "intake.started": // the same form came before
	case told(err) && in.File != 0 && (in.State == intake.Uploaded || in.State == intake.Failed):
		return h.previewPage(c, statusOf(err), page, m, err)
	case err != nil:
		return err
	}
	return redirect(c, consolePath(in.Org, "/import/"+in.ID.String()))
}

// readMapping takes from the form what the columns mean.
func readMapping(v url.Values) intake.Mapping {
	m := intake.Mapping{Sheet: v.Get("sheet"), Columns: map[int]intake.Field{}}
	m.Header, _ = parseWhole(v.Get("header")) // a row that is none is refused
	for name := range v {
		at, isColumn := strings.CutPrefix(name, "column-")
		n, err := strconv.Atoi(at)
		if field := v.Get(name); isColumn && err == nil && n >= 0 && field != "" {
			m.Columns[n] = intake.Field(field)
		}
	}
	return m
}

// downloadRefused sends the rows that were not taken, with a column of reasons.
func (h *handlers) downloadRefused(c *gin.Context) error {
	in, err := h.intakeOf(c)
	if err != nil {
		return err
	}
	name, content, err := h.Intakes.Refused(c.Request.Context(), actor(c), in.ID)
	if err != nil {
		return err
	}
	return sendXLSX(c, name, content)
}
