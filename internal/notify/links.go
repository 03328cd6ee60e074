package notify

import (
	"net/url"

	"zhigang/internal/id"
)

// links builds the addresses of the pages that notices and mails point to. It is the one place that knows them here.
type links struct {
	base string
}

// URL returns the address of a path.
func (l links) URL(path string) string { return l.base + path }

// Paths of pages. Opening one changes nothing: what is to be done is done with a button there.
func positionPath(position id.ID) string { return "/positions/" + position.String() }

func applicationPath(application id.ID) string { return "/me/applications/" + application.String() }

func placementPath(placement id.ID) string { return "/me/placements/" + placement.String() }

func askPath(ask id.ID) string { return "/me/asks/" + ask.String() }

func noticePath(notice id.ID) string { return "/me/inbox/" + notice.String() }

func savedSearchesPath() string { return "/me/searches" }

func requestPath(token string) string { return "/subscribe/" + token }

func resultsPath(query string) string { return "/positions?" + query }

func unsubscribePath(token string) string { return "/unsubscribe/" + token }

func resetPath(token string) string { return "/password/" + token }

func orgPath(org id.ID) string { return "/console/" + org.String() }

func orgApplicationPath(org, application id.ID) string {
	return orgPath(org) + "/applications/" + application.String()
}

func orgOverduePath(org id.ID) string { return orgPath(org) + "/applications?overdue=1" }

func orgPositionPath(org, position id.ID) string {
	return orgPath(org) + "/positions/" + position.String()
}

func bureauPlacementPath(placement id.ID) string { return "/bureau/placements/" + placement.String() }

func reportPath(r Report) string {
	switch r.Kind {
	case ReportOrg:
		return "/console/" + r.Scope + "/reports/" + r.Week.String()
	case ReportPerson:
		return "/me/reports?week=" + r.Week.String()
	default:
		return "/bureau/reports/" + r.Week.String() + "?region=" + url.QueryEscape(r.Scope)
	}
}
