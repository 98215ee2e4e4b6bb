package chaos

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// passing is what a proxy does with what comes by.
type passing int

const (
	through passing = iota
	refused         // connections break, and none is taken
	hanging         // connections stay, and nothing passes
	deaf            // what the program says passes, what the database answers is lost
)

// proxy stands between a program and a server.
type proxy struct {
	port   int
	to     string
	listen net.Listener
	wait   sync.WaitGroup

	mu    sync.Mutex
	cond  *sync.Cond
	state passing
	over  bool
	conns map[net.Conn]bool
}

func newProxy(ctx context.Context, to int) (*proxy, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{port: l.Addr().(*net.TCPAddr).Port, to: "127.0.0.1:" + strconv.Itoa(to), listen: l, conns: map[net.Conn]bool{}}
	p.cond = sync.NewCond(&p.mu)
	p.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.wait.Go(func() { p.carry(c) })
		}
	})
	return p, nil
}

// instead is an address with the proxy's port for the server's.
func (p *proxy) instead(address string, port int) string {
	return strings.Replace(address, ":"+strconv.Itoa(port)+"/", ":"+strconv.Itoa(p.port)+"/", 1)
}

// set changes what the proxy does. After anything but hanging all connections
// break: what was lost in between cannot be mended.
func (p *proxy) set(s passing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s == refused || p.state == deaf {
		for c := range p.conns {
			_ = c.Close()
		}
	}
	p.state = s
	p.cond.Broadcast()
}

func (p *proxy) close() {
	_ = p.listen.Close()
	p.mu.Lock()
	p.over = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.cond.Broadcast()
	p.mu.Unlock()
	p.wait.Wait()
}

// enter adds a connection, unless none is taken.
func (p *proxy) enter(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == refused || p.over {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *proxy) leave(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// carry carries one connection both ways.
func (p *proxy) carry(in net.Conn) {
	defer p.leave(in)
	if !p.enter(in) {
		return
	}
	out, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.to) // on this machine: it answers or refuses at once
	if err != nil {
		return
	}
	defer p.leave(out)
	if !p.enter(out) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.copy(out, in, false) })
	both.Go(func() { p.copy(in, out, true) })
	both.Wait()
}

func (p *proxy) copy(to, from net.Conn, answers bool) {
	// Either end closing ends the whole connection.
	defer func() { _ = to.Close(); _ = from.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			p.mu.Lock()
			for p.state == hanging && !p.over {
				p.cond.Wait()
			}
			lose := p.state == deaf && answers
			p.mu.Unlock()
			if !lose {
				if _, err := to.Write(buf[:n]); err != nil {
					return
				}
			}
		}
		if err != nil {
			return
		}
	}
}

// away is how a node is taken away.
type away string

const (
	frozen     away = "frozen"      // SIGSTOP: it wakes believing that no time passed
	cutOff     away = "cut off"     // its connections to the database break
	hung       away = "left hung"   // its connections stay, and nothing passes
	killed     away = "killed"      // kill -9
	struckDeaf away = "struck deaf" // what it writes arrives; it hears no answer
)

// takeAway takes a node away; back brings it again.
func (h *house) takeAway(ctx context.Context, way away, n *node, p *proxy) (back func() error, err error) {
	h.mu.Lock()
	h.absent = n
	h.mu.Unlock()
	returned := func(do func() error) func() error {
		return func() error {
			err := do()
			h.mu.Lock()
			h.absent = nil
			h.mu.Unlock()
			return err
		}
	}
	switch way {
	case frozen:
		return returned(func() error { return n.signal(syscall.SIGCONT) }), n.signal(syscall.SIGSTOP)
	case killed:
		return returned(func() error { _, err := n.start(ctx); return err }), n.kill()
	}
	p.set(map[away]passing{cutOff: refused, hung: hanging, struckDeaf: deaf}[way])
	return returned(func() error { p.set(through); return nil }), nil
}
