package web

import (
	"bytes"
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"zhigang/internal/application"
	"zhigang/internal/audit"
	"zhigang/internal/db"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/org"
	"zhigang/internal/sheet"
)

// maxExport is how many applicants one sheet holds at most.
const maxExport = 5000

// exportApplicants sends the applicants of a view as a workbook. It takes personal data out of the site, so it is asked
// for by a form and written into the audit, with how many rows were taken.
func (h *handlers) exportApplicants(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	owner, err := pathID(c, "org")
	if err != nil {
		return err
	}
	ctx, who := c.Request.Context(), actor(c)
	o, err := h.Orgs.Get(ctx, who, owner)
	if err != nil {
		return err
	}
	lines, err := h.exported(c, owner, readView(form.Values))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if _, err := h.applicantSheet(c, lines).WriteTo(&out); err != nil {
		return err
	}
	if err := h.DB.Write(ctx, func(tx *db.Tx) error { return auditExport(c, tx, o, len(lines)) }); err != nil {
		return err
	}
	day := strings.ReplaceAll(string(h.today()), "-", "")
	return sendXLSX(c, h.printer(c).T("console.export.file", map[string]any{"org": o.Name, "day": day}), out.Bytes())
}

// sendXLSX sends a workbook that was made for the reader.
func sendXLSX(c *gin.Context, name string, content []byte) error {
	filename := map[string]string{"filename": file.CleanName(name)} // written as RFC 5987 asks when it is not ASCII
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", filename))
	c.Data(http.StatusOK, file.XLSX, content)
	return nil
}

func auditExport(c *gin.Context, tx *db.Tx, o org.Org, rows int) error {
	return audit.Add(c.Request.Context(), tx, actor(c), audit.Entry{
		Verb: "application.export", SubjectKind: "org", Subject: o.ID, Region: o.Region, Note: number(rows),
	})
}

// exported reads all applicants of a view, up to maxExport.
func (h *handlers) exported(c *gin.Context, owner id.ID, view applicantsView) ([]applicantLine, error) {
	const step = 200
	var all []applicantLine
	for len(all) < maxExport {
		listed, err := h.Applications.OnDesk(c.Request.Context(), actor(c), owner, view.desk(step, len(all)))
		if err != nil {
			return nil, err
		}
		lines, err := h.applicantLines(listed)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
		if len(listed) < step {
			break
		}
	}
	return all, nil
}

// applicantSheet writes the workbook. Telephone and e-mail are shown as on the page of the applicant.
func (h *handlers) applicantSheet(c *gin.Context, lines []applicantLine) *sheet.XLSX {
	p := h.printer(c)
	column := func(key string, width float64, format sheet.Format) sheet.Column {
		return sheet.Column{Title: p.T("console.export."+key, nil), Width: width, Format: format}
	}
	w := sheet.NewXLSX()
	w.Sheet(p.T("console.applications.title", nil),
		column("post", 28, sheet.Text), column("kind", 10, sheet.Text), column("name", 12, sheet.Text),
		column("mobile", 18, sheet.Code),
		column("email", 24, sheet.Code), column("degree", 8, sheet.Text), column("school", 22, sheet.Text),
		column("major", 18, sheet.Text),
		column("graduated_on", 12, sheet.Day), column("skills", 24, sheet.Text), column("state", 10, sheet.Text),
		column("applied", 17, sheet.Instant), column("answer_by", 12, sheet.Day), column("answered", 17, sheet.Instant),
		column("placement", 14, sheet.Text), column("message", 40, sheet.Text))
	for _, l := range lines {
		email, mobile := contactOf(l.Application, l.Sent)
		w.Row(l.Title, p.T("kind."+string(l.Kind), nil), l.Sent.Name, mobile, email,
			p.T("degree."+l.Sent.Degree, nil), l.Sent.School, l.Sent.Major,
			l.Sent.GraduatedOn, joinList(p, l.Sent.Skills), p.T("console.state."+string(l.State), nil), l.CreatedAt, l.AnswerBy,
			l.AnsweredAt,
			placementText(p.T, l.PlacementState), l.Message)
	}
	return w
}

func placementText(t func(string, map[string]any) string, s application.PlacementState) string {
	if s == "" {
		return ""
	}
	return t("console.placement."+string(s), nil)
}
