// Package auth knows accounts: who signs in, with what, for how long, and in whose name they act.
package auth

import (
	"slices"

	"zhigang/internal/errs"
	"zhigang/internal/id"
)

// OrgRole is what an account may do for an organization. Each role includes the ones before it.
type OrgRole string

// The roles in an organization.
const (
	Viewer OrgRole = "viewer" // reads
	Editor OrgRole = "editor" // writes posts, answers applicants
	Owner  OrgRole = "owner"  // also: members, the organization's own data
)

// BureauRole is what an account may do for a bureau. Each role includes the ones before it.
type BureauRole string

// The roles in a bureau.
const (
	Reviewer      BureauRole = "reviewer"      // reviews organizations and positions
	Supervisor    BureauRole = "supervisor"    // also: decides disputes, urges answers
	Administrator BureauRole = "administrator" // also: staff of the region, operation of the program
)

// OrgRoles and BureauRoles list the roles from least to most.
func OrgRoles() []OrgRole { return []OrgRole{Viewer, Editor, Owner} }

// BureauRoles lists the roles in a bureau from least to most.
func BureauRoles() []BureauRole { return []BureauRole{Reviewer, Supervisor, Administrator} }

// OrgGrant is a role in one organization.
type OrgGrant struct {
	Org  id.ID   `db:"org_id"`
	Role OrgRole `db:"role"`
}

// BureauGrant is a role in the bureau of one region: it reaches that region and everything below.
type BureauGrant struct {
	Region string     `db:"region_code"`
	Role   BureauRole `db:"role"`
}

// Actor is who acts. Every verb takes one; every query on people or organizations is limited to what it may see.
type Actor struct {
	Account id.ID
	Name    string
	Orgs    []OrgGrant
	Bureau  *BureauGrant
	system  bool
}

// System is the program itself, acting on a schedule or on a fact.
func System() Actor { return Actor{system: true} }

// IsSystem reports whether the program itself acts.
func (a Actor) IsSystem() bool { return a.system }

// Known reports whether somebody is signed in.
func (a Actor) Known() bool { return a.Account != 0 || a.system }

// As says in which role the actor acts, for histories and the audit.
func (a Actor) As() string {
	switch {
	case a.system:
		return "system"
	case a.Bureau != nil:
		return "bureau:" + string(a.Bureau.Role) + ":" + a.Bureau.Region
	case len(a.Orgs) > 0:
		return "org"
	}
	return "person"
}

// InOrg reports whether the actor has at least role in org.
func (a Actor) InOrg(org id.ID, role OrgRole) bool {
	if a.system {
		return true
	}
	need := slices.Index(OrgRoles(), role)
	return slices.ContainsFunc(a.Orgs, func(g OrgGrant) bool {
		return g.Org == org && slices.Index(OrgRoles(), g.Role) >= need
	})
}

// InBureau reports whether the actor has at least role in some bureau.
func (a Actor) InBureau(role BureauRole) bool {
	if a.system {
		return true
	}
	return a.Bureau != nil && slices.Index(BureauRoles(), a.Bureau.Role) >= slices.Index(BureauRoles(), role)
}

// NeedOrg returns Forbidden unless the actor has at least role in org.
func (a Actor) NeedOrg(org id.ID, role OrgRole) error {
	if a.InOrg(org, role) {
		return nil
	}
	return errs.Forbidden("error.forbidden.org").With("role", "role.org."+string(role))
}

// NeedBureau returns Forbidden unless the actor has at least role in some bureau. Whether a thing lies in the bureau's
// region is for SQL to say.
func (a Actor) NeedBureau(role BureauRole) error {
	if a.InBureau(role) {
		return nil
	}
	return errs.Forbidden("error.forbidden.bureau").With("role", "role.bureau."+string(role))
}
