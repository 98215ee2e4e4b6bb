package org

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/page"
	"github.com/houvast/houvast/internal/kit/web"
)

type one[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

type many[T any] struct {
	Link string `header:"Link"`
	Body struct {
		Items []T `json:"items"`
	}
}

func manyOf[T any](ctx context.Context, p page.Page[T], err error) (*many[T], error) {
	if err != nil {
		return nil, err
	}
	out := &many[T]{Link: web.NextLink(web.From(ctx).Request().URL, p.Next)}
	out.Body.Items = p.Items
	return out, nil
}

func organisationOf(o Organisation, err error) (*one[Organisation], error) {
	if err != nil {
		return nil, err
	}
	return &one[Organisation]{web.ETag(o.Version), o}, nil
}

func memberOf(m Member, err error) (*one[Member], error) {
	if err != nil {
		return nil, err
	}
	return &one[Member]{web.ETag(m.Version), m}, nil
}

func teamOf(t Team, err error) (*one[Team], error) {
	if err != nil {
		return nil, err
	}
	return &one[Team]{web.ETag(t.Version), t}, nil
}

// Seen is the version that a client saw of what it changes. Like all that is
// embedded in an input it is exported: huma does not fill what is not.
type Seen struct {
	IfMatch string `header:"If-Match" doc:"The ETag of what you saw."`
}

// MemberPath names a member.
type MemberPath struct {
	ID string `path:"member_id" maxLength:"60"`
}

// TeamPath names a team.
type TeamPath struct {
	ID string `path:"team_id" maxLength:"60"`
}

// Made is a new organisation with its first administrator.
type Made struct {
	Organisation  Organisation `json:"organisation"`
	Administrator Member       `json:"administrator"`
}

func (s *Service) api(api huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return web.Operation(id, method, path, summary, "Organisation")
	}
	huma.Register(api, op("listOrganisations", http.MethodGet, "/organisations", "List the organisations of this installation, by name"),
		func(ctx context.Context, in *web.Paging) (*many[Partner], error) {
			p, err := s.List(ctx, web.Actor(ctx), in.Cursor, in.Limit)
			return manyOf(ctx, p, err)
		})
	huma.Register(api, op("createOrganisation", http.MethodPost, "/organisations", "Make an organisation with its first administrator"),
		func(ctx context.Context, in *struct{ Body NewOrganisation }) (*one[Made], error) {
			o, admin, err := s.Create(ctx, web.Actor(ctx), in.Body)
			if err != nil {
				return nil, err
			}
			return &one[Made]{web.ETag(o.Version), Made{o, admin}}, nil
		})
	huma.Register(api, op("getOrganisation", http.MethodGet, "/organisation", "Get your own organisation: hours and settings"),
		func(ctx context.Context, _ *struct{}) (*one[Organisation], error) {
			return organisationOf(s.Get(ctx, web.Actor(ctx)))
		})
	huma.Register(api, op("updateOrganisation", http.MethodPatch, "/organisation", "Change your own organisation"),
		func(ctx context.Context, in *struct {
			Seen
			Body ChangeOrganisation
		}) (*one[Organisation], error) {
			who := web.Actor(ctx)
			old, err := s.Get(ctx, who)
			if err == nil {
				err = web.CheckIfMatch(in.IfMatch, old.Version)
			}
			if err != nil {
				return nil, err
			}
			return organisationOf(s.Update(ctx, who, old.Version, in.Body))
		})
	huma.Register(api, op("listOrganisationChanges", http.MethodGet, "/organisation/changes", "List who changed which setting from what to what, newest first"),
		func(ctx context.Context, in *struct {
			web.Paging
			Area string `query:"area" maxLength:"60" doc:"Only a group of settings, organisation or hours."`
		}) (*many[Change], error) {
			p, err := s.Changes(ctx, web.Actor(ctx), in.Area, in.Cursor, in.Limit)
			return manyOf(ctx, p, err)
		})
	s.apiMembers(api, op)
	s.apiInvitations(api, op)
	s.apiTeams(api, op)
}

func (s *Service) apiMembers(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("listMembers", http.MethodGet, "/members", "List who works here, by name"),
		func(ctx context.Context, in *struct {
			web.Paging
			Role     string `query:"role" enum:"desk,specialist,manager,administrator"`
			Inactive bool   `query:"inactive" doc:"Also those who left."`
		}) (*many[Member], error) {
			p, err := s.Members(ctx, web.Actor(ctx), MemberFilter{Role: actor.Role(in.Role), Inactive: in.Inactive}, in.Cursor, in.Limit)
			return manyOf(ctx, p, err)
		})
	huma.Register(api, op("createMember", http.MethodPost, "/members", "Add somebody who works here"),
		func(ctx context.Context, in *struct{ Body NewMember }) (*one[Member], error) {
			return memberOf(s.AddMember(ctx, web.Actor(ctx), in.Body))
		})
	huma.Register(api, op("getMember", http.MethodGet, "/members/{member_id}", "Get a member"),
		func(ctx context.Context, in *MemberPath) (*one[Member], error) {
			return memberOf(s.Member(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, op("updateMember", http.MethodPatch, "/members/{member_id}", "Change a member: role, deputy, absence"),
		func(ctx context.Context, in *struct {
			MemberPath
			Seen
			Body ChangeMember
		}) (*one[Member], error) {
			who := web.Actor(ctx)
			old, err := s.Member(ctx, who, in.ID)
			if err == nil {
				err = web.CheckIfMatch(in.IfMatch, old.Version)
			}
			if err != nil {
				return nil, err
			}
			return memberOf(s.UpdateMember(ctx, who, in.ID, old.Version, in.Body))
		})
}

func (s *Service) apiInvitations(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("inviteMember", http.MethodPost, "/invitations", "Add somebody who starts here, and give them a link to choose a password: mailed, or in the answer when no mail goes"),
		func(ctx context.Context, in *struct{ Body NewMember }) (*one[Invitation], error) {
			return invitationOf(s.Invite(ctx, web.Actor(ctx), in.Body))
		})
	huma.Register(api, op("inviteMemberAgain", http.MethodPost, "/members/{member_id}/invitation", "Give a member who has no password yet a new link; an earlier one ends"),
		func(ctx context.Context, in *MemberPath) (*one[Invitation], error) {
			return invitationOf(s.InviteAgain(ctx, web.Actor(ctx), in.ID))
		})
}

func invitationOf(i Invitation, err error) (*one[Invitation], error) {
	if err != nil {
		return nil, err
	}
	return &one[Invitation]{web.ETag(i.Member.Version), i}, nil
}

func (s *Service) apiTeams(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("listTeams", http.MethodGet, "/teams", "List teams, by name"),
		func(ctx context.Context, in *web.Paging) (*many[Team], error) {
			p, err := s.Teams(ctx, web.Actor(ctx), in.Cursor, in.Limit)
			return manyOf(ctx, p, err)
		})
	huma.Register(api, op("createTeam", http.MethodPost, "/teams", "Make a team with a duty holder"),
		func(ctx context.Context, in *struct{ Body NewTeam }) (*one[Team], error) {
			return teamOf(s.AddTeam(ctx, web.Actor(ctx), in.Body))
		})
	huma.Register(api, op("getTeam", http.MethodGet, "/teams/{team_id}", "Get a team"),
		func(ctx context.Context, in *TeamPath) (*one[Team], error) {
			return teamOf(s.Team(ctx, web.Actor(ctx), in.ID))
		})
	huma.Register(api, op("listTeamMembers", http.MethodGet, "/teams/{team_id}/members", "List who works in a team, its duty holder included, by name"),
		func(ctx context.Context, in *TeamPath) (*many[Member], error) {
			list, err := s.TeamMembers(ctx, web.Actor(ctx), in.ID)
			return manyOf(ctx, page.Page[Member]{Items: list}, err)
		})
	huma.Register(api, op("updateTeam", http.MethodPatch, "/teams/{team_id}", "Change a team: who has duty"),
		func(ctx context.Context, in *struct {
			TeamPath
			Seen
			Body ChangeTeam
		}) (*one[Team], error) {
			who := web.Actor(ctx)
			old, err := s.Team(ctx, who, in.ID)
			if err == nil {
				err = web.CheckIfMatch(in.IfMatch, old.Version)
			}
			if err != nil {
				return nil, err
			}
			return teamOf(s.UpdateTeam(ctx, who, in.ID, old.Version, in.Body))
		})
}
