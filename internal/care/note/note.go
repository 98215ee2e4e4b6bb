package note

import (
	"embed"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Migrations are the tables of this capability.
//
//go:embed schema/*.sql
var Migrations embed.FS

const (
	// takeBackTime is how long the writer can take a note back.
	takeBackTime = time.Minute
	maxText      = 5000
	maxMentions  = 20
)

// Note is what somebody wrote for colleagues. Text and Mentioned are read with
// it; they are not columns.
type Note struct {
	Org       string    `db:"org_id" json:"-"`
	ID        string    `db:"note_id" json:"id"`
	Case      string    `db:"case_id" json:"case_id"`
	Writer    string    `db:"writer_id" json:"writer_id"`
	At        time.Time `db:"written_at" json:"written_at"`
	Fact      string    `db:"fact_id" json:"-"`
	TakenBack time.Time `db:"taken_back_at" json:"taken_back_at,omitzero"`
	Text      string    `db:"-" json:"text,omitempty"`
	Mentioned []Mention `db:"-" json:"mentioned,omitempty"`
}

// Mention is a colleague who should look at a note, and who was told: the same
// one, or who stood in.
type Mention struct {
	Org    string `db:"org_id" json:"-"`
	Note   string `db:"note_id" json:"-"`
	Member string `db:"member_id" json:"member_id"`
	Told   string `db:"told_id" json:"told_id"`
}

// subject names a mention in its signal: one note mentions somebody once.
func (m Mention) subject() string { return m.Note + "." + m.Member }

// Retractable says whether a member can take the note back now.
func (n Note) Retractable(member string, now time.Time) bool {
	return n.TakenBack.IsZero() && n.Writer == member && now.Sub(n.At) <= takeBackTime
}

// Name is a member as far as mentions need one.
type Name struct{ ID, Name string }

// Found is whom a text mentions. Each name that nobody has is in Unknown, and
// each that several have in Ambiguous, as it was typed. Stranger: somebody was
// picked who does not work here.
type Found struct {
	Members   []string
	Ambiguous []Doubt
	Unknown   []string
	Stranger  bool
}

// Doubt is a name that could be any of some members.
type Doubt struct {
	Typed string
	Names []string
}

// Find reads the mentions out of a text: an @ that begins a word, followed by
// the whole name of a member or by their first name. Capitals do not matter.
// A picked member settles a name that several have. Pure.
func Find(text string, members []Name, picked []string) (f Found) {
	add := func(id string) {
		if !slices.Contains(f.Members, id) {
			f.Members = append(f.Members, id)
		}
	}
	before := ' '
	for i, r := range text {
		begins := r == '@' && !wordy(before)
		before = r
		if !begins {
			continue
		}
		rest := text[i+1:]
		first, _ := utf8.DecodeRuneInString(rest)
		if !unicode.IsLetter(first) {
			continue
		}
		typed, some := match(rest, members)
		chosen := slices.DeleteFunc(slices.Clone(some), func(m Name) bool { return !slices.Contains(picked, m.ID) })
		switch {
		case len(some) == 0:
			if !slices.Contains(f.Unknown, typed) {
				f.Unknown = append(f.Unknown, typed)
			}
		case len(some) == 1:
			add(some[0].ID)
		case len(chosen) > 0:
			for _, m := range chosen {
				add(m.ID)
			}
		case !slices.ContainsFunc(f.Ambiguous, func(d Doubt) bool { return d.Typed == typed }):
			d := Doubt{Typed: typed}
			for _, m := range some {
				d.Names = append(d.Names, m.Name)
			}
			f.Ambiguous = append(f.Ambiguous, d)
		}
	}
	for _, id := range picked {
		if slices.ContainsFunc(members, func(m Name) bool { return m.ID == id }) {
			add(id)
		} else {
			f.Stranger = true
		}
	}
	return f
}

// match gives the members whom the text at an @ names: those with the longest
// whole name that stands there, else all with the first name.
func match(rest string, members []Name) (typed string, some []Name) {
	longest := 0
	for _, m := range members {
		if n := begins(rest, m.Name); n >= longest && n > 0 {
			if n > longest {
				longest, some = n, nil
			}
			some = append(some, m)
		}
	}
	if len(some) > 0 {
		return rest[:longest], some
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return !wordy(r) && r != '-' && r != '\'' && r != '’' })
	if end < 0 {
		end = len(rest)
	}
	typed = strings.TrimRight(rest[:end], "-'’")
	for _, m := range members {
		for _, first := range firstNames(m.Name) {
			if strings.EqualFold(first, typed) {
				some = append(some, m)
				break
			}
		}
	}
	return typed, some
}

// begins says how many bytes of a text are this name, standing as a word.
func begins(text, name string) int {
	words := strings.Fields(name)
	if len(words) < 2 {
		return 0 // a first name, looked at with the others
	}
	at := 0
	for i, w := range words {
		if i > 0 {
			gap := len(text[at:]) - len(strings.TrimLeft(text[at:], " \u00a0"))
			if gap == 0 {
				return 0
			}
			at += gap
		}
		if len(text)-at < len(w) || !strings.EqualFold(text[at:at+len(w)], w) {
			return 0
		}
		at += len(w)
	}
	if next, _ := utf8.DecodeRuneInString(text[at:]); at < len(text) && wordy(next) {
		return 0
	}
	return at
}

// firstNames are what somebody is called by: the first word of their name, and
// behind a title ("dr. Vos") the word that follows.
func firstNames(name string) []string {
	words := strings.Fields(name)
	for len(words) > 1 && strings.HasSuffix(words[0], ".") {
		words = words[1:]
	}
	if len(words) == 0 {
		return nil
	}
	return words[:1]
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
