package ui

import (
	"fmt"
	"math"
	"strings"
)

// LengthRow is a named length, of time for instance, with its interval.
type LengthRow struct {
	Label            string
	Value, Low, High float64
	Text             string // beside it
}

// Lengths draws named lengths under each other, with their intervals, on an
// axis that begins at nought.
func Lengths(rows []LengthRow, axis string) Drawing {
	const left, right, pitch = 160.0, 440.0, 40.0
	bottom := pitch*float64(len(rows)) + 12
	d := Drawing{width: 520, height: bottom + 44}
	most := 0.0
	for _, r := range rows {
		most = max(most, r.Value, r.High)
	}
	step := niceStep(most / 5)
	end := max(step, math.Ceil(most/step)*step)
	x := func(v float64) float64 { return left + (right-left)*v/end }
	var b strings.Builder
	for v := 0.0; v <= end*1.0001; v += step {
		fmt.Fprintf(&b, `<path class="g-line" d="M%s 8V%s"/>`, num(x(v)), num(bottom))
		caption(&b, x(v), bottom+18, "dim", "middle", num(v))
	}
	for i, r := range rows {
		y := 30 + pitch*float64(i)
		caption(&b, left-12, y+4, "", "end", r.Label)
		if r.High > r.Low {
			fmt.Fprintf(&b, `<path d="M%s %sH%s" class="s-brand" stroke-opacity=".4"/>`, num(x(r.Low)), num(y), num(x(r.High)))
		}
		fmt.Fprintf(&b, `<circle class="f-brand dot" cx="%s" cy="%s" r="6"/>`, num(x(r.Value)), num(y))
		caption(&b, x(max(r.Value, r.High))+12, y+4, "strong", "start", r.Text)
	}
	caption(&b, (left+right)/2, bottom+40, "dim", "middle", axis)
	d.body = b.String()
	return d
}

// niceStep is the first of 1, 2 and 5 times a power of ten that is not below v.
func niceStep(v float64) float64 {
	if v <= 0 {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if f*p >= v*.9999 {
			return f * p
		}
	}
	return 10 * p
}
