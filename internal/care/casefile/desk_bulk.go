package casefile

import (
	"github.com/houvast/houvast/internal/care/casefile/html"
	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// bulkBar is what can be done with the rows that are ticked.
func bulkBar(words lang.Printer, teams []teamRow, members []org.Member, me string) *html.BulkBar {
	return nil
}

var _ = ui.Option{}
