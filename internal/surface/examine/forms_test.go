package examine

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/errs"
)

// plainly counts rows a second time, the naive way.
func plainly(rows []row) (out Result) {
	byCase, people := map[string][]row{}, map[string]bool{}
	for _, r := range rows {
		byCase[r.id] = append(byCase[r.id], r)
		if r.who != "" {
			people[r.who] = true
		}
	}
	out.Cases, out.Events, out.People = len(byCase), len(rows), len(people)
	var leads []time.Duration
	for _, list := range byCase {
		slices.SortStableFunc(list, func(a, b row) int { return a.when.Compare(b.when) })
		leads = append(leads, list[len(list)-1].when.Sub(list[0].when))
		var holders []string
		for _, r := range list {
			if r.who != "" && (len(holders) == 0 || holders[len(holders)-1] != r.who) {
				holders = append(holders, r.who)
			}
		}
		out.Handovers += max(0, len(holders)-1)
		came := 0
		for i := 2; i < len(holders); i++ {
			if slices.Contains(holders[:i-1], holders[i]) {
				came++
			}
		}
		out.Bounces += came
		if came > 0 {
			out.Bounced++
		}
		if r := list[0]; !r.end.IsZero() {
			out.Deadlines.N++
			if !r.end.After(r.deadline) {
				out.Deadlines.Kept++
			}
		}
	}
	slices.Sort(leads)
	out.LeadHours = ResultLead{rounded(leads[(len(leads)+1)/2-1].Hours()), rounded(leads[(len(leads)*9+9)/10-1].Hours())}
	return out
}

func count(t *testing.T, o Options) (*Log, Result) {
	t.Helper()
	l, err := Read(t.Context(), o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return l, l.Count().Result(promise.BacktestResult{})
}

func packed(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func wideText(b []byte, order binary.ByteOrder, mark bool) []byte {
	var out bytes.Buffer
	units := utf16.Encode([]rune(string(b)))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	_ = binary.Write(&out, order, units) // a buffer takes everything
	return out.Bytes()
}

// TestEveryFormGivesTheSame writes one log in every form that is read.
func TestEveryFormGivesTheSame(t *testing.T) {
	rows := rowsOf(t, 3, 3000, 12)
	want := plainly(rows)
	if want.Bounces < 50 || want.Deadlines.Kept == want.Deadlines.N || want.People != 12 {
		t.Fatalf("the log is too plain: %+v", want)
	}
	dutchHead := []string{"Kanaal", "Zaaknummer", "Uiterste datum", "Bureau X", "Einddatum", "Iets", "Verantw.", "Ontvangstdatum", "Taak", "Activiteit", "Fase", "Team", "Medewerker", "Tijdstip"}
	local := func(layout string) func(time.Time) string {
		return func(m time.Time) string {
			if m.IsZero() {
				return ""
			}
			return m.UTC().Format(layout)
		}
	}
	write := func(f table) []byte {
		var b bytes.Buffer
		if err := f.write(&b, rows); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	plain := write(table{',', false, header, offset})
	var xes bytes.Buffer
	if err := writeXES(&xes, rows); err != nil {
		t.Fatal(err)
	}
	quoted := strings.ReplaceAll(`"`+strings.ReplaceAll(strings.TrimSuffix(string(write(table{'|', false, header, offset})), "\n"), "|", `"|"`)+`"`, "\n", "\"\n\"")
	twoLines := strings.ReplaceAll(string(plain), `,"T0`, ",\"a \"\"quoted\"\"\nline, T0")
	millis := func(m time.Time) string {
		if m.IsZero() {
			return ""
		}
		return fmt.Sprint(m.UnixMilli())
	}
	for name, b := range map[string][]byte{
		"plain":          plain,
		"mark":           append([]byte("\xef\xbb\xbf"), plain...),
		"semicolons":     write(table{';', true, header, offset}),
		"tabs":           write(table{'\t', false, header, offset}),
		"all quoted":     []byte(quoted),
		"two lines":      []byte(twoLines),
		"sep":            append([]byte("sep=;\r\n"), write(table{';', true, header, offset})...),
		"no last end":    bytes.TrimSuffix(plain, []byte("\n")),
		"old line ends":  bytes.ReplaceAll(plain, []byte("\n"), []byte("\r")),
		"packed":         packed(t, plain),
		"utf-16 le":      wideText(plain, binary.LittleEndian, true),
		"utf-16 be":      wideText(plain, binary.BigEndian, true),
		"utf-16 unnamed": wideText(plain, binary.LittleEndian, false),
		"utf-16 packed":  packed(t, wideText(plain, binary.LittleEndian, true)),
		"dutch":          write(table{';', true, dutchHead, local("02-01-2006 15:04:05.000")}),
		"dutch slashes":  write(table{',', false, dutchHead, local("2/1/2006 15:04:05.000")}),
		"american":       write(table{',', false, header, local("1/2/2006 3:04:05.000 PM")}),
		"iso":            write(table{',', false, header, local("2006-01-02T15:04:05.000Z")}),
		"milliseconds":   write(table{',', false, header, millis}),
		"xes":            xes.Bytes(),
		"xes packed":     packed(t, xes.Bytes()),
		"xes utf-16":     wideText(xes.Bytes(), binary.LittleEndian, true),
	} {
		t.Run(name, func(t *testing.T) {
			l, got := count(t, Options{File: file(t, "log.csv", b), Zone: time.UTC})
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("naive count, ours:\n%s\nmapping %v of %q, trouble %+v", d, l.Mapping.Of, l.Mapping.Columns, l.Trouble)
			}
			if l.Trouble.Left() != 0 {
				t.Errorf("left out: %+v", l.Trouble)
			}
		})
	}
}

// TestOrderOfLinesDoesNotMatter: only events of one case at one time keep theirs.
func TestOrderOfLinesDoesNotMatter(t *testing.T) {
	rows := rowsOf(t, 5, 2000, 9)
	want := plainly(rows)
	slices.SortStableFunc(rows, func(a, b row) int { return b.when.Compare(a.when) })
	var b bytes.Buffer
	if err := (table{',', false, header, offset}).write(&b, rows); err != nil {
		t.Fatal(err)
	}
	l, got := count(t, Options{File: file(t, "log.csv", b.Bytes())})
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if l.Trouble.Unordered == 0 {
		t.Error("nothing is said of the order")
	}
}

// TestWhatIsLeftOutIsCounted: nothing disappears silently.
func TestWhatIsLeftOutIsCounted(t *testing.T) {
	log := `zaaknummer;medewerker;tijdstip;deadline;einddatum
Z1;Ria;2024-01-02 09:00;2024-02-01;2024-01-20
Z1;Tom;2024-01-03 09:00;2024-02-01;2024-01-20
;Tom;2024-01-03 09:00;2024-02-01;
Z2;Ria;;2024-02-01;
Z2;Ria;later;2024-02-01;
Z2;Ria;2024-02-31 09:00;2024-02-01;
Z2;Ria;9999-12-31 00:00;2024-02-01;
Z2;Ria;1970-01-01 00:00:00;2024-02-01;
Z2;Ria;2024-01-05
Z2;Ria;2024-01-05 09:00;2024-02-01;;te veel
Z2;Ria;2024-01-05 09:00;2024-02-01;2024-02-30
Z2;;2024-01-04 09:00;2024-02-02;;;
Z2;Ria "de baas";2024-01-06 09:00;2024-02-01;
"Z3;Ria;2024-01-06 09:00;2024-02-01;
Z3;NULL;2024-01-06 09:00;;

`
	l, got := count(t, Options{File: file(t, "x.csv", []byte(log)), Zone: time.UTC})
	want := Trouble{Lines: 15, NoCase: 1, NoTime: 1, BadTime: 1, Impossible: 3, Ragged: 2, Quotes: 1, NoWho: 2, BadDates: 1, Changed: 1, Unordered: 1}
	if d := cmp.Diff(want, l.Trouble); d != "" {
		t.Error(d)
	}
	if got.Cases != 3 || got.Events != 6 || got.People != 3 || got.Deadlines != (ResultDeadline{1, 1}) {
		t.Errorf("%+v", got)
	}
}

func TestWhatCannotBeReadSaysWhatToDo(t *testing.T) {
	whole := []byte("case,who,when\n1,a,2024-01-02 10:00\n1,b,2024-01-03 10:00\n")
	long := packed(t, bytes.Repeat([]byte("1,a,2024-01-02 10:00:00.123\n"), 20000))
	damaged := slices.Clone(long)
	damaged[len(damaged)-6] ^= 0xff
	var xes bytes.Buffer
	if err := writeXES(&xes, rowsOf(t, 1, 50, 3)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		content    []byte
		columns    map[Role]string
	}{
		{"empty", "log-empty", nil, nil},
		{"only white", "log-empty", []byte(" \n\n"), nil},
		{"packed empty", "log-empty", packed(t, nil), nil},
		{"cut off", "log-cut-off", long[:len(long)/2], nil},
		{"cut off at the sum", "log-cut-off", long[:len(long)-4], nil},
		{"damaged", "log-damaged", damaged, nil},
		{"header of gzip only", "log-cut-off", []byte("\x1f\x8b\x08"), nil},
		{"zip", "log-is-zip", []byte("PK\x03\x04abc"), nil},
		{"excel of old", "log-is-excel", []byte("\xd0\xcf\x11\xe0abc"), nil},
		{"bzip2", "log-packed-otherwise", []byte("BZh91AY"), nil},
		{"json", "not-a-log", []byte(`{"a": 1}`), nil},
		{"bytes", "not-a-log", bytes.Repeat([]byte{1, 0, 7, 200}, 500), nil},
		{"prose", "not-a-log", []byte("Dear reader\nthis is no log\n"), nil},
		{"html", "not-xes", []byte("<html><body>no</body></html>"), nil},
		{"xes cut off", "xes-broken", xes.Bytes()[:xes.Len()-30], nil},
		{"xes broken", "xes-broken", bytes.Replace(xes.Bytes(), []byte("<event>"), []byte("<event <"), 1), nil},
		{"no header", "log-without-header", []byte("1,a,2024-01-02 10:00\n1,b,2024-01-03 10:00\n"), nil},
		{"only a header", "log-without-lines", []byte("case,who,when\n"), nil},
		{"no case", "log-without-case", []byte("colour,who,when\nred,a,2024-01-02 10:00\n"), nil},
		{"no time", "log-without-time", []byte("case,who,colour\n1,a,red\n"), nil},
		{"neither", "log-without-columns", []byte("colour,size\nred,small\n"), nil},
		{"no such column", "no-such-column", whole, map[Role]string{Who: "whom"}},
		{"cases empty", "log-cases-empty", []byte("case,who,when\n,a,2024-01-02 10:00\n,b,2024-01-03 10:00\n"), nil},
		{"times are none", "log-times-unreadable", whole, map[Role]string{When: "who"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(t.Context(), Options{File: file(t, "log", c.content), Columns: c.columns})
			if got := errs.TypeOf(err); got != c.want {
				t.Errorf("%q (%v), want %q", got, err, c.want)
			}
		})
	}
	if _, err := Read(t.Context(), Options{File: filepath.Join(t.TempDir(), "none")}); errs.TypeOf(err) != "log-not-there" {
		t.Error(err)
	}
	if _, err := Read(t.Context(), Options{File: t.TempDir()}); errs.TypeOf(err) != "log-is-a-directory" {
		t.Error(err)
	}
}

func TestWindowsLettersAreRead(t *testing.T) {
	log := []byte("zaak;medewerker;tijdstip\n1;Ren\xe9e Bo\xebr;2024-01-02 10:00\n1;Tom;2024-01-02 11:00\n")
	l, err := Read(t.Context(), Options{File: file(t, "x.csv", log)})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.people.text(0); got != "Renée Boër" {
		t.Errorf("%q", got)
	}
}

// TestDayOrMonth: the data decide, also when the beginning does not tell.
func TestDayOrMonth(t *testing.T) {
	var b strings.Builder
	b.WriteString("case,who,when\n")
	for i := range 60_000 { // more than is looked at first, all before the thirteenth
		fmt.Fprintf(&b, "c%d,p%d,%02d/%02d/2024 10:00:00\n", i/3, i%5, 1+i%9, 1+i%11)
	}
	undecided := b.String()
	for _, c := range []struct {
		name, log, order string
		decided          bool
	}{
		{"never told", undecided, "day-first", false},
		{"told at the end, days first", undecided + "c9,p1,25/03/2024 10:00:00\n", "day-first", true},
		{"told at the end, months first", undecided + "c9,p1,03/25/2024 10:00:00\n", "month-first", true},
		{"clock of twelve hours", "case,who,when\n1,a,3/4/2024 3:00 PM\n1,a,3/5/2024 3:00 PM\n", "month-first", false},
		{"another column tells", "case,who,when,deadline\n1,a,3/4/2024 3:00,20/4/2024\n1,b,4/4/2024 3:00,20/4/2024\n", "day-first", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := Read(t.Context(), Options{File: file(t, "x.csv", []byte(c.log))})
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Mapping.Times[When]; got.Order != c.order || got.Decided != c.decided {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestReadingStopsWhenAsked gives no figures of half a log.
func TestReadingStopsWhenAsked(t *testing.T) {
	var b bytes.Buffer
	if err := (table{',', false, header, offset}).write(&b, rowsOf(t, 1, 40_000, 5)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Read(ctx, Options{File: file(t, "x.csv", b.Bytes())}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
