package web

import (
	"encoding/json"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhigang/internal/auth"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/intake"
)

// importView is a sheet of positions and how far it has come.
type importView struct {
	ID        id.ID        `json:"id"`
	Org       id.ID        `json:"org"`
	Name      string       `json:"name"`
	State     intake.State `json:"state"`
	Problem   *problemText `json:"problem"` // why it failed as a whole
	Total     int          `json:"total"`   // number of the last row
	Done      int          `json:"done"`    // number of the last row that has been dealt with
	Counts    importCounts `json:"counts"`
	Mapping   mappingView  `json:"mapping"`
	Refused   *string      `json:"refused"` // where the rows that were not taken can be had
	CreatedAt stamp        `json:"created_at"`
	StartedAt stamp        `json:"started_at"`
	EndedAt   stamp        `json:"ended_at"`
}

// importCounts are what became of the rows.
type importCounts struct {
	Rows       int            `json:"rows"`
	Added      int            `json:"added"`
	Changed    int            `json:"changed"`
	Same       int            `json:"same"`
	Failed     int            `json:"failed"`
	Incomplete int            `json:"incomplete"` // drafts that still lack particulars
	Missing    map[string]int `json:"missing"`    // how many lack each
}

// problemText is a reason with its key.
type problemText struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// mappingView says which column of a sheet means what. Columns are numbered from 0, rows from 1.
type mappingView struct {
	Sheet   string            `json:"sheet"`
	Header  int32             `json:"header"`
	Columns map[string]string `json:"columns"`
}

func newMappingView(m intake.Mapping) mappingView {
	v := mappingView{m.Sheet, int32(m.Header), map[string]string{}}
	for at, field := range m.Columns {
		v.Columns[strconv.Itoa(at)] = string(field)
	}
	return v
}

// take reads the numbers of the columns; nil lets the mapping be guessed.
func (v *mappingView) take() (intake.Mapping, error) {
	if v == nil {
		return intake.Mapping{}, nil
	}
	m := intake.Mapping{Sheet: v.Sheet, Header: int(v.Header), Columns: map[int]intake.Field{}}
	bad := errs.Fields{}
	for at, field := range v.Columns {
		n, err := strconv.Atoi(at)
		if err != nil || n < 0 || n > 1000 {
			bad.Add("mapping.columns", "error.number")
		}
		m.Columns[n] = intake.Field(field)
	}
	return m, bad.Err()
}

func (h *handlers) importView(c *gin.Context, in intake.Intake) importView {
	n := in.Counts.V
	v := importView{
		ID: in.ID, Org: in.Org, Name: in.Name, State: in.State, Total: in.Total, Done: in.Done, Mapping: newMappingView(in.Mapping.V),
		Counts:    importCounts{n.Rows, n.Added, n.Changed, n.Same, n.Failed, n.Incomplete, map[string]int{}},
		CreatedAt: stamp(in.CreatedAt), StartedAt: stamp(in.StartedAt), EndedAt: stamp(in.EndedAt),
	}
	for field, count := range n.Missing {
		v.Counts.Missing[inAPI(field)] = count
	}
	if reason := in.Problem.V; reason.Key != "" {
		v.Problem = &problemText{reason.Key, translate(h.printer(c), reason.Key, reason.Params)}
	}
	if in.Errors != 0 {
		v.Refused = orNull(h.BaseURL + apiRoot + "/imports/" + in.ID.String() + "/refused")
	}
	return v
}

// apiImport takes a sheet for an organization and, unless start is "false", lets its rows be taken with the mapping that was
// given, or else guessed. The same sheet again changes nothing.
func (h *handlers) apiImport(c *gin.Context) (reply, error) {
	ctx, who := c.Request.Context(), actor(c)
	name, content, err := readUpload(c, "sheet", "org", "start", "mapping")
	if err != nil {
		return reply{}, err
	}
	owner, mapping, err := readImport(c)
	if err != nil {
		return reply{}, err
	}
	if err := needOrg(c, owner, auth.Editor); err != nil {
		return reply{}, err
	}
	in, err := h.Intakes.Upload(ctx, who, owner, name, lang(c), content)
	if err != nil {
		return reply{}, err
	}
	if c.PostForm("start") != "false" {
		if err := h.Intakes.Start(ctx, who, in.ID, mapping); err != nil {
			return reply{}, err
		}
	}
	r, err := h.importNow(c, in.ID)
	return made(apiRoot+"/imports/"+in.ID.String(), r.Body), err
}

// readImport reads the fields beside the sheet.
func readImport(c *gin.Context) (owner id.ID, m intake.Mapping, err error) {
	bad := errs.Fields{}
	if owner, err = id.Parse(c.PostForm("org")); err != nil {
		bad.Add("org", "error.id")
	}
	among(bad, "start", c.PostForm("start"), []string{"true", "false"})
	var given *mappingView
	if text := c.PostForm("mapping"); text != "" {
		given = &mappingView{}
		if !json.Valid([]byte(text)) {
			bad.Add("mapping", "api.field.type", errs.Params{"type": "api.type.object"})
		} else {
			readPart(given, text, "mapping", bad)
		}
	}
	if err := bad.Err(); err != nil {
		return 0, m, err
	}
	m, err = given.take()
	return owner, m, err
}

func (h *handlers) importNow(c *gin.Context, one id.ID) (reply, error) {
	in, err := h.Intakes.Get(c.Request.Context(), actor(c), one)
	return shown(h.importView(c, in)), err
}

func (h *handlers) apiShowImport(c *gin.Context) (reply, error) {
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	return h.importNow(c, one)
}

// apiListImports lists the sheets of an organization, the newest hundred.
func (h *handlers) apiListImports(c *gin.Context) (reply, error) {
	q := queryOf(c)
	owner := q.id("org")
	if owner == 0 {
		q.bad.Add("org", "error.required")
	}
	if err := q.Err(); err != nil {
		return reply{}, err
	}
	if err := needOrg(c, owner, auth.Viewer); err != nil {
		return reply{}, err
	}
	all, err := h.Intakes.List(c.Request.Context(), actor(c), owner, 100)
	out := apiList[importView]{Items: []importView{}}
	for _, in := range all {
		out.Items = append(out.Items, h.importView(c, in))
	}
	return shown(out), err
}

// previewView is what an uploaded sheet would become.
type previewView struct {
	Sheets   []string     `json:"sheets"`
	Mapping  mappingView  `json:"mapping"`
	Columns  []columnView `json:"columns"`
	Unmapped []string     `json:"unmapped"` // headers of columns that are left out
	Rows     []intake.Dry `json:"rows"`     // the first ones
}

type columnView struct {
	At      int      `json:"at"`
	Name    string   `json:"name"`
	Header  string   `json:"header"`
	Field   string   `json:"field"` // "" when the column is left out
	Samples []string `json:"samples"`
}

func (h *handlers) apiPreviewImport(c *gin.Context) (reply, error) {
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	p, err := h.Intakes.Preview(c.Request.Context(), actor(c), one, intake.Mapping{}, h.printer(c))
	if err != nil {
		return reply{}, err
	}
	out := previewView{
		Sheets: listOf(p.Sheets), Mapping: newMappingView(p.Mapping), Columns: []columnView{}, Unmapped: listOf(p.Unmapped), Rows: listOf(p.Rows),
	}
	for _, col := range p.Columns {
		out.Columns = append(out.Columns, columnView{col.At, col.Name, col.Header, string(col.Field), listOf(col.Samples)})
	}
	return shown(out), nil
}

// apiStartImport lets the rows of a sheet be taken that was only uploaded, or that failed.
func (h *handlers) apiStartImport(c *gin.Context) (reply, error) {
	var in struct {
		Mapping *mappingView `json:"mapping"`
	}
	if err := readOptional(c, &in); err != nil {
		return reply{}, err
	}
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	m, err := in.Mapping.take()
	if err != nil {
		return reply{}, err
	}
	if err := h.Intakes.Start(c.Request.Context(), actor(c), one, m); err != nil {
		return reply{}, err
	}
	return h.importNow(c, one)
}

// apiShowRefused sends the rows that were not taken as a sheet, with a column of reasons.
func (h *handlers) apiShowRefused(c *gin.Context) (reply, error) {
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	name, content, err := h.Intakes.Refused(c.Request.Context(), actor(c), one)
	if err != nil {
		return reply{}, err
	}
	return reply{sent: true}, sendXLSX(c, name, content)
}

// apiShowTemplate sends the sheet to fill in, in the language that was asked for.
func (h *handlers) apiShowTemplate(c *gin.Context) (reply, error) {
	return reply{sent: true}, h.downloadTemplate(c)
}
