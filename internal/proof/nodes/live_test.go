package nodes

import (
	"bufio"
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/mail"
)

const password = "een-huis-met-houvast"

// running does a node's background work until the test ends, and answers.
func running(t *testing.T, a *app.App) *httptest.Server {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := a.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	srv := httptest.NewServer(a.Handler())
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		stop()
		wg.Wait()
	})
	return srv
}

// desk signs a member in at a node and gives a browser that is.
func desk(t *testing.T, d *db.DB, p practice, member, email, node string) *http.Client {
	t.Helper()
	accounts := keys(d)
	phc, err := accounts.Hash(ctx, password, email)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(ctx, func(tx *db.Tx) error {
		a, _, err := accounts.EnsureAccount(tx, auth.NewAccount{Email: email, Name: email})
		if err != nil {
			return err
		}
		if err := accounts.SetHash(tx, a, phc); err != nil {
			return err
		}
		return org.Link(tx, actor.Actor{Kind: actor.Installer, Org: p.Org, Name: "test"}, p.Org, member, a.ID)
	}); err != nil {
		t.Fatal(err)
	}
	return signIn(t, node, email)
}

func signIn(t *testing.T, node, email string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.PostForm(node+"/sign-in", url.Values{"email": {email}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatal("signing in:", res.StatusCode, err)
	}
	return browser
}

// listen opens the live stream of a node and gives what it says.
func listen(t *testing.T, browser *http.Client, node string) <-chan string {
	t.Helper()
	res, err := browser.Get(node + "/desk/events")
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatal("the stream:", res.StatusCode)
	}
	out := make(chan string, 1000)
	go func() {
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			if key, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				out <- key
			}
		}
		close(out)
	}()
	t.Cleanup(func() { _ = res.Body.Close() })
	return out
}

// hears waits for a key on a stream and says how long it took.
func hears(t *testing.T, stream <-chan string, key string) time.Duration {
	t.Helper()
	begin, limit := time.Now(), time.After(20*time.Second)
	for {
		select {
		case got, ok := <-stream:
			if !ok {
				t.Fatalf("the stream ended before %s", key)
			}
			if got == key {
				return time.Since(begin)
			}
		case <-limit:
			t.Fatalf("nothing of %s", key)
		}
	}
}

// TestPagesOfOneNodeShowWhatHappenedOnAnother: a stream is open at node B, and
// everything is written at node A. Without the hints it would take up to two
// seconds; how long it took is printed, and only asserted to happen at all.
func TestPagesOfOneNodeShowWhatHappenedOnAnother(t *testing.T) {
	p := server(t)
	nodeA, nodeB := node(t, p, clock.Real{}, &mail.Box{}), node(t, p, clock.Real{}, &mail.Box{})
	house := newPractice(t, nodeA.DB)
	a, b := running(t, nodeA), running(t, nodeB)
	atA := desk(t, nodeA.DB, house, house.Member, "ada@example.nl", a.URL)
	atB := *atA // the session of A is one at B
	stream := listen(t, &atB, b.URL)
	call := caller{http.DefaultClient, a.URL, house.Key}
	due := time.Now().Add(30 * time.Hour)
	var caseID string
	var slowest, all time.Duration
	const times = 8
	for range times {
		id, err := call.id(ctx, "/cases", house.question("Vraag aan een ander", due))
		if err != nil {
			t.Fatal(err)
		}
		took := hears(t, stream, "case:"+id)
		slowest, all, caseID = max(slowest, took), all+took, id
	}
	t.Logf("%d cases opened at one node show at the other after %s on average, %s at most", times, (all / times).Round(time.Millisecond), slowest.Round(time.Millisecond))

	// Somebody else begins to type at A: no fact is behind it. They are another
	// member, because nobody hears of themselves.
	t.Run("presence", func(t *testing.T) {
		who := actor.Actor{Kind: actor.Staff, Org: house.Org, Member: house.Member, Role: actor.Administrator, Name: "Ada"}
		bea, err := org.New(org.Deps{DB: nodeA.DB}).AddMember(ctx, who, org.NewMember{Name: "Bea", Role: actor.Desk})
		if err != nil {
			t.Fatal(err)
		}
		browser := desk(t, nodeA.DB, house, bea.ID, "bea@example.nl", a.URL)
		res, err := browser.PostForm(a.URL+"/desk/presence", url.Values{"about": {"case:" + caseID}, "typing": {"true"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode >= 300 {
			t.Fatal(res.StatusCode, err)
		}
		hears(t, stream, "presence:case:"+caseID)
	})

	// What is in the database is the same at both: a session, a claim of an
	// Idempotency-Key.
	t.Run("sessions and keys", func(t *testing.T) {
		res, err := atB.Get(b.URL + "/desk")
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode >= 400 {
			t.Error("a session of A at B:", res.StatusCode, err)
		}
		first, err := call.call(ctx, http.MethodPost, "/cases", "same", house.question("Eén keer", due))
		if err != nil {
			t.Fatal(err)
		}
		again := caller{http.DefaultClient, b.URL, house.Key}
		second, err := again.call(ctx, http.MethodPost, "/cases", "same", house.question("Eén keer", due))
		if err != nil || first.status != second.status || string(first.body) != string(second.body) {
			t.Errorf("asked again at the other node: %d %s, then %d %s %v", first.status, first.body, second.status, second.body, err)
		}
	})
}
