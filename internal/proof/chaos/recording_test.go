package chaos

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// hexed is a text as strace writes it.
func hexed(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(`\x`)
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}

func recorded(t *testing.T, lines ...string) *recording {
	t.Helper()
	rec := &recording{dir: "/d", begun: map[string]begun{}, exists: map[string]bool{"houvast.db": true}}
	if err := rec.read(strings.NewReader(strings.Join(lines, "\n") + "\n")); err != nil {
		t.Fatal(err)
	}
	return rec
}

// What strace says is read: whole calls, calls that another thread interrupts,
// and only those on the files of the database.
func TestRecording(t *testing.T) {
	wal, db := hexed("/d/houvast.db-wal"), hexed("/d/houvast.db")
	rec := recorded(t,
		`7 1.000001 openat(AT_FDCWD<`+hexed("/d")+`>, "`+wal+`", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 9<`+wal+`>`,
		`7 1.000002 pwrite64(9<`+wal+`>, "`+hexed("frame")+`", 5, 32) = 5`,
		`7 1.000003 fsync(9<`+wal+`> <unfinished ...>`,
		`8 1.000004 pwrite64(5<`+db+`>, "`+hexed("page")+`", 4, 0) = 4`,
		`8 1.000005 pwrite64(6<`+hexed("/d/houvast.db-shm")+`>, "`+hexed("x")+`", 1, 0) = 1`,
		`7 1.000006 <... fsync resumed>) = 0`,
		`7 1.000007 fsync(12<`+hexed("/d")+`>) = 0`,
		`7 1.000008 ftruncate(5<`+db+`>, 4096) = 0`,
		`7 1.000009 pwrite64(9<`+wal+`>, "`+hexed("full")+`", 4, 64) = -1 ENOSPC (No space left on device)`,
		`7 1.000010 unlink("`+wal+`") = 0`,
		`7 1.000011 fdatasync(5<`+db+`>) = 0 (INJECTED)`,
		`7 1.000012 +++ exited with 0 +++`,
	)
	want := []opKind{opCreate, opWrite, opWrite, opSync, opSyncDir, opTruncate, opUnlink}
	if len(rec.ops) != len(want) {
		t.Fatalf("%d operations: %+v", len(rec.ops), rec.ops)
	}
	for i, o := range rec.ops {
		if o.kind != want[i] {
			t.Errorf("operation %d is %+v, want %v", i, o, want[i])
		}
	}
	if o := rec.ops[1]; string(o.data) != "frame" || o.off != 32 || o.file != "houvast.db-wal" || !o.at.Equal(time.Unix(1, 2000)) {
		t.Errorf("the write is %+v", o)
	}
	if rec.ops[3].from != 2 {
		t.Errorf("a sync covers what was written before it began: %+v", rec.ops[3])
	}
	if rec.ignored != 1 {
		t.Errorf("%d syncs were lies, want 1", rec.ignored)
	}
}

// What a disk keeps when the power goes: what was synced always, and of the
// rest anything.
func TestImage(t *testing.T) {
	d := newDisk(map[string][]byte{"houvast.db": []byte("old")})
	write := func(file string, off int64, s string) op {
		return op{kind: opWrite, file: file, off: off, data: []byte(s)}
	}
	for i, o := range []op{
		{kind: opCreate, file: "houvast.db-wal"},
		write("houvast.db-wal", 0, "one"),
		{kind: opSync, file: "houvast.db-wal", from: 2},
		{kind: opSyncDir},
		write("houvast.db-wal", 3, "two"),
		write("houvast.db", 0, "new"),
		{kind: opSync, file: "houvast.db", from: 5}, // it began before the write
	} {
		d.do(i, o)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	if got := d.image(nothingSurvives, dice); string(got["houvast.db-wal"]) != "one" || string(got["houvast.db"]) != "old" {
		t.Errorf("nothing unsynced survives: %q", got)
	}
	if got := d.image(allSurvives, dice); string(got["houvast.db-wal"]) != "onetwo" || string(got["houvast.db"]) != "new" {
		t.Errorf("all survives: %q", got)
	}
	if d.unsynced() != 2 {
		t.Errorf("%d writes are in danger, want 2", d.unsynced())
	}
	seen := map[string]bool{}
	for range 100 {
		got := d.image(someSurvive, dice)
		if !strings.HasPrefix(string(got["houvast.db-wal"]), "one") {
			t.Fatalf("what was synced is gone: %q", got)
		}
		seen[string(got["houvast.db-wal"])+"+"+string(got["houvast.db"])] = true
	}
	if len(seen) != 4 {
		t.Errorf("some writes survive in all combinations, also out of order: %v", seen)
	}
	torn := map[string]bool{}
	for range 200 {
		torn[string(tear(make([]byte, 1536), write("", 256, strings.Repeat("x", 1000)), func() bool { return dice.IntN(2) == 0 }))] = true
	}
	if len(torn) != 8 { // 256 to 511, 512 to 1023, 1024 to 1255
		t.Errorf("a write of three sectors was torn in %d ways, want 8", len(torn))
	}
	// A name that was never synced may be gone, and one that was unlinked may be back.
	d.do(7, op{kind: opUnlink, file: "houvast.db-wal"})
	if _, there := d.image(nothingSurvives, dice)["houvast.db-wal"]; !there {
		t.Error("an unlink that was not synced may be undone")
	}
	d.do(8, op{kind: opSyncDir})
	if _, there := d.image(nothingSurvives, dice)["houvast.db-wal"]; there {
		t.Error("an unlink that was synced is for good")
	}
}
