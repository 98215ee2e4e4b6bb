package stats

import "sort"

const (
	hour   = int64(60 * 60 * 1000)
	week   = 168
	atRest = 0.1 // an hour in which nothing ever ends still passes a little
)

// busyClock passes as fast as cases usually end in that hour of the week, one
// hour an hour on average. What ends when is learnt along the way.
type busyClock struct {
	seen  [week]float64
	total float64
	sum   [week + 1]float64 // busy hours from the start of the week
	last  int64             // up to here it was counted
	begun bool
	count float64
}

func (c *busyClock) saw(at int64) {
	c.seen[hourOfWeek(at)]++
	c.total++
}

// draw takes what was seen into account from now on.
func (c *busyClock) draw() {
	for h := range week {
		rate := 1.0
		if c.total > 0 {
			rate = atRest + (1-atRest)*c.seen[h]*week/c.total
		}
		c.sum[h+1] = c.sum[h] + rate
	}
}

func floorDiv(a, b int64) (quotient, rest int64) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		quotient, rest = quotient-1, rest+b
	}
	return quotient, rest
}

func hourOfWeek(at int64) int64 {
	h, _ := floorDiv(at, hour)
	_, h = floorDiv(h, week)
	return h
}

// place is the busy time of a moment since the start of its week, and that week.
func (c *busyClock) place(at int64) (weeks int64, in float64) {
	weeks, rest := floorDiv(at, week*hour)
	h := rest / hour
	return weeks, (c.sum[h] + (c.sum[h+1]-c.sum[h])*float64(rest%hour)/float64(hour)) * float64(hour)
}

// at counts on to a moment, which is never before the one before.
func (c *busyClock) at(at int64) float64 {
	if c.begun && at > c.last {
		w0, a := c.place(c.last)
		w1, b := c.place(at)
		c.count += float64(w1-w0)*c.sum[week]*float64(hour) + b - a
	}
	if !c.begun || at > c.last {
		c.begun, c.last = true, at
	}
	return c.count
}

// until is how much time by the clock passes from a moment while so much busy
// time passes.
func (c *busyClock) until(at int64, busy float64) float64 {
	_, in := c.place(at)
	_, rest := floorDiv(at, week*hour)
	perWeek := c.sum[week] * float64(hour)
	goal := in + busy
	weeks := float64(int64(goal / perWeek))
	goal = (goal - weeks*perWeek) / float64(hour)
	h := min(sort.Search(week, func(i int) bool { return c.sum[i+1] >= goal }), week-1)
	hours := float64(h) + (goal-c.sum[h])/(c.sum[h+1]-c.sum[h])
	return max(0, weeks*week*float64(hour)+hours*float64(hour)-float64(rest))
}
