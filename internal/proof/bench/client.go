package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// client is one connection that is kept. It does as little as a client can,
// because it runs on the machine that is measured.
type client struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
	body    []byte
	cookie  string // all that were set
	moved   string // where the last answer sent us
}

func dial(address string) (*client, error) {
	c := &client{address: address}
	return c, c.connect()
}

func (c *client) connect() (err error) {
	// It is on this machine: it answers or refuses at once.
	if c.conn, err = (&net.Dialer{}).DialContext(context.Background(), "tcp", c.address); err == nil {
		c.in = bufio.NewReaderSize(c.conn, 64<<10)
	}
	return err
}

func (c *client) close() { _ = c.conn.Close() }

// request is what is sent: made once, or for each time.
func request(method, path, auth string, kind string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, path)
	switch {
	case strings.Contains(auth, "="):
		fmt.Fprintf(&b, "Cookie: %s\r\n", auth)
	case auth != "":
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", auth)
	}
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: %s\r\nContent-Length: %d\r\n", kind, len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// jsonRequest is one to the API.
func jsonRequest(method, path, key string, body any) []byte {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			panic(err) // maps of our own
		}
	}
	return request(method, "/api/v1"+path, key, "application/json", text)
}

var errShort = errors.New("the answer is not HTTP")

// do sends a request and reads the answer; the body is valid until the next.
func (c *client) do(req []byte) (status int, body []byte, err error) {
	if _, err := c.conn.Write(req); err != nil {
		return 0, nil, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 {
		return 0, nil, errShort
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	length, chunked, last := -1, false, false
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case len(name) == 14 && bytes.EqualFold(name, []byte("content-length")):
			length, err = strconv.Atoi(string(value))
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			chunked = true
		case bytes.EqualFold(name, []byte("connection")):
			last = bytes.EqualFold(value, []byte("close"))
		case bytes.EqualFold(name, []byte("set-cookie")):
			v, _, _ := strings.Cut(string(value), ";")
			if c.cookie != "" {
				v = c.cookie + "; " + v
			}
			c.cookie = v
		case bytes.EqualFold(name, []byte("location")):
			c.moved = string(value)
		}
		if err != nil {
			return 0, nil, err
		}
	}
	switch {
	case status == 204 || status == 304:
		c.body = c.body[:0]
	case chunked:
		err = c.chunks()
	default:
		if cap(c.body) < length {
			c.body = make([]byte, length)
		}
		c.body = c.body[:max(0, length)]
		_, err = io.ReadFull(c.in, c.body)
	}
	if err == nil && last {
		c.close()
		err = c.connect()
	}
	return status, c.body, err
}

func (c *client) chunks() error {
	c.body = c.body[:0]
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 32)
		if err != nil {
			return err
		}
		from := len(c.body)
		c.body = append(c.body, make([]byte, n+2)...)
		if _, err := io.ReadFull(c.in, c.body[from:]); err != nil {
			return err
		}
		c.body = c.body[:from+int(n)]
		if n == 0 {
			return nil
		}
	}
}
