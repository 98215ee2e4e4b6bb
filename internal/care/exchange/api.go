package exchange

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/web"
)

// Progress is an import with what it would do.
type Progress struct {
	Import
	Forecast Forecast `json:"forecast" doc:"What running it would do, with the choices made."`
}

type importAnswer struct {
	ETag string `header:"ETag"`
	Body Progress
}

func answerOf(i Import, err error) (*importAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &importAnswer{web.ETag(i.Version), Progress{i, i.Forecast()}}, nil
}

type importsAnswer struct {
	Link string `header:"Link"`
	Body struct {
		Items []Progress `json:"items"`
	}
}

type rowsAnswer struct {
	Link string `header:"Link"`
	Body struct {
		Items []Row `json:"items"`
	}
}

// IDPath names an import.
type IDPath struct {
	ID string `path:"import_id" maxLength:"60"`
}

// Seen is the version of an import that a client saw.
type Seen struct {
	IfMatch string `header:"If-Match" doc:"The ETag of what you saw."`
}

// Sent is a list as it comes in: it is read while it is sent, and never held
// whole in memory.
type Sent struct {
	FileName string `query:"file_name" maxLength:"200" doc:"What the file is called."`
	body     io.Reader
}

// Resolve implements huma.Resolver.
func (s *Sent) Resolve(ctx huma.Context) []error {
	s.body = ctx.BodyReader()
	_ = ctx.SetReadDeadline(clock.Machine.Now().Add(uploadTime))
	return nil
}

// uploadTime is how long a list may take to arrive, exportTime to leave.
const (
	uploadTime = 30 * time.Minute
	exportTime = 30 * time.Minute
)

// MapImport says what each column of a list is, in their order.
type MapImport struct {
	Columns []ColumnMapping `json:"columns" maxItems:"200"`
}

// ChooseImport says what happens with groups of rows.
type ChooseImport struct {
	Choices map[Group]Choice `json:"choices" doc:"By group: \"part\", or \"here:\" (a customer) or \"list:\" (an earlier row) and what is the same, such as \"here:name-birth\"."`
}

// ChooseImportRow says what happens with one row.
type ChooseImportRow struct {
	Choice Choice `json:"choice" enum:",skip,add,complete" doc:"Empty goes with the group."`
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "Import and export")
	}
	do := func(id, path, summary string) huma.Operation {
		o := op(id, http.MethodPost, path, summary)
		o.DefaultStatus = http.StatusOK
		return o
	}
	create := op("createImport", http.MethodPost, "/imports", "Send a list of customers, as CSV or vCard in the body")
	create.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/csv":   {Schema: &huma.Schema{Type: huma.TypeString}},
		"text/vcard": {Schema: &huma.Schema{Type: huma.TypeString}}}}
	huma.Register(api, create, func(ctx context.Context, in *Sent) (*importAnswer, error) {
		return answerOf(s.Upload(ctx, web.Actor(ctx), in.FileName, in.body))
	})
	huma.Register(api, op("listImports", http.MethodGet, "/imports", "List imports, the newest first"),
		func(ctx context.Context, in *struct{ web.Paging }) (*importsAnswer, error) {
			p, err := s.List(ctx, web.Actor(ctx), in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := &importsAnswer{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
			out.Body.Items = make([]Progress, len(p.Items))
			for n, i := range p.Items {
				out.Body.Items[n] = Progress{i, i.Forecast()}
			}
			return out, nil
		})
	huma.Register(api, op("getImport", http.MethodGet, "/imports/{import_id}", "Get an import: its columns, counts and progress"),
		func(ctx context.Context, in *IDPath) (*importAnswer, error) {
			return answerOf(s.Get(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, op("listImportRows", http.MethodGet, "/imports/{import_id}/rows", "List rows of an import: those of a class or an outcome, or all"),
		func(ctx context.Context, in *struct {
			IDPath
			web.Paging
			Class   string `query:"class" enum:"ok,part,wrong,twin"`
			Outcome string `query:"outcome" enum:"added,completed,failed,undone,kept"`
		}) (*rowsAnswer, error) {
			_, p, err := s.Rows(ctx, web.Actor(ctx), in.ID, Filter{Class(in.Class), in.Outcome}, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := &rowsAnswer{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
			out.Body.Items = p.Items
			for _, r := range p.Items {
				web.Saw(ctx, "person", r.TwinID, r.Person)
			}
			return out, nil
		})
	huma.Register(api, op("mapImport", http.MethodPut, "/imports/{import_id}/columns", "Say what the columns are, and begin the dry run"),
		func(ctx context.Context, in *struct {
			IDPath
			Seen
			Body MapImport
		}) (*importAnswer, error) {
			return s.seen(ctx, in.ID, in.IfMatch, func(i Import) (Import, error) {
				return s.Map(ctx, web.Actor(ctx), in.ID, i.Version, in.Body.Columns)
			})
		})
	huma.Register(api, op("chooseImport", http.MethodPut, "/imports/{import_id}/choices", "Say what happens with groups of rows"),
		func(ctx context.Context, in *struct {
			IDPath
			Seen
			Body ChooseImport
		}) (*importAnswer, error) {
			return s.seen(ctx, in.ID, in.IfMatch, func(i Import) (Import, error) {
				return s.Choose(ctx, web.Actor(ctx), in.ID, i.Version, in.Body.Choices)
			})
		})
	huma.Register(api, op("chooseImportRow", http.MethodPut, "/imports/{import_id}/rows/{row}/choice", "Say what happens with one row"),
		func(ctx context.Context, in *struct {
			IDPath
			Row  int64 `path:"row" minimum:"1"`
			Body ChooseImportRow
		}) (*importAnswer, error) {
			return answerOf(s.ChooseRow(ctx, web.Actor(ctx), in.ID, in.Row, in.Body.Choice))
		})
	confirm := do("confirmImport", "/imports/{import_id}/confirm", "Let an import run that was looked at")
	confirm.Errors = append(confirm.Errors, 412, 428)
	huma.Register(api, confirm,
		func(ctx context.Context, in *struct {
			IDPath
			Seen
		}) (*importAnswer, error) {
			return s.seen(ctx, in.ID, in.IfMatch, func(i Import) (Import, error) {
				return s.Confirm(ctx, web.Actor(ctx), in.ID, i.Version)
			})
		})
	huma.Register(api, do("stopImport", "/imports/{import_id}/stop", "Stop an import after the rows it is at"),
		func(ctx context.Context, in *IDPath) (*importAnswer, error) {
			return answerOf(s.Stop(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, do("continueImport", "/imports/{import_id}/continue", "Go on with an import that was stopped"),
		func(ctx context.Context, in *IDPath) (*importAnswer, error) {
			return answerOf(s.Continue(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, do("undoImport", "/imports/{import_id}/undo", "Take back whom an import added, unless they were used"),
		func(ctx context.Context, in *IDPath) (*importAnswer, error) {
			return answerOf(s.Undo(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, do("dropImport", "/imports/{import_id}/drop", "Throw away a list that was not confirmed"),
		func(ctx context.Context, in *IDPath) (*importAnswer, error) {
			return answerOf(s.Drop(ctx, web.Actor(ctx), in.ID))
		})
	s.apiFiles(api, op)
}

// seen changes an import that the client saw.
func (s *Service) seen(ctx context.Context, id, ifMatch string, do func(Import) (Import, error)) (*importAnswer, error) {
	old, err := s.Get(ctx, web.Actor(ctx), id)
	if err == nil {
		err = web.CheckIfMatch(ifMatch, old.Version)
	}
	if err != nil {
		return nil, err
	}
	return answerOf(do(old))
}

func (s *Service) apiFiles(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("getImportProblems", http.MethodGet, "/imports/{import_id}/problems.csv", "Get the rows with a problem, as CSV with a column that says what"),
		func(ctx context.Context, in *IDPath) (*huma.StreamResponse, error) {
			who, words := web.Actor(ctx), web.Printer(ctx)
			if _, err := s.Get(ctx, who, in.ID); err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(out huma.Context) {
				out.SetHeader("Content-Type", "text/csv; charset=utf-8")
				if err := s.Problems(ctx, who, in.ID, words, out.BodyWriter()); err != nil {
					panic(http.ErrAbortHandler) // what was sent is not all of it: break off
				}
			}}, nil
		})
	export := op("exportPeople", http.MethodPost, "/people/export", "Take all customers out, as CSV or vCard")
	export.DefaultStatus = http.StatusOK
	huma.Register(api, export, func(ctx context.Context, in *struct{ Body Export }) (*huma.StreamResponse, error) {
		out, err := s.Export(ctx, web.Actor(ctx), in.Body, web.From(ctx).ID, web.Printer(ctx))
		if err != nil {
			return nil, err
		}
		name := out.FileName(web.From(ctx).Now())
		return &huma.StreamResponse{Body: func(to huma.Context) {
			to.SetHeader("Content-Type", out.ContentType())
			to.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename=%q`, name))
			if _, err := out.Write(ctx, to.BodyWriter()); err != nil {
				panic(http.ErrAbortHandler)
			}
		}}, nil
	})
}
