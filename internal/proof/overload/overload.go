package overload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// Request is one thing a client asks. It is made anew for each sending.
type Request struct {
	Name   string
	Method string
	Path   string
	Token  string
	Body   any
}

// Answer is what became of it.
type Answer struct {
	Request Request
	Status  int // 0: no answer came
	Retry   string
	Body    []byte
	Took    time.Duration // since it was due to be sent
	Err     error
}

// Load asks a server at an address.
type Load struct {
	Base string
	http *http.Client
}

// NewLoad makes a client that holds up to so many connections.
func NewLoad(base string, connections int) *Load {
	return &Load{Base: base, http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections, MaxIdleConns: connections}}}
}

// Close ends its connections.
func (l *Load) Close() { l.http.CloseIdleConnections() }

// Send asks once.
func (l *Load) Send(ctx context.Context, q Request, due time.Time) (a Answer) {
	a.Request = q
	defer func() { a.Took = clock.Machine.Since(due) }()
	var body io.Reader
	if q.Body != nil {
		b, err := json.Marshal(q.Body)
		if err != nil {
			a.Err = err
			return a
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, q.Method, l.Base+q.Path, body)
	if err != nil {
		a.Err = err
		return a
	}
	if q.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.Token != "" {
		req.Header.Set("Authorization", "Bearer "+q.Token)
	}
	res, err := l.http.Do(req)
	if err != nil {
		a.Err = err
		return a
	}
	a.Status, a.Retry = res.StatusCode, res.Header.Get("Retry-After")
	a.Body, err = io.ReadAll(res.Body)
	a.Err = errors.Join(err, res.Body.Close())
	return a
}

// Closed has so many clients who each ask again as soon as they were answered,
// and says how many answers there were in a second: what the server can do.
func (l *Load) Closed(ctx context.Context, clients int, d time.Duration, next func(n int64) Request) (perSecond float64, answers []Answer) {
	var nth atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := clock.Machine.Now()
	for range clients {
		wg.Go(func() {
			for clock.Machine.Since(start) < d && ctx.Err() == nil {
				a := l.Send(ctx, next(nth.Add(1)), clock.Machine.Now())
				mu.Lock()
				answers = append(answers, a)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return float64(len(answers)) / clock.Machine.Since(start).Seconds(), answers
}

// Open sends requests at a rate, whatever becomes of those before, and waits
// for the answers.
func (l *Load) Open(ctx context.Context, perSecond float64, d time.Duration, next func(n int64) Request) (sent float64, answers []Answer) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	start, total := clock.Machine.Now(), int64(perSecond*d.Seconds())
	for n := int64(0); n < total && ctx.Err() == nil; n++ {
		due := start.Add(time.Duration(float64(n) / perSecond * float64(time.Second)))
		if wait := -clock.Machine.Since(due); wait > time.Millisecond {
			clock.Machine.Sleep(ctx, wait)
		}
		wg.Go(func() {
			a := l.Send(ctx, next(n), due)
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, a)
		})
	}
	sent = float64(total) / clock.Machine.Since(start).Seconds()
	wg.Wait()
	return sent, answers
}

// Figures sum answers up.
type Figures struct {
	Sent, Done, Busy, Limited, Failed, Lost int
	NoRetryAfter                            int
	P50, P99, Longest                       time.Duration // of those that were done
	BusyP99, BusyLongest                    time.Duration // of those that heard no
}

// Sum sums answers up.
func Sum(answers []Answer) (f Figures) {
	var done, busy []time.Duration
	for _, a := range answers {
		f.Sent++
		switch {
		case a.Err != nil || a.Status == 0:
			f.Lost++
			continue
		case a.Status == http.StatusServiceUnavailable:
			f.Busy++
		case a.Status == http.StatusTooManyRequests:
			f.Limited++
		case a.Status >= 400:
			f.Failed++
		default:
			f.Done++
			done = append(done, a.Took)
			continue
		}
		busy = append(busy, a.Took)
		if a.Status != http.StatusServiceUnavailable && a.Status != http.StatusTooManyRequests {
			continue
		}
		if a.Retry == "" {
			f.NoRetryAfter++
		}
	}
	f.P50, f.P99, f.Longest = quantile(done, .5), quantile(done, .99), quantile(done, 1)
	f.BusyP99, f.BusyLongest = quantile(busy, .99), quantile(busy, 1)
	return f
}

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(len(d)-1, int(q*float64(len(d))))].Round(100 * time.Microsecond)
}

// String prints the figures on a line.
func (f Figures) String() string {
	return fmt.Sprintf("sent %d: done %d (p50 %s, p99 %s, longest %s), busy %d and limited %d (p99 %s, longest %s), failed %d, without an answer %d",
		f.Sent, f.Done, f.P50, f.P99, f.Longest, f.Busy, f.Limited, f.BusyP99, f.BusyLongest, f.Failed, f.Lost)
}
