package lang

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/BurntSushi/toml"
)

// Source is a directory that holds en.toml and nl.toml.
type Source struct {
	FS  fs.FS
	Dir string
}

// The languages, the first of which is spoken when another is asked for.
const (
	Dutch   = "nl"
	English = "en"
)

// Languages lists the codes of the languages we speak.
func Languages() []string { return []string{Dutch, English} }

//go:embed lang/en.toml lang/nl.toml
var shared embed.FS

// Bundle holds all sentences in all languages. It does not change after Load.
type Bundle struct {
	messages map[string]map[string]*message // by language and key
	warned   sync.Map                       // what was logged already
	log      *slog.Logger                   // nil: the default one
}

// Load reads the shared catalogue and the sources. It reports everything that
// is wrong at once: files it cannot read, duplicate keys, sentences it cannot
// parse, keys missing in one language, and parameters used in one language only.
func Load(sources ...Source) (*Bundle, error) {
	b := &Bundle{messages: map[string]map[string]*message{}}
	for _, lang := range Languages() {
		b.messages[lang] = map[string]*message{}
	}
	// Each start waits for some thousands of sentences: the languages are read
	// at the same time.
	found := make([][]error, len(Languages()))
	var wg sync.WaitGroup
	for i, lang := range Languages() {
		wg.Go(func() {
			base := template.New(lang).Funcs(functions())
			for _, s := range append([]Source{{shared, "lang"}}, sources...) {
				found[i] = append(found[i], b.read(s, lang, base)...)
			}
		})
	}
	wg.Wait()
	problems := append(slices.Concat(found...), b.compare()...)
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("language catalogue: %w", err)
	}
	return b, nil
}

func (b *Bundle) read(s Source, lang string, base *template.Template) (problems []error) {
	name := path.Join(s.Dir, lang+".toml")
	var tree map[string]any
	if _, err := toml.DecodeFS(s.FS, name, &tree); err != nil {
		return []error{fmt.Errorf("%s: %w", name, err)}
	}
	report := func(key string, err error) {
		problems = append(problems, fmt.Errorf("%s: %s: %w", name, key, err))
	}
	flatten("", tree, report, func(key string, forms map[string]string) {
		if b.messages[lang][key] != nil {
			report(key, errors.New("duplicate key"))
			return
		}
		m, err := parseMessage(lang, key, forms, base)
		if err != nil {
			report(key, err)
			return
		}
		b.messages[lang][key] = m
	})
	return problems
}

// flatten walks the tables of a catalogue in the order of their keys.
func flatten(prefix string, tree map[string]any, report func(string, error), add func(string, map[string]string)) {
	for _, k := range slices.Sorted(maps.Keys(tree)) {
		key := k
		if prefix != "" {
			key = prefix + "." + k
		}
		switch v := tree[k].(type) {
		case string:
			add(key, map[string]string{other: v})
		case map[string]any:
			if forms, ok := pluralForms(v); ok {
				add(key, forms)
			} else {
				flatten(key, v, report, add)
			}
		default:
			report(key, fmt.Errorf("a sentence is a string, not %T", v))
		}
	}
}

// pluralForms says whether a table is one sentence in several forms.
func pluralForms(table map[string]any) (map[string]string, bool) {
	if _, ok := table[other]; !ok {
		return nil, false
	}
	forms := map[string]string{}
	for k, v := range table {
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		forms[k] = s
	}
	return forms, true
}

// compare finds what one language has and another has not.
func (b *Bundle) compare() (problems []error) {
	all := map[string]bool{}
	for _, ms := range b.messages {
		for k := range ms {
			all[k] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		first := b.messages[Dutch][key]
		for _, lang := range Languages() {
			m := b.messages[lang][key]
			if m == nil {
				problems = append(problems, fmt.Errorf("%s: missing in %s", key, lang))
				continue
			}
			if first == nil || m == first {
				continue
			}
			for _, p := range first.paramsNotIn(m) {
				problems = append(problems, fmt.Errorf("%s: uses %s in %s but not in %s", key, p, Dutch, lang))
			}
			for _, p := range m.paramsNotIn(first) {
				problems = append(problems, fmt.Errorf("%s: uses %s in %s but not in %s", key, p, lang, Dutch))
			}
		}
	}
	return problems
}

// Keys lists all keys, sorted, so that a test can check that what the code
// says exists.
func (b *Bundle) Keys() []string { return slices.Sorted(maps.Keys(b.messages[Dutch])) }

// speak finds the language for a tag such as "en", "en-GB" or "EN"; Dutch for
// anything we do not speak.
func speak(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	if slices.Contains(Languages(), base) {
		return base
	}
	return Dutch
}

// warnOnce logs a mistake in our own texts, once per process.
func (b *Bundle) warnOnce(msg, lang, key, what string) {
	if _, again := b.warned.LoadOrStore(msg+lang+key+what, true); again {
		return
	}
	log := b.log
	if log == nil {
		log = slog.Default()
	}
	log.Warn(msg, "lang", lang, "key", key, "what", what)
}

// Source is a sentence as it stands in the catalogue, with its places to fill
// in; for pages that explain the sentences themselves. Of several plural forms
// it is the general one.
func (b *Bundle) Source(language, key string) string {
	if m := b.messages[speak(language)][key]; m != nil {
		return m.forms[other].text
	}
	return ""
}
