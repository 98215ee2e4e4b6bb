package casefile

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kit/files"
	"github.com/houvast/houvast/internal/kit/web"
)

// fileView is a document that is a file.
type fileView struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Media     string      `json:"media_type" doc:"By its content, never by its name"`
	Size      int64       `json:"size"`
	SHA256    string      `json:"sha256"`
	State     files.State `json:"state" enum:"scanning,clean,infected,unscanned" doc:"Given out when clean, or unscanned because no scanner is set up."`
	CheckedAt time.Time   `json:"checked_at,omitzero"`
}

func fileViewOf(d Document, f File) fileView {
	return fileView{d.ID, d.Name, f.Media, f.Size, f.SHA256, f.State, f.CheckedAt}
}

// apiFiles are documents that are files.
func (s *Service) apiFiles(api huma.API) {
	add := web.Operation("addFile", http.MethodPost, "/cases/{case_id}/files", "Add a file to a case: PDF, picture, text or letter, by its content", "Cases")
	add.MaxBodyBytes = mostUpload * 4 / 3
	huma.Register(api, add, func(ctx context.Context, in *struct {
		CasePath
		Body struct {
			Kind    string `json:"kind" enum:"referral-letter,specialist-letter,result,image,consent,other"`
			Name    string `json:"name" maxLength:"200"`
			Content []byte `json:"content" doc:"Base64"`
		}
	}) (*body[documentView], error) {
		list, err := s.AddFiles(ctx, web.Actor(ctx), in.Case, in.Body.Kind, "", []Upload{{in.Body.Name, in.Body.Content}})
		if err != nil {
			return nil, err
		}
		return &body[documentView]{documentOf(list[0], false)}, nil
	})
	huma.Register(api, web.Operation("getFile", http.MethodGet, "/documents/{document_id}/file", "What is known of a document that is a file, and whether it is given out", "Cases"),
		func(ctx context.Context, in *struct {
			ID string `path:"document_id" maxLength:"60"`
		}) (*body[fileView], error) {
			d, err := s.Document(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			f, is, err := s.FileOf(ctx, web.Actor(ctx), d.ID)
			if err == nil && !is {
				err = notFile()
			}
			if err != nil {
				return nil, err
			}
			return &body[fileView]{fileViewOf(d, f)}, nil
		})
	get := web.Operation("getFileContent", http.MethodGet, "/documents/{document_id}/content", "The content of a document that is a file, once it may be given out", "Cases")
	get.Errors = append(get.Errors, http.StatusConflict)
	huma.Register(api, get, func(ctx context.Context, in *struct {
		ID string `path:"document_id" maxLength:"60"`
	}) (*struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}, error) {
		d, f, b, err := s.GiveOut(ctx, web.Actor(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		web.Saw(ctx, "document", d.ID)
		return &struct {
			Type        string `header:"Content-Type"`
			Disposition string `header:"Content-Disposition"`
			Body        []byte
		}{f.Media, disposition("attachment", d.Name), b}, nil
	})
}
