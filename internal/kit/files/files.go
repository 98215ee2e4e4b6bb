package files

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Kind is a kind of file that is accepted.
type Kind struct {
	Media  string // content type, as it is given out
	Ext    string // of the name under which it is given out
	Inline bool   // a browser may show it within a page
}

// The kinds.
var (
	PDF  = Kind{"application/pdf", ".pdf", true}
	JPEG = Kind{"image/jpeg", ".jpg", true}
	PNG  = Kind{"image/png", ".png", true}
	WebP = Kind{"image/webp", ".webp", true}
	HEIC = Kind{"image/heic", ".heic", false} // what telephones make; few browsers show it
	Text = Kind{"text/plain; charset=utf-8", ".txt", true}
	DOCX = Kind{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx", false}
	ODT  = Kind{"application/vnd.oasis.opendocument.text", ".odt", false}
)

var kinds = []Kind{PDF, JPEG, PNG, WebP, HEIC, Text, DOCX, ODT}

// Accept is the list as a file input takes it.
const Accept = ".pdf,.jpg,.jpeg,.png,.webp,.heic,.heif,.txt,.md,.csv,.docx,.odt"

// ByMedia gives the kind of a content type that was kept.
func ByMedia(media string) (Kind, bool) {
	for _, k := range kinds {
		if k.Media == media {
			return k, true
		}
	}
	return Kind{}, false
}

// IsImage says whether a page shows it as a picture.
func (k Kind) IsImage() bool { return k.Inline && strings.HasPrefix(k.Media, "image/") }

// forbidden is "file-forbidden": the sentence names what is allowed.
func forbidden() error {
	return errs.New(errs.Invalid, "file-forbidden").Field("file", "file-forbidden")
}

// Detect says what a file is. What is not on the list is refused, also when
// its name says otherwise.
func Detect(b []byte) (Kind, error) {
	switch {
	case len(b) == 0:
		return Kind{}, errs.New(errs.Invalid, "file-empty").Field("file", "file-empty")
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return PDF, nil
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return JPEG, nil
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return PNG, nil
	case len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return WebP, nil
	case len(b) > 12 && string(b[4:8]) == "ftyp" && oneOf(string(b[8:12]), "heic", "heix", "heim", "heis", "mif1", "msf1"):
		return HEIC, nil
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return office(b)
	case isText(b):
		return Text, nil
	}
	return Kind{}, forbidden()
}

func oneOf(s string, list ...string) bool {
	for _, x := range list {
		if s == x {
			return true
		}
	}
	return false
}

// mostEntries bounds how far into an archive we look.
const mostEntries = 5000

// office tells a letter of a word processor from any other archive. One that
// carries macros or embedded programs is refused.
func office(b []byte) (Kind, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(z.File) == 0 || len(z.File) > mostEntries {
		return Kind{}, forbidden()
	}
	var word, types, open, body bool
	for i, f := range z.File {
		name := strings.ToLower(f.Name)
		switch {
		case strings.Contains(name, "vbaproject"), strings.HasPrefix(name, "basic/"), strings.HasPrefix(name, "scripts/"), strings.Contains(name, "activex"), strings.Contains(name, "embeddings/"),
			strings.HasPrefix(name, "object "), strings.HasSuffix(name, ".bin"), strings.HasSuffix(name, ".exe"), strings.HasSuffix(name, ".js"):
			return Kind{}, forbidden()
		case name == "word/document.xml":
			word = true
		case name == "[content_types].xml":
			types = true
		case name == "content.xml":
			body = true
		case name == "mimetype" && i == 0 && f.Method == zip.Store:
			open = firstOf(f, 64) == ODT.Media
		}
	}
	switch {
	case word && types:
		return DOCX, nil
	case open && body:
		return ODT, nil
	}
	return Kind{}, forbidden()
}

func firstOf(f *zip.File, n int) string {
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer func() { _ = r.Close() }() // only read
	b := make([]byte, n)
	got, _ := r.Read(b) // a short one is no letter
	return string(b[:got])
}

// isText says whether it is text that a browser will not take for a page, nor
// a machine for a program.
func isText(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			return false
		}
	}
	head := strings.ToLower(strings.TrimLeftFunc(strings.TrimPrefix(string(b[:min(len(b), 4096)]), "\ufeff"), unicode.IsSpace))
	if strings.HasPrefix(head, "<") || strings.HasPrefix(head, "#!") || strings.HasPrefix(head, "@echo") || strings.HasPrefix(head, "<?") || strings.HasPrefix(head, "{\\rtf") {
		return false
	}
	for _, mark := range []string{"<!doctype", "<html", "<script", "<svg", "<iframe", "wscript.", "createobject(", "powershell", "#!/"} {
		if strings.Contains(head, mark) {
			return false
		}
	}
	return true
}

// CleanName is a name that is safe to show and to save under: without
// directories, control characters and what confuses a shell or a reader, with
// the extension of what the file is.
func CleanName(name string, k Kind) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), "\\", "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r): // also marks that turn the direction of reading
			return -1
		case strings.ContainsRune(`<>:"/|?*;`, r):
			return '-'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	for i := 0; i < 3 && path.Ext(name) != "" && len(path.Ext(name)) <= 6 && !strings.Contains(path.Ext(name), " "); i++ {
		name = strings.TrimRight(strings.TrimSuffix(name, path.Ext(name)), ". ")
	}
	if name == "" || name == "/" {
		name = "document"
	}
	for len(name) > 120 {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return strings.TrimSpace(name) + k.Ext
}

// Sum is the SHA-256 of a file, in hexadecimal.
func Sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
