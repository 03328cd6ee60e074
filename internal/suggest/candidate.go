package suggest

import (
	"cmp"
	"context"
	"slices"

	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/fit"
	"zhigang/internal/id"
	"zhigang/internal/person"
	"zhigang/internal/position"
	"zhigang/internal/search"
)

const (
	// MaxCandidates is how many people are shown for a position.
	MaxCandidates = 20
	// maxPool bounds among how many the best are looked for: those whose accounts are the newest.
	maxPool = 10_000
)

// Candidate is somebody who agreed to be found and suits a position, without their name. Only FoundFields are filled.
type Candidate struct {
	// Ref stands for the person at this position, and nowhere else.
	Ref     string
	Fit     fit.Fit
	Profile person.Profile
	account id.ID
	updated db.Time
}

// Candidates returns the people who suit a position of an organization best: who agreed to be found, want such a position,
// did not block the organization, do not work for it, and neither applied nor were asked. None when the position is not on
// show. Forbidden unless the actor edits for the organization, NotFound when the position is not one of its own.
func (s *Service) Candidates(ctx context.Context, who auth.Actor, owner, post id.ID) ([]Candidate, error) {
	l, open, err := s.ownPost(ctx, who, owner, post)
	if err != nil || !open {
		return nil, err
	}
	all, err := s.pool(ctx, l)
	return all[:min(MaxCandidates, len(all))], err
}

// ownPost returns a position of an organization, and whether it is on show.
func (s *Service) ownPost(ctx context.Context, who auth.Actor, owner, post id.ID) (l position.Listed, open bool, err error) {
	if err := who.NeedOrg(owner, auth.Editor); err != nil {
		return l, false, err
	}
	p, err := s.Positions.Get(ctx, who, post)
	if err != nil {
		return l, false, err
	}
	if p.OrgID != owner {
		return l, false, errs.NotFound("error.not_found")
	}
	found, err := s.Positions.OnShowByID(ctx, []id.ID{post})
	if err != nil || len(found) == 0 {
		return l, false, err
	}
	return found[0], true, nil
}

// pool returns all candidates for a position, the best first: by the score, then whose profile is the newest, then by id.
func (s *Service) pool(ctx context.Context, l position.Listed) ([]Candidate, error) {
	d := search.NewDocument(l, s.Tree)
	ids, err := s.found(ctx, d)
	if err != nil {
		return nil, err
	}
	var all []Candidate
	for some := range slices.Chunk(ids[:min(maxPool, len(ids))], pageSize) {
		profiles, err := free(ctx, s.db, l, some)
		if err != nil {
			return nil, err
		}
		for _, p := range profiles {
			if c, ok := s.candidate(p, l, d); ok {
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, func(a, b Candidate) int {
		return cmp.Or(fit.Compare(a.Fit, b.Fit), b.updated.Compare(a.updated.Time), cmp.Compare(b.account, a.account))
	})
	return all, nil
}

// free returns the profiles of those accounts that may be shown for a position now.
func free(ctx context.Context, q db.Q, l position.Listed, accounts []id.ID) ([]person.Profile, error) {
	var profiles []person.Profile
	err := q.Select(ctx, &profiles, `
		SELECT `+db.Columns[person.Profile]("p")+` FROM person p
		JOIN suggest_choice c ON c.account_id = p.id
		JOIN account a ON a.id = p.id
		WHERE c.found = 1 AND a.disabled_at IS NULL AND p.id IN (?)
			AND NOT EXISTS (SELECT 1 FROM org_block b WHERE b.account_id = p.id AND b.org_id = ?)
			AND NOT EXISTS (SELECT 1 FROM org_member m WHERE m.account_id = p.id AND m.org_id = ?)
			AND NOT EXISTS (SELECT 1 FROM application x WHERE x.person_id = p.id AND x.position_id = ?)
			AND NOT EXISTS (SELECT 1 FROM ask k WHERE k.person_id = p.id AND k.position_id = ?)`,
		accounts, l.OrgID, l.OrgID, l.ID, l.ID)
	return profiles, err
}

// candidate compares a profile with a position; false when it wants something else or suits too little. What was not agreed
// to be shown is left out.
func (s *Service) candidate(p person.Profile, l position.Listed, d search.Document) (Candidate, bool) {
	_, wanted := Wants(p).Filters(d)
	f := fit.Score(p, l.Position)
	if !wanted || p.Blank() || f.Points < fit.Enough {
		return Candidate{}, false
	}
	return Candidate{
		Ref: s.ref(l.ID, p.ID), Fit: f, account: p.ID, updated: p.UpdatedAt,
		Profile: person.Profile{
			Degree: p.Degree, Major: p.Major, Skills: p.Skills, WantKinds: p.WantKinds, WantRegions: p.WantRegions, WantPay: p.WantPay,
		},
	}, true
}

func (s *Service) ref(post, account id.ID) string {
	return s.Keys.Sign("candidate", post.String()+"|"+account.String())
}
