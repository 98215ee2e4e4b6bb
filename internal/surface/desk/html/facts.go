package html

import (
	"context"

	"github.com/houvast/houvast/internal/kit/web/ui"
)

func meFacts(ctx context.Context, v MeView) []ui.Fact {
	list := []ui.Fact{{Term: ui.T(ctx, "desk.signin.email"), Value: v.Email}, {Term: ui.T(ctx, "desk.me.role"), Value: v.Role}}
	if v.Several {
		list = append(list, ui.Fact{Term: ui.T(ctx, "desk.nav.places"), Value: ui.T(ctx, "desk.nav.choose"), Href: "/choose"})
	}
	return list
}
