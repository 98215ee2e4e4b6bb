package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// Source is where Load reads from. Nothing is taken from the process itself,
// so that a test needs no real environment.
type Source struct {
	File  string            // from --config; else HOUVAST_CONFIG; else no file
	Env   []string          // as os.Environ gives it
	Flags map[string]string // key → value, only those really given; lists separated by commas
}

// Load merges the layers and checks the result. The error, if any, is Problems.
func Load(src Source) (*Config, error) {
	l := &loader{env: environ(src.Env), origins: map[string]Origin{}}
	l.cfg = defaults(l.env)
	l.byKey = map[string]setting{}
	for _, s := range l.cfg.settings() {
		l.byKey[s.key] = s
	}
	file := src.File
	if file == "" {
		file = l.env[Prefix+"CONFIG"]
	}
	if file != "" {
		l.readFile(file)
	}
	l.readEnv()
	l.readFlags(src.Flags)
	l.readSecretFiles()
	l.pathOverURL()
	l.validate()
	l.cfg.derive()
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return l.cfg, nil
}

type loader struct {
	cfg      *Config
	env      map[string]string
	byKey    map[string]setting
	origins  map[string]Origin
	problems Problems
}

func (l *loader) bad(key, kind, arg string) {
	l.problems = append(l.problems, Problem{Key: key, Kind: kind, Origin: l.origins[key], Arg: arg})
}

func environ(list []string) map[string]string {
	env := make(map[string]string, len(list))
	for _, kv := range list {
		if k, v, ok := strings.Cut(kv, "="); ok {
			env[k] = v
		}
	}
	return env
}

// readFile is the second layer. File names in it are relative to its own
// directory, because that is what whoever edits it sees.
func (l *loader) readFile(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		l.problems = append(l.problems, Problem{Kind: "file-missing", Arg: path})
		return
	}
	tree := map[string]any{}
	if _, err := toml.Decode(string(text), &tree); err != nil {
		l.problems = append(l.problems, Problem{Kind: "file-syntax", Arg: syntax(path, err)})
		return
	}
	lines := linesOf(string(text))
	flat := map[string]any{}
	l.flatten("", tree, flat)
	keys := make([]string, 0, len(flat))
	for k := range flat {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		if lines[keys[i]] != lines[keys[j]] {
			return lines[keys[i]] < lines[keys[j]]
		}
		return keys[i] < keys[j]
	})
	for _, key := range keys {
		origin := Origin{Layer: FromFile, Name: path, Line: lines[key]}
		s, known := l.byKey[key]
		if !known {
			l.unknown(key, origin, nearest(key, Keys()))
			continue
		}
		l.origins[key] = origin
		l.setTyped(s, flat[key])
		if p, ok := s.target.(*string); ok && isFileKey(key) && *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(path), *p)
		}
	}
}

// isFileKey says whether the setting names a file or directory.
func isFileKey(key string) bool {
	switch key {
	case "backup_dir", "db.path", "tls.cert", "tls.key":
		return true
	}
	return strings.HasSuffix(key, "_file")
}

// syntax says where the file cannot be read, without repeating what stands
// there: the line may hold a password.
func syntax(path string, err error) string {
	var pe toml.ParseError
	if errors.As(err, &pe) {
		return fmt.Sprintf("%s:%d:%d", path, pe.Position.Line, pe.Position.Col)
	}
	return path
}

// flatten turns tables into dotted keys. A table where a value is expected
// keeps its own key, so that it is reported as having the wrong type.
func (l *loader) flatten(prefix string, tree, flat map[string]any) {
	for k, v := range tree {
		key := prefix + k
		if sub, ok := v.(map[string]any); ok {
			if _, known := l.byKey[key]; !known {
				if len(sub) == 0 && !l.isSection(key) {
					flat[key] = v // an empty unknown section is a mistake as well
				}
				l.flatten(key+".", sub, flat)
				continue
			}
		}
		flat[key] = v
	}
}

func (l *loader) isSection(name string) bool {
	for k := range l.byKey {
		if strings.HasPrefix(k, name+".") {
			return true
		}
	}
	return false
}

// linesOf finds the line on which each key of a TOML text stands. It serves
// messages only: an exotic spelling (quoted keys) just goes without a line.
func linesOf(text string) map[string]int {
	lines, section := map[string]int{}, ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			if name, _, ok = strings.Cut(name, "]"); ok {
				name = strings.TrimSpace(name)
				lines[name] = i + 1
				section = name + "."
				continue
			}
		}
		key, _, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		key = section + strings.ReplaceAll(strings.TrimSpace(key), " ", "")
		if _, seen := lines[key]; !seen {
			lines[key] = i + 1
		}
	}
	return lines
}

// readEnv is the third layer. An empty variable counts as not set: compose
// files and unit files pass variables on whether they have a value or not.
func (l *loader) readEnv() {
	known := map[string]string{}
	names := make([]string, 0, len(l.byKey))
	for key := range l.byKey {
		known[EnvName(key)] = key
		names = append(names, EnvName(key))
	}
	given := make([]string, 0, len(l.env))
	for name := range l.env {
		if strings.HasPrefix(name, Prefix) && !ignoredEnv(name) {
			given = append(given, name)
		}
	}
	sort.Strings(given)
	for _, name := range given {
		origin := Origin{Layer: FromEnv, Name: name}
		key, ok := known[name]
		if !ok {
			l.unknown(name, origin, nearest(name, names))
			continue
		}
		if l.env[name] != "" {
			l.origins[key] = origin
			l.setText(l.byKey[key], l.env[name])
		}
	}
}

// ignoredEnv: HOUVAST_CONFIG names the file, HOUVAST_TEST_* is for tests, and
// Kubernetes gives every container HOUVAST_SERVICE_* and HOUVAST_PORT_* when a
// service happens to be called houvast.
func ignoredEnv(name string) bool {
	rest := strings.TrimPrefix(name, Prefix)
	return rest == "CONFIG" || rest == "PORT" || strings.HasPrefix(rest, "TEST_") ||
		strings.HasPrefix(rest, "SERVICE_") || strings.HasPrefix(rest, "PORT_")
}

// readFlags is the highest layer.
func (l *loader) readFlags(flags map[string]string) {
	keys := make([]string, 0, len(flags))
	for k := range flags {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, key := range keys {
		origin := Origin{Layer: FromFlag, Name: "--" + FlagName(key)}
		s, ok := l.byKey[key]
		if !ok {
			l.unknown(key, origin, nearest(key, Keys()))
			continue
		}
		l.origins[key] = origin
		l.setText(s, flags[key])
	}
}

func (l *loader) unknown(key string, origin Origin, like string) {
	p := Problem{Key: key, Kind: "unknown", Origin: origin, Arg: like}
	if like != "" {
		p.Kind = "unknown-like"
	}
	l.problems = append(l.problems, p)
}

// setTyped fills a field from a TOML value, which has a type.
func (l *loader) setTyped(s setting, v any) {
	switch t := s.target.(type) {
	case *string:
		text, ok := v.(string)
		if !ok {
			l.bad(s.key, "type-text", "")
			return
		}
		*t = strings.TrimSpace(text)
	case *Secret:
		text, ok := v.(string)
		if !ok {
			l.bad(s.key, "type-text", "")
			return
		}
		*t = NewSecret(text)
	case *int:
		n, ok := v.(int64)
		if !ok || n != int64(int32(n)) {
			l.bad(s.key, "type-number", "")
			return
		}
		*t = int(n)
	case *[]string:
		list, ok := v.([]any)
		out := make([]string, 0, len(list))
		for _, e := range list {
			text, isText := e.(string)
			ok = ok && isText
			out = append(out, strings.TrimSpace(text))
		}
		if !ok {
			l.bad(s.key, "type-list", "")
			return
		}
		*t = out
	}
}

// setText fills a field from a variable or a flag, which is always text.
func (l *loader) setText(s setting, text string) {
	switch t := s.target.(type) {
	case *string:
		*t = strings.TrimSpace(text)
	case *Secret:
		*t = NewSecret(text)
	case *int:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
		if err != nil {
			l.bad(s.key, "type-number", "")
			return
		}
		*t = int(n)
	case *[]string:
		out := []string{}
		for _, e := range strings.Split(text, ",") {
			if e = strings.TrimSpace(e); e != "" {
				out = append(out, e)
			}
		}
		*t = out
	}
}

// readSecretFiles lets a file take the place of a secret. Of the secret itself
// and its file the one from the higher layer counts; from one layer, only one
// may be given.
func (l *loader) readSecretFiles() {
	l.secretFile("db.url", "db.url_file", &l.cfg.DB.URL, l.cfg.DB.URLFile)
	l.secretFile("mail.password", "mail.password_file", &l.cfg.Mail.Password, l.cfg.Mail.PasswordFile)
	l.secretFile("metrics.token", "metrics.token_file", &l.cfg.Metrics.Token, l.cfg.Metrics.TokenFile)
}

func (l *loader) secretFile(key, fileKey string, secret *Secret, file string) {
	if file == "" {
		return
	}
	if secret.IsSet() {
		inline, from := l.origins[key].Layer, l.origins[fileKey].Layer
		if inline == from {
			l.bad(fileKey, "both", key)
			return
		}
		if inline > from {
			return
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		l.bad(fileKey, "unreadable", file)
		return
	}
	// Editors end a file with a new line; a password does not.
	value := strings.TrimRight(string(text), "\r\n")
	if value == "" {
		l.bad(fileKey, "empty-file", file)
		return
	}
	*secret = NewSecret(value)
}

// pathOverURL lets db.path win from an address of a lower layer: whoever starts
// with --db-path=copy.db must not end up in the production database.
func (l *loader) pathOverURL() {
	from := max(l.origins["db.url"].Layer, l.origins["db.url_file"].Layer)
	if l.origins["db.path"].Layer > from {
		l.cfg.DB.URL, l.cfg.DB.URLFile = Secret{}, ""
	}
}
