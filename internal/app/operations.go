package app

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// operations answers a monitor on a listener of its own, so that what it reads
// is not public and is answered also when all else is full. Without a setting
// there is none.
func (a *App) operations(ctx context.Context) (stop func() error, err error) {
	if !a.Config.Metrics.On() {
		return func() error { return nil }, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.Metrics.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for a monitor on %s: %w", a.Config.Metrics.Listen, err)
	}
	srv := &http.Server{Handler: a.Operations(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	a.Log.Info("metrics can be read", "listen", listener.Addr().String())
	return func() error {
		err := srv.Close()
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return err
	}, nil
}

// Operations is what a monitor is answered.
func (a *App) Operations() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.monitorOnly(a.metrics.Handler()))
	return a.probes(mux)
}

// monitorOnly asks for the token, when there is one; config.Load sees to it
// that there is one when other machines can ask.
func (a *App) monitorOnly(next http.Handler) http.Handler {
	token := a.Config.Metrics.Token
	if !token.IsSet() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(shown), []byte(token.Reveal())) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="Houvast metrics"`)
			http.Error(w, "show the token of metrics.token_file", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
