package ui

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// read parses a drawing and gives its texts and how often each element occurs.
func read(t *testing.T, d Drawing) (texts []string, elements map[string]int) {
	t.Helper()
	var b strings.Builder
	if err := d.Svg(`what it "shows" <all>`).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
		t.Errorf("not a number in %s", b.String())
	}
	elements = map[string]int{}
	dec := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return texts, elements
		}
		if err != nil {
			t.Fatalf("%v in %s", err, b.String())
		}
		switch x := tok.(type) {
		case xml.StartElement:
			elements[x.Name.Local]++
		case xml.CharData:
			texts = append(texts, string(x))
		}
	}
}

func share(v, spread float64) Share {
	return Share{Value: v, Low: v - spread, High: min(v+spread, 1), Known: true}
}

func TestDrawings(t *testing.T) {
	points := []SharePoint{{"wk 34", share(.83, .06)}, {"35", share(.81, .06)}, {Label: "36"}, {"37", share(.92, .03)}}
	for _, c := range []struct {
		name    string
		d       Drawing
		circles int
		rects   int
		text    string
	}{
		{"columns", Columns([]Column{{Label: "0", Top: "29%", Value: 12}, {Label: "1", Value: 0}, {Label: "over <1>", Value: 3, Tail: true}}, "handovers",
			ColumnMark{At: 1, Text: "half"}), 0, 3, "over <1>"},
		{"columns of nothing", Columns(nil, "handovers"), 0, 0, "handovers"},
		{"trend with a week without", Trend(points, .9, "goal 90", "92 of 100", "86 to 95"), 3, 0, "92 of 100"},
		{"trend of one", Trend(points[:1], 0, "", "83", ""), 1, 0, "wk 34"},
		{"trend of nothing", Trend(nil, .9, "goal", "", ""), 0, 0, "goal"},
		{"spreads", Spreads(points, .9, "quarter"), 3, 0, "quarter"},
		{"dots", Dots([]DotRow{{Label: "Answer", Share: share(.9, .05), Of: "of 104"}, {Label: "Visit"}}, .9, "kept"), 1, 0, "of 104"},
		{"claims", Claims([]ClaimPoint{{Claimed: .5, Share: share(.53, .05)}, {Claimed: .9, Share: share(.89, .02), Text: "90% quoted"}}, "quoted", "more", "less"), 2, 0, "90% quoted"},
		{"spark", Spark([]Share{share(.7, 0), {}, share(.9, 0)}, .8), 1, 0, ""},
		{"spark of nothing", Spark(nil, 0), 0, 0, ""},
	} {
		texts, elements := read(t, c.d)
		if elements["circle"] != c.circles || elements["rect"] != c.rects {
			t.Errorf("%s: %v", c.name, elements)
		}
		if c.text != "" && !strings.Contains(strings.Join(texts, "|"), c.text) {
			t.Errorf("%s: no %q in %q", c.name, c.text, texts)
		}
	}
}

func TestAxisStart(t *testing.T) {
	for _, c := range []struct {
		goal   float64
		shares []Share
		want   int
	}{
		{.9, []Share{share(.95, .02)}, 80},
		{.9, []Share{share(.83, .06)}, 70},
		{0, []Share{share(.2, .2)}, 0},
		{.9, nil, 80},
		{0, nil, 90},
	} {
		if got := AxisStart(c.goal, c.shares...); got != c.want {
			t.Errorf("goal %v, %v: the axis starts at %d, want %d", c.goal, c.shares, got, c.want)
		}
	}
}

func TestChartHasItsTable(t *testing.T) {
	v := ChartView{ID: "kept", Title: "We keep nine of ten", Sub: "per week", Drawing: Columns(nil, "x"), Label: "nine of ten",
		Table: ChartTable{Caption: "Kept per week", Head: []string{"Week", "Kept"}, Rows: [][]ChartCell{{{Text: "34"}, {Text: "98", Href: "/desk/insight/kept?week=34"}}}}}
	got := render(t, With(t.Context(), words(t, "en")), Chart(v))
	for _, want := range []string{`aria-labelledby="kept"`, `<caption class="sr">Kept per week</caption>`, `<th scope="row">34</th>`, `<a href="/desk/insight/kept?week=34">98</a>`} {
		if !strings.Contains(strings.ReplaceAll(got, "> <", "><"), want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}
