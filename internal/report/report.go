// Package report counts: the weekly reports of bureaus, organizations and persons, the figures of the bureau's desk,
// and the rows behind every number. It reads the tables of all nouns and writes only its own.
//
// A figure is a definition (figure.go) over a list of rows in SQL (rowset.go). Reports of weeks that are over are
// stored once and never change; the running week is counted when it is looked at.
package report

import (
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// Kind is whom a report is for.
type Kind string

// The kinds.
const (
	ForBureau Kind = "bureau" // its scope is a region code
	ForOrg    Kind = "org"    // its scope is the id of the organization
	ForPerson Kind = "person" // its scope is the id of the account
)

// Place is a region with its name as it was.
type Place struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func place(tree *region.Tree, code string) Place { return Place{Code: code, Name: tree.Name(code)} }

// Span is the week that a report is about. To is the first instant after it; in China's time.
type Span struct {
	Week string    `json:"week"` // "2026-W47"
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (w window) span() Span {
	return Span{Week: w.week.String(), From: w.week.Start().In(calendar.China()), To: w.week.End().In(calendar.China())}
}

// Stamp says when a report was made and proves what it said. It is not part of what is hashed.
type Stamp struct {
	MadeAt time.Time `json:"made_at"`
	// Hash is SHA-256, in hex, over the JSON of the report without the fields of Stamp, as encoding/json writes it. Making
	// the same report again gives the same hash. It is empty for the running week.
	Hash string `json:"hash,omitempty"`
	// Running marks the figures of a week that is not over: they are not stored, and MadeAt is the instant they hold for.
	Running bool `json:"running,omitempty"`
}

// Bureau is the weekly report of the bureau of a region, as the JSON form gives it.
type Bureau struct {
	BureauBody
	Stamp
}

// BureauBody is what is stored of a bureau's report and hashed.
type BureauBody struct {
	Report      Kind  `json:"report"`
	Definitions int   `json:"definitions"`
	Region      Place `json:"region"`
	Span              // week, from, to
	// Figures are the totals. A unit or an organization that appears in several kinds or regions is one in the total, so
	// that parts may add up to more.
	Figures  Figures                   `json:"figures"`
	ByKind   map[position.Kind]Figures `json:"by_kind"`
	ByRegion []Part                    `json:"by_region"`
	Sentence Sentence                  `json:"sentence"`
}

// Part is the share of one of the regions directly below.
type Part struct {
	Region Place `json:"region"`
	// Own marks the organizations that are registered with the bureau of the reported region itself.
	Own     bool    `json:"own,omitempty"`
	Figures Figures `json:"figures"`
	// ByKind holds the figures that are broken down by kind of position. What is zero is left out.
	ByKind map[position.Kind]Figures `json:"by_kind"`
}

// Sentence is what a bureau would publish, in both languages.
type Sentence struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Org is the weekly report of an organization, as the JSON form gives it.
type Org struct {
	OrgBody
	Stamp
}

// OrgBody is what is stored of an organization's report and hashed.
type OrgBody struct {
	Report      Kind    `json:"report"`
	Definitions int     `json:"definitions"`
	Org         Named   `json:"org"`
	Span                // week, from, to
	Figures     Figures `json:"figures"`
	// Positions are the posts for which anything is to be said, by id.
	Positions []OfPosition `json:"positions"`
}

// Named is a thing with its name as it was.
type Named struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
}

// OfPosition is one post's share in the report of its organization. Figures that are zero are left out.
type OfPosition struct {
	ID      id.ID         `json:"id"`
	Title   string        `json:"title"`
	Kind    position.Kind `json:"kind"`
	Figures Figures       `json:"figures"`
}

// Digest is the week of one person, as the JSON form gives it.
type Digest struct {
	DigestBody
	Stamp
}

// DigestBody is what is stored of a person's digest and hashed. Of each list it keeps the first few lines.
type DigestBody struct {
	Report      Kind `json:"report"`
	Definitions int  `json:"definitions"`
	Span             // week, from, to
	// Moved counts the person's applications with which an organization did something in the week.
	Moved      int    `json:"moved"`
	MovedLines []Line `json:"moved_lines"`
	// Due counts their applications that are to be answered within seven days, Overdue those whose day is over.
	Due      int    `json:"due"`
	Overdue  int    `json:"overdue"`
	DueLines []Line `json:"due_lines"`
	// Matches counts the posts that their saved searches met in the week.
	Matches int `json:"matches"`
	// Closing are posts that their saved searches met, that they have not applied for, and that close within seven days.
	Closing      int    `json:"closing"`
	ClosingLines []Line `json:"closing_lines"`
}

// Empty reports whether there is nothing to tell.
func (d DigestBody) Empty() bool { return d.Moved+d.Due+d.Overdue+d.Matches+d.Closing == 0 }

// Line is a post in a digest, with the application for it if there is one.
type Line struct {
	Position    id.ID        `json:"position"`
	Application id.ID        `json:"application,omitempty"`
	Title       string       `json:"title"`
	Org         string       `json:"org"`
	State       string       `json:"state,omitempty"` // of the application
	Day         calendar.Day `json:"day,omitempty"`   // by which it is answered, or on which the post closes
}
