package page

import (
	"slices"
	"strconv"
	"testing"

	"github.com/houvast/houvast/internal/kernel/errs"
)

func TestPagesCoverAListOnce(t *testing.T) {
	all := []int{3, 5, 8, 13, 21, 34, 55}
	after := func(cursor string, size int) Page[int] {
		key, err := Parse(cursor, 1)
		if err != nil {
			t.Fatal(err)
		}
		var rows []int
		for _, n := range all {
			if key != nil {
				if last, _ := strconv.Atoi(key[0]); n <= last {
					continue
				}
			}
			if len(rows) <= size {
				rows = append(rows, n)
			}
		}
		return Of(rows, size, func(n int) []string { return []string{strconv.Itoa(n)} })
	}
	for _, size := range []int{1, 2, 3, 7, 8} {
		var got []int
		p := after("", size)
		for {
			if len(p.Items) > size {
				t.Fatalf("size %d: a page of %d", size, len(p.Items))
			}
			got = append(got, p.Items...)
			if p.Next == "" {
				break
			}
			p = after(p.Next, size)
		}
		if !slices.Equal(got, all) {
			t.Errorf("size %d: %v", size, got)
		}
	}
}

func TestEmptyListIsNotNull(t *testing.T) {
	if p := Of[int](nil, 5, nil); p.Items == nil || p.Next != "" {
		t.Errorf("%+v", p)
	}
}

func TestParseRefusesWhatIsNoCursor(t *testing.T) {
	for _, c := range []string{"x", "####", Cursor("a"), Cursor("a", "b", "c"), Cursor("a", "b\x00"), "bnVsbA"} {
		if _, err := Parse(c, 2); errs.TypeOf(err) != "bad-cursor" {
			t.Errorf("%q: %v", c, err)
		}
	}
	key, err := Parse(Cursor("é", ""), 2)
	if err != nil || !slices.Equal(key, []string{"é", ""}) {
		t.Errorf("%v %v", key, err)
	}
}

func TestSize(t *testing.T) {
	for in, want := range map[int]int{-1: 50, 0: 50, 1: 1, 200: 200, 5000: 200} {
		if got := Size(in); got != want {
			t.Errorf("Size(%d) = %d, want %d", in, got, want)
		}
	}
}
