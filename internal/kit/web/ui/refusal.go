package ui

import (
	"net/http"

	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/web"
)

// Refusal says how a form that was not accepted is shown again: the sentence
// on top, the inputs to mend and the status. Rename tells of paths that the
// form calls otherwise. An error that a form cannot help with is given back.
func Refusal(c *web.Ctx, err error, rename map[string]string) (summary string, wrong Errors, status int, rest error) {
	summary, _, ok := web.FormErrors(err, c.P)
	if !ok {
		return "", nil, 0, err
	}
	wrong = ErrorsOf(c.P, err)
	for i, e := range wrong {
		if name, ok := rename[e.Field]; ok {
			wrong[i].Field = name
		}
	}
	if status = web.Status(errs.ClassOf(err)); status == http.StatusBadRequest {
		status = http.StatusUnprocessableEntity
	}
	return summary, wrong, status, nil
}
