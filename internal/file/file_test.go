package file_test

import (
	"archive/zip"
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"testing"

	"zhigang/internal/auth"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/db/dbtest"
	"zhigang/internal/errs"
	"zhigang/internal/file"
	"zhigang/internal/id"
	"zhigang/internal/secret"
	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func add(t *testing.T, d *db.DB, s *file.Store, purpose, name string, content []byte) (made id.ID, err error) {
	t.Helper()
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		made, err = s.Add(t.Context(), tx, auth.Actor{Account: 1}, file.Owner{Kind: "org", ID: 7}, purpose, name, content)
		return err
	})
	return made, err
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 20, 10)), nil); err != nil {
		t.Fatal(err)
	}
	// As a camera would: a note right behind the first marker.
	note := []byte("\xff\xe1\x00\x12Exif\x00\x00GPS 23.1N")
	return append(append(append([]byte{}, b.Bytes()[:2]...), note...), b.Bytes()[2:]...)
}

func zipped(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAFileIsKeptEncryptedAndComesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Manual) {
		keys, err := secret.New(secret.Generate())
		if err != nil {
			t.Fatal(err)
		}
		s := file.New(d, keys)
		content := []byte("%PDF-1.7 林同学的简历")
		made, err := add(t, d, s, "cv", `C:\我的\简历".pdf`, content)
		if err != nil {
			t.Fatal(err)
		}
		var raw []byte
		if err := d.Get(t.Context(), &raw, `SELECT content FROM file WHERE id = ?`, made); err != nil || bytes.Contains(raw, []byte("PDF")) {
			t.Fatal("readable in SQL", err)
		}
		info, back, err := s.Get(t.Context(), d, made)
		if err != nil || !bytes.Equal(back, content) || info.Name != "简历_.pdf" || info.MediaType != file.PDF {
			t.Fatalf("%+v, %v", info, err)
		}
		if all, err := s.Of(t.Context(), file.Owner{Kind: "org", ID: 7}, "cv"); err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
	})
}

func TestWhatAFileIsStandsInItsBytes(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	keys, err := secret.New(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	s := file.New(d, keys)
	for name, one := range map[string]struct {
		purpose string
		content []byte
		kind    errs.Kind
	}{
		"a page as a certificate":  {"certificate", []byte("<html><script>alert(1)</script>"), errs.KindInvalid},
		"a drawing with script":    {"certificate", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>`), errs.KindInvalid},
		"a program as a CV":        {"cv", []byte("MZ\x90\x00"), errs.KindInvalid},
		"nothing":                  {"cv", nil, errs.KindInvalid},
		"too much":                 {"cv", append([]byte("%PDF-"), make([]byte, 5<<20)...), errs.KindTooLarge},
		"half a picture":           {"certificate", picture(t)[:40], errs.KindInvalid},
		"a zip as a sheet":         {"sheet", zipped(t, "evil.exe"), errs.KindInvalid},
		"a document as a sheet":    {"sheet", zipped(t, "word/document.xml"), errs.KindInvalid},
		"a sheet as a certificate": {"certificate", zipped(t, "xl/workbook.xml"), errs.KindInvalid},
		"bytes as a table":         {"sheet", []byte("a,b\x00\x01"), errs.KindInvalid},
		"a document with macros":   {"cv", zipped(t, "word/document.xml", "word/vbaProject.bin"), errs.KindInvalid},
	} {
		if _, err := add(t, d, s, one.purpose, "x", one.content); !errs.Is(err, one.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, one := range map[string]struct {
		purpose string
		content []byte
	}{
		"a sheet": {"sheet", zipped(t, "xl/workbook.xml")}, "a table": {"sheet", []byte("岗位名称,人数\n社工,3")}, "a table in GBK": {"sheet", []byte("\xb8\xda\xce\xbb,\xc8\xcb\xca\xfd")}, "a document": {"cv", zipped(t, "word/document.xml")},
	} {
		if _, err := add(t, d, s, one.purpose, "x", one.content); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPicturesLoseWhatCamerasAdd(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	keys, err := secret.New(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	s := file.New(d, keys)
	made, err := add(t, d, s, "certificate", "photo.jpg", picture(t))
	if err != nil {
		t.Fatal(err)
	}
	_, back, err := s.Get(t.Context(), d, made)
	if err != nil || bytes.Contains(back, []byte("GPS")) {
		t.Fatal("the place is still in it", err)
	}
	if _, err := jpeg.Decode(bytes.NewReader(back)); err != nil {
		t.Fatal(err)
	}
	var huge bytes.Buffer
	if err := png.Encode(&huge, image.NewGray(image.Rect(0, 0, 6000, 5000))); err != nil {
		t.Fatal(err)
	}
	if _, err := add(t, d, s, "certificate", "x.png", huge.Bytes()); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("30 million pixels: %v", err)
	}
}

func TestNamesAreHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"../../etc/passwd": "passwd", `C:\a\b.pdf`: "b.pdf", "a\r\nSet-Cookie: x": "a__Set-Cookie_ x", "": "file", "..": "file", "简历（终版）.pdf": "简历（终版）.pdf", "a\x00b": "a_b",
	} {
		if got := file.CleanName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestANameEndsAsWhatTheFileIs(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	keys, err := secret.New(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	s := file.New(d, keys)
	for name, want := range map[string]string{
		"简历.pdf": "简历.pdf", "简历.PDF": "简历.PDF", "简历": "简历.pdf", "cv.hta": "cv.hta.pdf", "cv\u202efdp.exe": "cv_fdp.exe.pdf", "cv.docx": "cv.docx.pdf",
	} {
		made, err := add(t, d, s, "cv", name, []byte("%PDF-1.7"))
		if err != nil {
			t.Fatal(err)
		}
		if info, err := s.Info(t.Context(), made); err != nil || info.Name != want {
			t.Errorf("%q is kept as %q, want %q, %v", name, info.Name, want, err)
		}
	}
}
