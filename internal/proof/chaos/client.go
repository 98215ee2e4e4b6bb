package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// answer is what came back.
type answer struct {
	status int
	body   []byte
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

func (a answer) into(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("%.200s: %w", a.body, err)
	}
	return nil
}

// problem is the type of an error, without the address before it.
func (a answer) problem() string {
	var p struct{ Type string }
	_ = json.Unmarshal(a.body, &p) // not a problem at all
	return p.Type[strings.LastIndex(p.Type, "/")+1:]
}

// request is one call of the API.
type request struct {
	method, path string
	token        string
	key          string // Idempotency-Key
	from         string // the address of who asks, behind a proxy
	body         any
}

// send makes one request. An error means that nobody knows what became of it.
func send(ctx context.Context, c *http.Client, base string, r request) (answer, error) {
	var in io.Reader
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return answer{}, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, base+"/api/v1"+r.path, in)
	if err != nil {
		return answer{}, err
	}
	for name, value := range map[string]string{"Authorization": r.token, "Idempotency-Key": r.key, "X-Forwarded-For": r.from} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.Do(req)
	if err != nil {
		return answer{}, err
	}
	out := answer{status: res.StatusCode}
	out.body, err = io.ReadAll(res.Body)
	return out, errors.Join(err, res.Body.Close())
}
