package file

import (
	"archive/zip"
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"unicode/utf8"
)

// Media types that are known.
const (
	PDF  = "application/pdf"
	JPEG = "image/jpeg"
	PNG  = "image/png"
	DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	CSV  = "text/csv"
)

var errType = errors.New("not an allowed type of file")

// Sniff tells by the bytes which of the allowed media types content is.
func Sniff(content []byte, allowed []string) (string, error) {
	media := ""
	switch {
	case bytes.HasPrefix(content, []byte("%PDF-")):
		media = PDF
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		media = JPEG
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		media = PNG
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		media = sniffOffice(content)
	case slices.Contains(allowed, CSV) && looksLikeText(content):
		media = CSV
	}
	if !slices.Contains(allowed, media) {
		return "", errType
	}
	return media, nil
}

// sniffOffice looks into the directory of a zip file only: nothing is unpacked. A document that
// carries programs is none, since people open it; of a sheet only the cells are ever read.
func sniffOffice(content []byte) string {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return ""
	}
	media := ""
	for _, f := range z.File {
		switch {
		case strings.EqualFold(f.Name, "word/vbaProject.bin"):
			return ""
		case media == "" && strings.HasPrefix(f.Name, "word/"):
			media = DOCX
		case media == "" && strings.HasPrefix(f.Name, "xl/"):
			media = XLSX
		}
	}
	return media
}

// looksLikeText accepts UTF-8, and GBK, whose bytes are never control characters.
func looksLikeText(content []byte) bool {
	head := content[:min(len(content), 4096)]
	if utf8.Valid(head) && !bytes.ContainsRune(head, 0) {
		return true
	}
	return !bytes.ContainsFunc(head, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' })
}

// maxPixels bounds the memory that drawing a picture anew takes: four bytes each.
const maxPixels = 25_000_000

// redraw decodes and encodes pictures, so that nothing but the picture is kept; other files stay as they are.
func redraw(media string, content []byte) ([]byte, error) {
	if media != JPEG && media != PNG {
		return content, nil
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if size.Width*size.Height > maxPixels {
		return nil, errType
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if media == JPEG {
		err = jpeg.Encode(&out, picture, &jpeg.Options{Quality: 88})
	} else {
		err = png.Encode(&out, picture)
	}
	return out.Bytes(), err
}
