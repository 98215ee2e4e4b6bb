package examine

import (
	"context"

	"github.com/houvast/houvast/internal/kernel/errs"
)

func readXES(context.Context, *source, Options) (*Log, error) {
	return nil, errs.New(errs.Invalid, "not-xes")
}
