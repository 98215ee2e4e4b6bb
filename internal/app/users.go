package app

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
)

// inviteLife is how long a link to choose a password works.
const inviteLife = 3 * 24 * time.Hour

// UserAdd gives somebody an account and a place in an organisation, and prints
// the link with which they choose their password.
func (a *App) UserAdd(ctx context.Context, out io.Writer, email, name, orgID, role string) error {
	var token string
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		o, err := onlyOrg(t, orgID)
		if err != nil {
			return err
		}
		account, _, err := a.services.auth.EnsureAccount(t, auth.NewAccount{Email: email, Name: name})
		if err != nil {
			return err
		}
		who := actor.Actor{Kind: actor.Installer, Org: o.ID, Name: "command line"}
		if _, err := org.AddMemberIn(t, who, org.NewMember{Name: name, Email: email, Role: actor.Role(role), Account: account.ID}); err != nil {
			return err
		}
		token, err = a.services.auth.Invite(t, account.ID, inviteLife)
		return err
	})
	if err != nil {
		return err
	}
	return a.invitation(out, token)
}

func (a *App) invitation(out io.Writer, token string) error {
	_, err := fmt.Fprintf(out, "They choose their password here, within three days, once:\n%s/invitation/%s\n", a.Config.PublicURL, token)
	return err
}

// onlyOrg is the organisation named, or the only one there is.
func onlyOrg(q db.Q, id string) (org.Partner, error) {
	if id != "" {
		p, err := org.PartnerByID(q, id)
		if errs.ClassOf(err) == errs.NotFound {
			err = errs.New(errs.NotFound, "no-such-organisation")
		}
		return p, err
	}
	list, err := org.Partners(q, "", "", 50)
	switch {
	case err != nil:
		return org.Partner{}, err
	case len(list) == 0:
		return org.Partner{}, errs.New(errs.NotFound, "no-such-organisation")
	case len(list) > 1:
		names := make([]string, len(list))
		for i, p := range list {
			names[i] = p.ID + " " + p.Name
		}
		return org.Partner{}, errs.New(errs.Invalid, "which-organisation").With("Organisations", names)
	}
	return list[0], nil
}

// UserList prints who may sign in, and where.
func (a *App) UserList(ctx context.Context, out io.Writer) error {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "E-MAIL\tNAME\tORGANISATION\tROLE\tACTIVE")
	err := a.DB.Read(ctx, func(q db.Q) error {
		list, err := org.Partners(q, "", "", 200)
		if err != nil {
			return err
		}
		for _, o := range list {
			members, err := org.Accounts(q, o.ID)
			if err != nil {
				return err
			}
			for _, m := range members {
				acc, err := auth.AccountOf(q, m.Account)
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%v\n", acc.Email, m.Name, o.Name, m.Role, m.Active)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

// UserPassword prints a link with which somebody chooses a new password.
func (a *App) UserPassword(ctx context.Context, out io.Writer, email string) error {
	var token string
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		acc, ok, err := auth.AccountByEmail(t, email)
		if err != nil || !ok {
			return orNoUser(err)
		}
		token, err = a.services.auth.Invite(t, acc.ID, inviteLife)
		return err
	})
	if err != nil {
		return err
	}
	return a.invitation(out, token)
}

// UserDisable ends somebody's access.
func (a *App) UserDisable(ctx context.Context, out io.Writer, email string) error {
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		acc, ok, err := auth.AccountByEmail(t, email)
		if err != nil || !ok {
			return orNoUser(err)
		}
		return auth.Disable(t, acc.ID, true)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "They can no longer sign in. What they own in the desk stays theirs until it is handed over.")
	return err
}

func orNoUser(err error) error {
	if err != nil {
		return err
	}
	return errs.New(errs.NotFound, "no-such-user")
}
