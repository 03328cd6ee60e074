// Package org keeps social organizations (社会组织): their registration, their people and their standing.
//
//	pending ──approve──▶ approved ──suspend──▶ suspended
//	   │  ▲                  ▲                     │
//	 return │ submit         └───────approve───────┘
//	   ▼  │
//	returned
package org

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/errs"
	"zhigang/internal/id"
	"zhigang/internal/region"
	"zhigang/internal/text"
)

// Kind is what sort of social organization it is.
type Kind string

// The kinds: three that are registered and have a credit code, one that is only filed with the street.
const (
	Association Kind = "association" // 社会团体, code 51
	ServiceOrg  Kind = "service"     // 社会服务机构 (民办非企业单位), code 52
	Foundation  Kind = "foundation"  // 基金会, code 53
	Filed       Kind = "filed"       // 备案社区社会组织, no code
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Association, ServiceOrg, Foundation, Filed} }

// State is where an organization stands with its bureau.
type State string

// The states.
const (
	Pending   State = "pending"
	Approved  State = "approved"
	Returned  State = "returned"
	Suspended State = "suspended"
)

// Flag is something a reviewer must look at.
type Flag string

// The flags.
const (
	FlagCode   Flag = "code"   // the check digit of the credit code is wrong
	FlagKind   Flag = "kind"   // the code says another kind
	FlagRegion Flag = "region" // the code was given by another region
)

// Org is a social organization.
type Org struct {
	ID             id.ID           `db:"id"`
	Name           string          `db:"name"`
	Code           *Code           `db:"code"`
	Kind           Kind            `db:"kind"`
	HostID         id.ID           `db:"host_id"`
	Region         string          `db:"region_code"`
	Address        string          `db:"address"`
	Intro          string          `db:"intro"`
	ContactName    string          `db:"contact_name"`
	ContactPhone   string          `db:"contact_phone"`
	Flags          db.JSON[[]Flag] `db:"flags"`
	State          State           `db:"state"`
	ReviewNote     string          `db:"review_note"`
	OverrideReason string          `db:"override_reason"`
	SubmittedAt    db.Time         `db:"submitted_at"`
	VerifiedAt     db.Time         `db:"verified_at"`
	VerifyDue      calendar.Day    `db:"verify_due"`
	Rating         int             `db:"rating"`
	RatingUntil    calendar.Day    `db:"rating_until"`
	CreatedBy      id.ID           `db:"created_by"`
	CreatedAt      db.Time         `db:"created_at"`
	Version        int             `db:"version"`
}

// CreditCode returns the code, or "" for a filed organization.
func (o Org) CreditCode() Code {
	if o.Code == nil {
		return ""
	}
	return *o.Code
}

// RatingOn returns the rating (1 to 5) that is valid on day d; 0 when there is none or it has run out.
func (o Org) RatingOn(d calendar.Day) int {
	if o.Rating == 0 || o.RatingUntil < d {
		return 0
	}
	return o.Rating
}

// MayPublish reports whether the organization may have positions on show at all.
func (o Org) MayPublish() bool { return o.State == Approved }

// Registration is what an organization gives to register, and later to change its data.
type Registration struct {
	Name         string
	Code         string // credit code; "" for a filed organization
	Kind         Kind
	HostID       id.ID // the organization or office that hosts a filed one
	Region       string
	Address      string
	Intro        string
	ContactName  string
	ContactPhone string
}

// Event is a line of an organization's history.
type Event struct {
	ID      id.ID   `db:"id"`
	Org     id.ID   `db:"org_id"`
	At      db.Time `db:"at"`
	Account id.ID   `db:"account_id"`
	Verb    string  `db:"verb"`
	From    State   `db:"from_state"`
	To      State   `db:"to_state"`
	Note    string  `db:"note"`
}

// Lengths of texts, in characters.
const (
	minName   = 4
	maxName   = 100
	maxPhone  = 40
	maxText   = 200
	maxIntro  = 3000
	maxReason = 1000
)

// phone is a number as people write it: 020-84690000, (020)8469 0000 转 8012, +86 138 0000 0000、020-84690001.
var phone = regexp.MustCompile(`^[+(（]?\d(?:[-\d ()（）/、,，;；#]|转|分机)*\d$`)

// check trims the registration and returns what is wrong with it.
func (r *Registration) check(tree *region.Tree) error {
	for _, s := range []*string{&r.Name, &r.Address, &r.ContactName} {
		*s = text.Line(*s)
	}
	r.Intro, r.ContactPhone = text.Block(r.Intro), text.Line(text.HalfWidth(r.ContactPhone))
	fields := errs.Fields{}
	fields.Text("name", r.Name, true, maxName)
	fields.Text("address", r.Address, true, maxText)
	fields.Text("intro", r.Intro, false, maxIntro)
	fields.Text("contact_name", r.ContactName, true, maxText)
	fields.Text("contact_phone", r.ContactPhone, true, maxPhone)
	if utf8.RuneCountInString(r.Name) < minName {
		fields.Add("name", "error.short", errs.Params{"min": minName})
	}
	if !phone.MatchString(r.ContactPhone) {
		fields.Add("contact_phone", "org.phone.form")
	}
	if !slices.Contains(Kinds(), r.Kind) {
		fields.Add("kind", "error.required")
	}
	if place, ok := tree.Get(r.Region); !ok || place.Retired || place.Paper {
		fields.Add("region", "error.region")
	}
	code := NormalizeCode(r.Code)
	r.Code = string(code)
	if r.Kind != Filed {
		r.HostID = 0
	}
	switch {
	case r.Kind == Filed && code != "":
		fields.Add("code", "org.code.filed")
	case r.Kind == Filed && r.HostID == 0:
		fields.Add("host", "org.host.required")
	case r.Kind != Filed && code == "":
		fields.Add("code", "error.required")
	case r.Kind != Filed && !code.WellFormed():
		fields.Add("code", "org.code.form")
	}
	return fields.Err()
}

// flags compares what was declared with what the code says.
func (r Registration) flags(tree *region.Tree) []Flag {
	flags := []Flag{}
	if r.Kind == Filed {
		return flags
	}
	code := Code(r.Code)
	if !code.Valid() {
		flags = append(flags, FlagCode)
	}
	if kind, ok := code.Kind(); !ok || kind != r.Kind {
		flags = append(flags, FlagKind)
	}
	if !registeredBy(tree, r.Region, code.Region()) {
		flags = append(flags, FlagRegion)
	}
	return flags
}

// registeredBy reports whether an organization that sits in place may have its code from the office of region by: that of
// a place around it, a place within it, or the nation. A code outlives the district that gave it, so of one that was
// dissolved only the city can still be told.
func registeredBy(tree *region.Tree, place, by string) bool {
	if by == nation {
		return true
	}
	if office, ok := tree.Get(by); !ok || office.Retired {
		by = region.Parent(by)
	}
	return region.Within(place, by) || region.Within(by, place)
}

// nation is what stands in the codes that the Ministry of Civil Affairs itself gives.
const nation = "100000"
