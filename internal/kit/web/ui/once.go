package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/houvast/houvast/internal/kit/web"
)

// Once is a hidden input that makes sending its form twice the same as sending
// it once, without a script too: a double click or a reload leads to what came
// of the first time. It stands in every form that makes something and has no
// version to compare. A handler says that something was done by leading
// elsewhere; a form that is shown again was not done.
//
// A form with files takes OnceURL as its action instead.
func Once(ctx context.Context) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		c := web.From(ctx)
		if c == nil { // drawn outside a request, for a picture of the part
			return nil
		}
		_, err := io.WriteString(w, `<input type="hidden" name="`+web.OnceField+`" value="`+templ.EscapeString(c.OnceToken())+`">`)
		return err
	})
}

// OnceURL is the address of a form with files, with the token that Once puts
// into others.
func OnceURL(ctx context.Context, action string) string {
	if c := web.From(ctx); c != nil {
		return c.OnceURL(action)
	}
	return action
}
