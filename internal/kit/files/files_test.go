package files

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kernel/errs"
)

func zipped(t *testing.T, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		name, content, _ := strings.Cut(e, "=")
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = io.WriteString(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDetect(t *testing.T) {
	for _, x := range []struct {
		name string
		b    []byte
		want Kind
		typ  string
	}{
		{"pdf", []byte("%PDF-1.7\n"), PDF, ""},
		{"jpeg", []byte("\xff\xd8\xff\xe0JFIF"), JPEG, ""},
		{"png", []byte("\x89PNG\r\n\x1a\nrest"), PNG, ""},
		{"webp", []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), WebP, ""},
		{"heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00"), HEIC, ""},
		{"text", []byte("Geachte collega,\r\n\tover de patiënt"), Text, ""},
		{"docx", zipped(t, "[Content_Types].xml=x", "word/document.xml=x"), DOCX, ""},
		{"odt", zipped(t, "mimetype="+ODT.Media, "content.xml=x"), ODT, ""},
		{"docx with macros", zipped(t, "[Content_Types].xml=x", "word/document.xml=x", "word/vbaProject.bin=x"), Kind{}, "file-forbidden"},
		{"odt with macros", zipped(t, "mimetype="+ODT.Media, "content.xml=x", "Basic/Standard/script-lb.xml=x"), Kind{}, "file-forbidden"},
		{"archive", zipped(t, "letter.txt=x"), Kind{}, "file-forbidden"},
		{"broken archive", []byte("PK\x03\x04rest"), Kind{}, "file-forbidden"},
		{"nothing", nil, Kind{}, "file-empty"},
		{"windows program", []byte("MZ\x90\x00\x03"), Kind{}, "file-forbidden"},
		{"linux program", []byte("\x7fELF\x02\x01\x01"), Kind{}, "file-forbidden"},
		{"script", []byte("#!/bin/sh\nrm -rf /"), Kind{}, "file-forbidden"},
		{"page", []byte("\ufeff\n <!DOCTYPE html><script>alert(1)</script>"), Kind{}, "file-forbidden"},
		{"page after words", []byte("hello <script>alert(1)</script>"), Kind{}, "file-forbidden"},
		{"svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), Kind{}, "file-forbidden"},
		{"gzip", []byte("\x1f\x8b\x08\x00"), Kind{}, "file-forbidden"},
		{"rich text", []byte(`{\rtf1\ansi`), Kind{}, "file-forbidden"},
		{"old word", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Kind{}, "file-forbidden"},
		{"a video is no photograph", []byte("\x00\x00\x00\x18ftypmp42\x00\x00"), Kind{}, "file-forbidden"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := Detect(x.b)
			if got != x.want || errs.TypeOf(err) != x.typ && (err != nil || x.typ != "") {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"Verwijsbrief.pdf":           "Verwijsbrief.pdf",
		"../../etc/passwd":           "passwd.pdf",
		`C:\Temp\brief.docx`:         "brief.pdf",
		"brief.pdf.exe":              "brief.pdf",
		"foto\u202egpj.exe":          "fotogpj.pdf",
		"a\r\nSet-Cookie: x.pdf":     "aSet-Cookie- x.pdf",
		`"><script>.pdf`:             "---script-.pdf",
		"":                           "document.pdf",
		"...":                        "document.pdf",
		"  Uitslag   bloed 2026.pdf": "Uitslag bloed 2026.pdf",
		strings.Repeat("é", 200):     strings.Repeat("é", 60) + ".pdf",
	} {
		if got := CleanName(in, PDF); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// clamd answers as the real one does, for whoever sends something with EICAR.
func clamd(t *testing.T, network, address, always string) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, hear(c, always))
			_ = c.Close()
		}
	}()
	return network + "://" + l.Addr().String()
}

func hear(c net.Conn, always string) string {
	word := make([]byte, 1)
	said := ""
	for !strings.HasSuffix(said, "\x00") {
		if _, err := c.Read(word); err != nil {
			return ""
		}
		said += string(word)
	}
	if said == "zPING\x00" {
		return "PONG\x00"
	}
	var all []byte
	for {
		var n uint32
		if binary.Read(c, binary.BigEndian, &n) != nil {
			return ""
		}
		if n == 0 {
			break
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(c, b); err != nil {
			return ""
		}
		all = append(all, b...)
	}
	switch {
	case always != "":
		return always
	case bytes.Contains(all, []byte("EICAR")):
		return "stream: Eicar-Signature FOUND\x00"
	}
	return "stream: OK\x00"
}

func TestScan(t *testing.T) {
	ctx := context.Background()
	large := bytes.Repeat([]byte("x"), 300<<10)
	for _, at := range []string{clamd(t, "tcp", "127.0.0.1:0", ""), clamd(t, "unix", filepath.Join(t.TempDir(), "c.sock"), "")} {
		s := NewScanner(at)
		if err := s.Reach(ctx); err != nil {
			t.Fatal(err)
		}
		if clean, _, err := s.Scan(ctx, large); err != nil || !clean {
			t.Errorf("%s: %v, %v", at, clean, err)
		}
		if clean, found, err := s.Scan(ctx, append(large, "EICAR"...)); err != nil || clean || found != "Eicar-Signature" {
			t.Errorf("%s: %v %q, %v", at, clean, found, err)
		}
	}
	for _, answer := range []string{"INSTREAM size limit exceeded. ERROR\x00", "\x00", "stream: OKAY\x00"} {
		if clean, _, err := NewScanner(clamd(t, "tcp", "127.0.0.1:0", answer)).Scan(ctx, large); err == nil || clean {
			t.Errorf("%q was taken for clean", answer)
		}
	}
	gone := NewScanner("unix://" + filepath.Join(t.TempDir(), "nobody.sock"))
	if clean, _, err := gone.Scan(ctx, large); err == nil || clean || gone.Reach(ctx) == nil {
		t.Error("nobody answered, and it was taken for clean")
	}
}

func TestScanByCommand(t *testing.T) {
	ctx := context.Background()
	script := filepath.Join(t.TempDir(), "scan")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nif grep -q EICAR; then exit 1; fi\nexit ${1:-0}\n"), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	if clean, _, err := NewScanner(script).Scan(ctx, []byte("good")); err != nil || !clean {
		t.Errorf("%v, %v", clean, err)
	}
	if clean, _, err := NewScanner(script).Scan(ctx, []byte("EICAR")); err != nil || clean {
		t.Errorf("%v, %v", clean, err)
	}
	if clean, _, err := NewScanner(script+" 2").Scan(ctx, []byte("good")); err == nil || clean {
		t.Error("status 2 was taken for clean")
	}
	if err := NewScanner(script).Reach(ctx); err != nil {
		t.Error(err)
	}
	if NewScanner("/nowhere/scan").Reach(ctx) == nil || NewScanner("").On() {
		t.Error("a scanner that is not there")
	}
}
