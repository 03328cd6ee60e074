package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/audit"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/id"
)

// tokenView is a token without its text, which is kept nowhere.
type tokenView struct {
	ID        id.ID  `json:"id"`
	Name      string `json:"name"`
	ReadOnly  bool   `json:"read_only"`
	CreatedAt stamp  `json:"created_at"`
	ExpiresAt stamp  `json:"expires_at"`
}

// apiListTokens lists the actor's tokens that still work.
func (h *handlers) apiListTokens(c *gin.Context) (reply, error) {
	all, err := h.Accounts.Tokens(c.Request.Context(), actor(c).Account)
	out := apiList[tokenView]{Items: []tokenView{}}
	for _, t := range all {
		out.Items = append(out.Items, newTokenView(t))
	}
	return shown(out), err
}

func newTokenView(t auth.Token) tokenView {
	return tokenView{t.ID, t.Name, bool(t.ReadOnly), stamp(t.CreatedAt), stamp(t.ExpiresAt)}
}

// apiEndToken lets one of the actor's tokens work no longer, be it the one that asks.
func (h *handlers) apiEndToken(c *gin.Context) (reply, error) {
	ctx, who := c.Request.Context(), actor(c)
	one, err := pathID(c, "id")
	if err != nil {
		return reply{}, err
	}
	return none(), h.DB.Write(ctx, func(tx *db.Tx) error {
		if err := h.Accounts.EndToken(ctx, tx, who.Account, one); err != nil {
			return err
		}
		return audit.Add(ctx, tx, who, audit.Entry{Verb: "token.revoke", SubjectKind: "account", Subject: who.Account, Note: one.String()})
	})
}
