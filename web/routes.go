package web

import "net/http"

// permission says who may call a route at all. What they then see is limited in SQL.
type permission string

// The permissions. Those of an organization refer to the organization that the path names (:org).
const (
	public        permission = "public"
	signedIn      permission = "signed in"
	orgViewer     permission = "org viewer"
	orgEditor     permission = "org editor"
	orgOwner      permission = "org owner"
	reviewer      permission = "bureau reviewer"
	supervisor    permission = "bureau supervisor"
	administrator permission = "bureau administrator"
	// operator is an administrator of the region that runs the program, or of one above it.
	operator permission = "operator"
)

const (
	get   = http.MethodGet
	post  = http.MethodPost
	put   = http.MethodPut
	patch = http.MethodPatch
	del   = http.MethodDelete
)

// route is one line of the table below.
type route struct {
	method string
	path   string
	who    permission
	do     handler
	// body bounds the request in bytes; 0 means defaultBody.
	body int64
}

const (
	defaultBody = 1 << 20
	uploadBody  = 21 << 20
)

// routes is every route of the site with its permission. A test compares it with the table of who may do what: a route
// that is missing there fails the build.
func (h *handlers) routes() []route {
	return []route{
		// for everybody
		{get, "/", public, h.often(h.showHome), 0},
		{get, "/positions", public, h.often(h.searchPositions), 0},
		{get, "/positions/:id", public, h.often(h.showPosition), 0},
		{get, "/orgs/:id", public, h.showOrg, 0},
		{post, "/language", public, h.setLanguage, 0},
		{get, "/static/*file", public, h.showStatic, 0},
		{get, "/about", public, h.showAbout, 0},
		{get, "/positions.atom", public, h.showFeed, 0},
		{get, "/sitemap.xml", public, h.showSitemap, 0},
		{get, "/sitemaps/:name", public, h.showSitemapPage, 0},
		{get, "/robots.txt", public, h.showRobots, 0},
		{get, "/.well-known/security.txt", public, h.showSecurity, 0},
		{get, "/.well-known/change-password", public, h.showChangePassword, 0},
		{get, "/unsubscribe/:token", public, h.showUnsubscribe, 0},
		{post, "/unsubscribe/:token", public, h.unsubscribe, 0},
		{get, "/subscribe", public, h.showSubscribe, 0},
		{post, "/subscribe", public, h.subscribe, 0},
		{get, "/subscribe/:token", public, h.showConfirm, 0},
		{post, "/subscribe/:token", public, h.confirmSearch, 0},
		{get, "/livez", public, h.livez, 0},
		{get, "/readyz", public, h.readyz, 0},

		// accounts
		{get, "/login", public, h.showLogin, 0},
		{post, "/login", public, h.login, 0},
		{get, "/register", public, h.showRegister, 0},
		{post, "/register", public, h.register, 0},
		{post, "/logout", signedIn, h.logout, 0},
		{get, "/setup/:token", public, h.showSetup, 0},
		{post, "/setup/:token", public, h.setup, 0},
		{get, "/password", public, h.showForgotten, 0},
		{post, "/password", public, h.askReset, 0},
		{get, "/password/:token", public, h.showReset, 0},
		{post, "/password/:token", public, h.reset, 0},
		{get, "/account", signedIn, h.showAccount, 0},
		{post, "/account", signedIn, h.editAccount, 0},
		{post, "/account/login", signedIn, h.changeLogin, 0},
		{post, "/account/password", signedIn, h.changePassword, 0},
		{post, "/account/sessions/end", signedIn, h.endOtherSessions, 0},
		{post, "/account/sessions/:id/end", signedIn, h.endSession, 0},

		// a person
		{get, "/positions/:id/apply", signedIn, h.showApply, 0},
		{post, "/positions/:id/apply", signedIn, h.apply, uploadBody},
		{get, "/me", signedIn, h.showMe, 0},
		{get, "/me/profile", signedIn, h.showProfile, 0},
		{post, "/me/profile", signedIn, h.saveProfile, 0},
		{get, "/me/profile/cv", signedIn, h.showCV, 0},
		{post, "/me/profile/cv", signedIn, h.addCV, uploadBody},
		{post, "/me/profile/cv/delete", signedIn, h.deleteCV, 0},
		{get, "/me/applications", signedIn, h.showMyApplications, 0},
		{get, "/me/applications/:id", signedIn, h.showMyApplication, 0},
		{get, "/me/applications/:id/cv", signedIn, h.showSentCV, 0},
		{post, "/me/applications/:id/withdraw", signedIn, h.withdrawMine, 0},
		{get, "/me/placements/:id", signedIn, h.showMyPlacement, 0},
		{post, "/me/placements/:id/confirm", signedIn, h.confirmPlacement, 0},
		{post, "/me/placements/:id/dispute", signedIn, h.disputePlacement, 0},
		{get, "/me/reports", signedIn, h.showMyWeek, 0},
		{get, "/me/searches", signedIn, h.showSearches, 0},
		{post, "/me/searches", signedIn, h.saveSearch, 0},
		{get, "/me/searches/new", signedIn, h.showNewSearch, 0},
		{post, "/me/searches/:id", signedIn, h.changeSearch, 0},
		{post, "/me/searches/:id/renew", signedIn, h.renewSearch, 0},
		{post, "/me/searches/:id/end", signedIn, h.endSearch, 0},
		{post, "/me/searches/:id/pause", signedIn, h.pauseSearch, 0},
		{post, "/me/searches/:id/resume", signedIn, h.resumeSearch, 0},
		{get, "/me/telling", signedIn, h.showTelling, 0},
		{post, "/me/telling", signedIn, h.setTelling, 0},
		{post, "/me/telling/pause", signedIn, h.pauseAll, 0},
		{post, "/me/telling/resume", signedIn, h.resumeAll, 0},
		{post, "/me/telling/suggestions", signedIn, h.chooseSuggestions, 0},
		{get, "/me/recommended", signedIn, h.showRecommended, 0},
		{get, "/me/asks/:id", signedIn, h.showAsk, 0},
		{post, "/me/asks/:id", signedIn, h.answerAsk, 0},
		{get, "/me/blocks/:id", signedIn, h.showBlock, 0},
		{post, "/me/blocks/:id", signedIn, h.blockOrg, 0},
		{post, "/me/blocks/:id/end", signedIn, h.unblockOrg, 0},
		{get, "/me/inbox", signedIn, h.showInbox, 0},
		{post, "/me/inbox/read", signedIn, h.readInbox, 0},
		{get, "/me/inbox/:id", signedIn, h.showNotice, 0},
		{post, "/me/inbox/:id/read", signedIn, h.readNotice, 0},

		// organizations: their console
		{get, "/join", public, h.showJoin, 0},
		{get, "/orgs/register", signedIn, h.showRegisterOrg, 0},
		{post, "/orgs/register", signedIn, h.registerOrg, uploadBody},
		{get, "/console", signedIn, h.chooseConsole, 0},
		{get, "/console/:org", orgViewer, h.showConsole, 0},
		{get, "/console/:org/positions", orgViewer, h.listOwnPositions, 0},
		{get, "/console/:org/positions/new", orgEditor, h.newPosition, 0},
		{post, "/console/:org/positions/new", orgEditor, h.createPosition, uploadBody},
		{get, "/console/:org/positions/:id", orgViewer, h.showOwnPosition, 0},
		{get, "/console/:org/positions/:id/edit", orgEditor, h.editPosition, 0},
		{post, "/console/:org/positions/:id/edit", orgEditor, h.changeContent, uploadBody},
		{post, "/console/:org/positions/:id/submit", orgEditor, h.submitPosition, 0},
		{post, "/console/:org/positions/:id/copy", orgEditor, h.copyPosition, 0},
		{post, "/console/:org/positions/:id/renew", orgEditor, h.renewPosition, 0},
		{post, "/console/:org/positions/:id/close", orgEditor, h.closePosition, 0},
		{post, "/console/:org/positions/:id/withdraw", orgEditor, h.withdrawPosition, 0},
		{get, "/console/:org/positions/:id/candidates", orgEditor, h.showCandidates, 0},
		{post, "/console/:org/positions/:id/candidates/:ref/ask", orgEditor, h.askCandidate, 0},
		{get, "/console/:org/applications", orgViewer, h.listApplicants, 0},
		{post, "/console/:org/applications", orgEditor, h.actOnApplicants, 0},
		{post, "/console/:org/applications/export", orgEditor, h.exportApplicants, 0},
		{get, "/console/:org/applications/:id", orgViewer, h.showCandidate, 0},
		{get, "/console/:org/applications/:id/cv", orgViewer, h.showCandidateCV, 0},
		{post, "/console/:org/applications/:id", orgEditor, h.actOnCandidate, 0},
		{post, "/console/:org/applications/:id/notes", orgEditor, h.addNote, 0},
		{get, "/console/:org/import", orgEditor, h.listImports, 0},
		{post, "/console/:org/import", orgEditor, h.uploadSheet, uploadBody},
		{get, "/console/:org/import/template", orgEditor, h.downloadTemplate, 0},
		{get, "/console/:org/import/:id", orgEditor, h.showImport, 0},
		{post, "/console/:org/import/:id", orgEditor, h.takeMapping, 0},
		{get, "/console/:org/import/:id/refused", orgEditor, h.downloadRefused, 0},
		{get, "/console/:org/reports", orgViewer, h.listOwnReports, 0},
		{get, "/console/:org/reports/:week", orgViewer, h.showOwnReport, 0},
		{get, "/console/:org/reports/:week/file", orgViewer, h.downloadOwnReport, 0},
		{get, "/console/:org/reports/:week/rows", orgViewer, h.showOwnRows, 0},
		{get, "/console/:org/members", orgViewer, h.listMembers, 0},
		{post, "/console/:org/members", orgOwner, h.addMember, 0},
		{post, "/console/:org/members/:id/role", orgOwner, h.changeMember, 0},
		{post, "/console/:org/members/:id/remove", orgOwner, h.removeMember, 0},
		{get, "/console/:org/org", orgViewer, h.showOwnOrg, 0},
		{get, "/console/:org/org/edit", orgOwner, h.showEditOrg, 0},
		{post, "/console/:org/org/edit", orgOwner, h.editOrg, 0},
		{post, "/console/:org/org/certificates", orgOwner, h.addCertificate, uploadBody},
		{post, "/console/:org/org/certificates/:file/delete", orgOwner, h.deleteCertificate, 0},
		{get, "/console/:org/files/:file", orgViewer, h.showOwnFile, 0},

		// the bureau's desk
		{get, "/bureau", reviewer, h.showDesk, 0},
		{get, "/bureau/positions", reviewer, h.listReviews, 0},
		{post, "/bureau/positions", reviewer, h.reviewMany, 0},
		{get, "/bureau/positions/:id", reviewer, h.showReview, 0},
		{post, "/bureau/positions/:id/approve", reviewer, h.approvePosition, 0},
		{post, "/bureau/positions/:id/return", reviewer, h.returnPosition, 0},
		{get, "/bureau/positions/:id/entrustment", reviewer, h.downloadEntrustment, 0},
		{get, "/bureau/orgs", reviewer, h.listOrgs, 0},
		{get, "/bureau/orgs/:id", reviewer, h.showDeskOrg, 0},
		{post, "/bureau/orgs/:id/approve", reviewer, h.approveOrg, 0},
		{post, "/bureau/orgs/:id/return", reviewer, h.returnOrg, 0},
		{post, "/bureau/orgs/:id/suspend", reviewer, h.suspendOrg, 0},
		{post, "/bureau/orgs/:id/rate", reviewer, h.rateOrg, 0},
		{get, "/bureau/orgs/:id/files/:file", reviewer, h.downloadCertificate, 0},
		{get, "/bureau/placements", reviewer, h.listLedger, 0},
		{get, "/bureau/placements/:id", reviewer, h.showDeskPlacement, 0},
		{post, "/bureau/placements/:id/settle", supervisor, h.settlePlacement, 0},
		{get, "/bureau/overdue", reviewer, h.listOverdue, 0},
		{post, "/bureau/overdue/:id/urge", supervisor, h.urgeOrg, 0},
		{get, "/bureau/reports", reviewer, h.listReports, 0},
		{get, "/bureau/reports/:week", reviewer, h.showWeekly, 0},
		{get, "/bureau/reports/:week/rows", reviewer, h.showRows, 0},
		{get, "/bureau/reports/:week/file", reviewer, h.downloadReport, 0},
		{get, "/bureau/staff", administrator, h.listStaff, 0},
		{post, "/bureau/staff", administrator, h.grantStaff, 0},
		{get, "/bureau/staff/:id", administrator, h.showStaffMember, 0},
		{post, "/bureau/staff/:id", administrator, h.changeStaff, 0},
		{post, "/bureau/staff/:id/end", administrator, h.endStaff, 0},
		{get, "/bureau/operations", operator, h.showOperations, 0},
		{post, "/bureau/operations/tasks/:id/retry", operator, h.retryTask, 0},
		{post, "/bureau/operations/mail/retry", operator, h.retryMail, 0},
		{get, "/bureau/operations/lexicon", operator, h.showLexicon, 0},
		{post, "/bureau/operations/lexicon", operator, h.addToLexicon, 0},
		{post, "/bureau/operations/lexicon/entries/:id/remove", operator, h.removeFromLexicon, 0},
		{post, "/bureau/operations/lexicon/versions/:version/restore", operator, h.restoreLexicon, 0},
		{post, "/bureau/operations/lexicon/refuse", operator, h.refuseCandidate, 0},

		// programs: the same by JSON, described in openapi.json
		{get, "/api/openapi.json", public, h.api(h.showOpenAPI), 0},
		{get, "/api/v1/regions", public, h.api(h.apiListRegions), 0},
		{get, "/api/v1/completions", public, h.api(h.apiComplete), 0},
		{get, "/api/v1/positions", public, h.often(h.api(h.apiSearchPositions)), 0},
		{post, "/api/v1/positions", signedIn, h.api(h.apiCreatePosition), 0},
		{get, "/api/v1/positions/:id", public, h.api(h.apiShowPosition), 0},
		{put, "/api/v1/positions/:id", signedIn, h.api(h.apiEditPosition), 0},
		{get, "/api/v1/positions/:id/history", signedIn, h.api(h.apiPositionHistory), 0},
		{post, "/api/v1/positions/:id/submit", signedIn, h.api(h.apiSubmitPosition), 0},
		{post, "/api/v1/positions/:id/approve", reviewer, h.api(h.apiApprovePosition), 0},
		{post, "/api/v1/positions/:id/return", reviewer, h.api(h.apiReturnPosition), 0},
		{post, "/api/v1/positions/:id/close", signedIn, h.api(h.apiClosePosition), 0},
		{post, "/api/v1/positions/:id/withdraw", signedIn, h.api(h.apiWithdrawPosition), 0},
		{post, "/api/v1/positions/:id/renew", signedIn, h.api(h.apiRenewPosition), 0},
		{post, "/api/v1/positions/:id/copy", signedIn, h.api(h.apiCopyPosition), 0},
		{post, "/api/v1/orgs", signedIn, h.api(h.apiRegisterOrg), 0},
		{get, "/api/v1/orgs/:org", public, h.api(h.apiShowOrg), 0},
		{put, "/api/v1/orgs/:org", orgOwner, h.api(h.apiEditOrg), 0},
		{post, "/api/v1/orgs/:org/approve", reviewer, h.api(h.apiApproveOrg), 0},
		{post, "/api/v1/orgs/:org/return", reviewer, h.api(h.apiReturnOrg), 0},
		{post, "/api/v1/orgs/:org/suspend", reviewer, h.api(h.apiSuspendOrg), 0},
		{post, "/api/v1/orgs/:org/rate", reviewer, h.api(h.apiRateOrg), 0},
		{post, "/api/v1/orgs/:org/urge", supervisor, h.api(h.apiUrge), 0},
		{get, "/api/v1/orgs/:org/positions", orgViewer, h.api(h.apiListOwnPositions), 0},
		{get, "/api/v1/orgs/:org/positions/:id/candidates", orgEditor, h.api(h.apiListCandidates), 0},
		{post, "/api/v1/orgs/:org/positions/:id/candidates/:ref/ask", orgEditor, h.api(h.apiAskCandidate), 0},
		{get, "/api/v1/orgs/:org/members", orgViewer, h.api(h.apiListMembers), 0},
		{post, "/api/v1/orgs/:org/members", orgOwner, h.api(h.apiAddMember), 0},
		{put, "/api/v1/orgs/:org/members/:id", orgOwner, h.api(h.apiChangeMember), 0},
		{del, "/api/v1/orgs/:org/members/:id", orgOwner, h.api(h.apiRemoveMember), 0},
		{get, "/api/v1/orgs/:org/files", signedIn, h.api(h.apiListOrgFiles), 0},
		{post, "/api/v1/orgs/:org/files", orgEditor, h.api(h.apiAddOrgFile), uploadBody},
		{get, "/api/v1/orgs/:org/files/:file", signedIn, h.api(h.apiShowOrgFile), 0},
		{del, "/api/v1/orgs/:org/files/:file", orgOwner, h.api(h.apiDeleteOrgFile), 0},
		{get, "/api/v1/review/positions", reviewer, h.api(h.apiReviewPositions), 0},
		{get, "/api/v1/review/orgs", reviewer, h.api(h.apiReviewOrgs), 0},
		{get, "/api/v1/review/overdue", reviewer, h.api(h.apiOverdue), 0},
		{get, "/api/v1/applications", signedIn, h.api(h.apiListApplications), 0},
		{post, "/api/v1/applications", signedIn, h.api(h.apiApply), 0},
		{get, "/api/v1/applications/:id", signedIn, h.api(h.apiShowApplication), 0},
		{get, "/api/v1/applications/:id/cv", signedIn, h.api(h.apiShowApplicationCV), 0},
		{post, "/api/v1/applications/:id/notes", signedIn, h.api(h.apiAddNote), 0},
		{post, "/api/v1/applications/:id/:verb", signedIn, h.api(h.apiActOnApplication), 0},
		{get, "/api/v1/placements", reviewer, h.api(h.apiListPlacements), 0},
		{get, "/api/v1/placements/:id", signedIn, h.api(h.apiShowPlacement), 0},
		{post, "/api/v1/placements/:id/confirm", signedIn, h.api(h.apiConfirmPlacement), 0},
		{post, "/api/v1/placements/:id/dispute", signedIn, h.api(h.apiDisputePlacement), 0},
		{post, "/api/v1/placements/:id/settle", supervisor, h.api(h.apiSettlePlacement), 0},
		{get, "/api/v1/me", signedIn, h.api(h.apiShowMe), 0},
		{get, "/api/v1/me/tokens", signedIn, h.api(h.apiListTokens), 0},
		{del, "/api/v1/me/tokens/:id", signedIn, h.api(h.apiEndToken), 0},
		{get, "/api/v1/me/profile", signedIn, h.api(h.apiShowProfile), 0},
		{put, "/api/v1/me/profile", signedIn, h.api(h.apiSaveProfile), 0},
		{get, "/api/v1/me/profile/cv", signedIn, h.api(h.apiShowCV), 0},
		{put, "/api/v1/me/profile/cv", signedIn, h.api(h.apiPutCV), uploadBody},
		{del, "/api/v1/me/profile/cv", signedIn, h.api(h.apiDeleteCV), 0},
		{get, "/api/v1/me/telling", signedIn, h.api(h.apiShowTelling), 0},
		{patch, "/api/v1/me/telling", signedIn, h.api(h.apiSetTelling), 0},
		{get, "/api/v1/me/recommended", signedIn, h.api(h.apiRecommend), 0},
		{get, "/api/v1/me/suggestions", signedIn, h.api(h.apiShowSuggestions), 0},
		{patch, "/api/v1/me/suggestions", signedIn, h.api(h.apiChooseSuggestions), 0},
		{get, "/api/v1/me/asks", signedIn, h.api(h.apiListAsks), 0},
		{post, "/api/v1/me/asks/:id/answer", signedIn, h.api(h.apiAnswerAsk), 0},
		{get, "/api/v1/me/blocked-orgs", signedIn, h.api(h.apiListBlocks), 0},
		{put, "/api/v1/me/blocked-orgs/:id", signedIn, h.api(h.apiBlock), 0},
		{del, "/api/v1/me/blocked-orgs/:id", signedIn, h.api(h.apiUnblock), 0},
		{get, "/api/v1/saved-searches", signedIn, h.api(h.apiListSearches), 0},
		{post, "/api/v1/saved-searches", signedIn, h.api(h.apiSaveSearch), 0},
		{get, "/api/v1/saved-searches/:id", signedIn, h.api(h.apiShowSearch), 0},
		{patch, "/api/v1/saved-searches/:id", signedIn, h.api(h.apiChangeSearch), 0},
		{del, "/api/v1/saved-searches/:id", signedIn, h.api(h.apiEndSearch), 0},
		{get, "/api/v1/notifications", signedIn, h.api(h.apiListNotices), 0},
		{post, "/api/v1/notifications/read", signedIn, h.api(h.apiReadNotices), 0},
		{get, "/api/v1/notifications/:id", signedIn, h.api(h.apiShowNotice), 0},
		{post, "/api/v1/notifications/:id/read", signedIn, h.api(h.apiReadNotice), 0},
		{get, "/api/v1/reports/weekly", signedIn, h.api(h.apiWeekly), 0},
		{get, "/api/v1/reports/weekly/rows", reviewer, h.api(h.apiWeeklyRows), 0},
		{get, "/api/v1/imports", signedIn, h.api(h.apiListImports), 0},
		{post, "/api/v1/imports", signedIn, h.api(h.apiImport), uploadBody},
		{get, "/api/v1/imports/template", signedIn, h.api(h.apiShowTemplate), 0},
		{get, "/api/v1/imports/:id", signedIn, h.api(h.apiShowImport), 0},
		{get, "/api/v1/imports/:id/preview", signedIn, h.api(h.apiPreviewImport), 0},
		{get, "/api/v1/imports/:id/refused", signedIn, h.api(h.apiShowRefused), 0},
		{post, "/api/v1/imports/:id/start", signedIn, h.api(h.apiStartImport), 0},
	}
}
