package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:embed assets
var embedded embed.FS

// AssetsPrefix is where Handler expects to be mounted.
const AssetsPrefix = "/assets/"

// Assets are the files every page needs, under one address that changes with
// their content: /assets/<hash>/tokens.css. One hash covers all files, so that
// addresses between files (a font in a style sheet) stay relative and may be
// cached for good as well. Make it once with NewAssets.
type Assets struct {
	hash  string
	files map[string]asset
}

type asset struct {
	kind  string
	plain []byte
	small func() []byte // brotli, made when first asked for; nil where it gains nothing
}

// The types of what is embedded; not from the machine, whose table may lack
// woff2 or say text/plain to a style sheet.
var assetKinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
}

// NewAssets reads the embedded files. Each is compressed when first asked for:
// all of them would take a tenth of a second of every start.
func NewAssets() (*Assets, error) {
	a := &Assets{files: map[string]asset{}}
	sum := sha256.New()
	err := fs.WalkDir(embedded, "assets", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kind, ok := assetKinds[path.Ext(p)]
		if !ok {
			return fmt.Errorf("ui: no content type for %s", p)
		}
		body, err := embedded.ReadFile(p)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(p, "assets/")
		fmt.Fprintf(sum, "%s %d\n", name, len(body))
		sum.Write(body)
		f := asset{kind: kind, plain: body}
		if kind != "font/woff2" {
			f.small = sync.OnceValue(func() []byte { return compress(body) })
		}
		a.files[name] = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return a, nil
}

// URL gives the address of a file, such as "tokens.css". A name that does not
// exist is a programming error, and panics.
func (a *Assets) URL(name string) string {
	if _, ok := a.files[name]; !ok {
		panic("ui: no asset named " + name)
	}
	return AssetsPrefix + a.hash + "/" + name
}

// Names lists the files, for tests and for the list of licences.
func (a *Assets) Names() []string {
	names := make([]string, 0, len(a.files))
	for n := range a.files {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// ServeHTTP serves the files under AssetsPrefix. An address with another hash
// (a page from before an upgrade) gets today's file, but not to keep.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, AssetsPrefix), "/")
	f, ok := a.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	if hash == a.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body := f.plain
	if f.small != nil && acceptsBrotli(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "br")
		body = f.small()
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // nobody to tell when the reader has left
	}
}

// compress writes to memory, which never fails.
func compress(body []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, 9)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

func acceptsBrotli(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		enc, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(enc, "br") {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
