package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"

	"zhigang/internal/errs"
)

// parts are the files inside an XLSX by their names in lower case: programs do not agree on the case.
type parts map[string]*zip.File

// openZip reads the directory of an XLSX and refuses what must not be unpacked.
func openZip(content []byte, l Limits) (parts, error) {
	if bytes.Count(content, []byte("PK\x01\x02")) > l.Parts { // entries of the directory, counted before it is read
		return nil, errs.TooLarge("sheet.unzipped")
	}
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, errs.Invalid("sheet.damaged").Because(err)
	}
	all, left, ratio := parts{}, uint64(l.Unzipped), uint64(l.Ratio)
	for _, f := range z.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		switch {
		case f.Flags&1 != 0:
			return nil, errs.Invalid("sheet.encrypted")
		case f.UncompressedSize64 > left, f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/ratio > f.CompressedSize64:
			return nil, errs.TooLarge("sheet.unzipped")
		case path.Base(name) == "vbaproject.bin", strings.HasPrefix(name, "xl/macrosheets/"):
			return nil, errs.Invalid("sheet.macros")
		case strings.HasPrefix(name, "xl/externallinks/"):
			return nil, errs.Invalid("sheet.links")
		case all[name] != nil:
			return nil, broken("part %s stands there twice", name)
		}
		left -= f.UncompressedSize64
		all[name] = f
	}
	return all, nil
}

// decode reads a small part into v.
func (p parts) decode(name string, l Limits, v any) error {
	f := p[name]
	if f == nil {
		return broken("part %s is missing", name)
	}
	if _, err := scan(f, l); err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return broken("%s: %w", name, err)
	}
	defer func() { _ = r.Close() }() // read only
	if err := xml.NewDecoder(io.LimitReader(r, 4<<20)).Decode(v); err != nil {
		return broken("%s: %w", name, err)
	}
	return nil
}

// relations are what a part refers to.
type relations struct {
	List []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// related reads what the part of that name refers to.
func (p parts) related(name string, l Limits) (relations, error) {
	var r relations
	dir, base := path.Split(name)
	err := p.decode(dir+"_rels/"+base+".rels", l, &r)
	for n, one := range r.List {
		target := strings.ReplaceAll(one.Target, `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = "/" + dir + target
		}
		r.List[n].Target = strings.ToLower(strings.TrimPrefix(path.Clean(target), "/"))
	}
	return r, err
}

// one returns the part of a kind of relation, "" when there is none.
func (r relations) one(kind string) string {
	for _, one := range r.List {
		if path.Base(one.Type) == kind {
			return one.Target
		}
	}
	return ""
}

// workbook is what is needed of the part that names the sheets.
type workbook struct {
	XMLName    xml.Name
	Properties struct {
		Date1904 string `xml:"date1904,attr"`
	} `xml:"workbookPr"`
	Sheets []struct {
		Name  string     `xml:"name,attr"`
		State string     `xml:"state,attr"`
		Attrs []xml.Attr `xml:",any,attr"`
	} `xml:"sheets>sheet"`
}

// openXLSX finds the sheets of an XLSX, walks through each, and reads what all of them share.
func openXLSX(content []byte, l Limits) (*File, error) {
	p, err := openZip(content, l)
	if err != nil {
		return nil, err
	}
	if p["_rels/.rels"] == nil {
		return nil, errs.Invalid("sheet.type")
	}
	root, err := p.related("", l)
	if err != nil {
		return nil, err
	}
	name := root.one("officeDocument")
	if path.Ext(name) == ".bin" { // the binary form, .xlsb
		return nil, errs.Invalid("sheet.type")
	}
	var book workbook
	if err := p.decode(name, l, &book); err != nil {
		return nil, err
	}
	if book.XMLName.Local != "workbook" {
		return nil, errs.Invalid("sheet.type")
	}
	related, err := p.related(name, l)
	if err != nil {
		return nil, err
	}
	r := &reader{limits: l, sheets: map[string]worksheet{}}
	if r.strings, err = readStrings(p[related.one("sharedStrings")], l); err != nil {
		return nil, err
	}
	if r.days, err = readStyles(p, related.one("styles"), l); err != nil {
		return nil, err
	}
	r.days.from1904 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	f := &File{rows: r.rows}
	for _, s := range book.Sheets {
		part := p[related.target(s.Attrs)]
		if part == nil || s.State == "hidden" || s.State == "veryHidden" {
			continue
		}
		found, err := scan(part, l)
		if err != nil {
			return nil, err
		}
		r.sheets[s.Name] = worksheet{part, found}
		f.sheets = append(f.sheets, Sheet{Name: s.Name, Rows: found.lastRow})
	}
	if len(f.sheets) == 0 {
		return nil, errs.Invalid("sheet.empty")
	}
	return f, nil
}

// target returns the part of the worksheet whose attributes are given: they hold the id of a relation.
func (r relations) target(attrs []xml.Attr) string {
	for _, a := range attrs {
		if a.Name.Local != "id" {
			continue
		}
		for _, one := range r.List {
			if one.ID == a.Value && path.Base(one.Type) == "worksheet" {
				return one.Target
			}
		}
	}
	return ""
}

// broken says that a file is damaged; the format and its arguments are for the log.
func broken(format string, args ...any) error {
	return errs.Invalid("sheet.damaged").Because(fmt.Errorf(format, args...))
}
