package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever stands in the settings file, the program starts with settings that
// hold, or says in whole sentences of both languages what is wrong, and never
// what a secret was.
func FuzzFile(f *testing.F) {
	f.Add(Example("en"))
	f.Add(Example("nl"))
	f.Add("listen = \"127.0.0.1:8080\"\n[mail]\nhost = \"mail.example.nl\"\npassword = \"geheim-woord\"\nport = 1e3")
	f.Add("[mail]\nport = -1\n[[mail]]\n\x00 = 1")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "_file") {
			return // which files are read is not for chance to say
		}
		name := filepath.Join(t.TempDir(), "houvast.toml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(Source{File: name, Env: []string{"HOUVAST_DB_PATH=/nowhere/x.db"}})
		if err == nil {
			if c.Database() == "" || c.Listen == "" {
				t.Errorf("%q starts with %+v", text, c)
			}
			return
		}
		var list Problems
		if !errors.As(err, &list) || len(list) == 0 {
			t.Fatalf("%q: %v", text, err)
		}
		for _, language := range []string{"nl", "en"} {
			for _, s := range list.Sentences(language) {
				if strings.TrimSpace(s) == "" || strings.Contains(s, "geheim-woord") {
					t.Errorf("%q: %q", text, s)
				}
			}
		}
	})
}
