package files

import (
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Whatever is sent as a file is one of the kinds that are let in, or refused;
// and a text is a text.
func FuzzDetect(f *testing.F) {
	f.Add([]byte("%PDF-1.7"))
	f.Add([]byte("PK\x03\x04\x00\x00"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
	f.Add([]byte("<html><script>"))
	f.Add([]byte("Beste collega"))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := Detect(b)
		if err != nil {
			if errs.ClassOf(err) != errs.Invalid {
				t.Errorf("%q: %v", b, err)
			}
			return
		}
		if k.Media == "" || k.Ext == "" {
			t.Errorf("%q is nothing: %+v", b, k)
		}
		if known, ok := ByMedia(k.Media); !ok || known.Ext != k.Ext {
			t.Errorf("%q is %s, which is not on the list", b, k.Media)
		}
		if k == Text && !utf8.Valid(b) {
			t.Errorf("%q passes as a text", b)
		}
	})
}

// A name that is shown and saved under stays in its directory, says what the
// file is, and cleaning it again only takes more of what looks like extensions.
func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"brief.pdf", "../../etc/passwd", "a\u202efdp.exe", "C:\\x\\y.docx", "...", "\x00\n", strings.Repeat("é", 200) + ".jpg", "a.b.c.d.e.f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := CleanName(s, PDF)
		if path.Base(out) != out || !strings.HasSuffix(out, PDF.Ext) || len(out) > 130 || !utf8.ValidString(out) ||
			strings.ContainsFunc(out, unicode.IsControl) || strings.ContainsAny(out, `/\<>:"|?*;`) || strings.HasPrefix(out, ".") {
			t.Errorf("%q is %q", s, out)
		}
		if again := CleanName(out, PDF); again != out && !strings.HasPrefix(out, strings.TrimSuffix(again, PDF.Ext)) {
			t.Errorf("%q is %q, and that is %q", s, out, again)
		}
	})
}
