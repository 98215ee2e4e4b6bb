// Package ui is everything visual that several pages share: the style sheets
// and scripts, the icons, the page layouts and the components. It knows no
// business; a page of a capability is composed out of it in its own html/
// directory:
//
//	templ Today(v View) {
//		@ui.Desk(v.Page) {
//			@ui.PageHead(ui.PageHeadView{Title: v.Sentence, Sub: v.Rest})
//			@ui.Lane(ui.LaneView{ID: "soon", Title: ui.T(ctx, "today.soon"), Count: len(v.Soon), LiveKey: "today"}) {
//				for _, row := range v.Soon {
//					@ui.PromiseRow(row)
//				}
//			}
//		}
//	}
//
// The layouts (Desk, Portal, Plain) put the page's Words in the context, so
// that components and pages print in the reader's language with T; Fragment
// does the same for a part of a page that answers an htmx request.
//
// Invariants, each with a test:
//   - every page reads, navigates and submits without a script;
//   - nothing inline: no style, no script, no on* attribute, so that pages work
//     under Content-Security-Policy "default-src 'self'";
//   - a page carries only the icons it uses;
//   - every time is absolute first, relative second (When);
//   - colour is never alone: a state has a glyph, a word and a colour;
//   - every text of this package exists in Dutch and English (../lang).
//
// View structs hold texts already in the reader's language. A text marked
// "rich" may hold **bold** parts; everything is escaped.
package ui
