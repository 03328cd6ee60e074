package report

// rowset is the SQL of a list of rows that figures are counted over. Both the number and the list behind it are read
// from this one text. It has the columns
//
//	id              unique in the rowset
//	region_code     of the organization: figures belong to the bureau where it is registered
//	kind            of the position, or of the placement as it was claimed; '' for organizations
//	step            what happened
//	unit            what counts once where units are counted
//	amount          what is added up where amounts are
//	org_id, position_id, application_id, placement_id, person_id, at
//
// and the marks of a window: :from and :to bound instants, from ≤ at < to; :first and :day are the first and the last
// day; :soon is seven days after :day; :closed is the week whose notes on posts hold, see Service.closeWeek; :scope
// limits o.
//
// Everything is read from histories, whose rows are never changed, and from columns that are written once, so that a
// past week gives the same numbers for ever. The headcount and the last day of a post are as they were noted when the
// week was closed; for weeks before the first that was closed, as they are now. Two things are always read as they are
// now: the region of an organization and the kind of a post, because their histories do not say what they were. A
// stored report keeps what it said.
type rowset string

const (
	// approvedOrgs are the organizations whose standing, by the last line of their history before :to, was approved.
	approvedOrgs = `(
		SELECT s.org_id FROM org_event s
		WHERE s.to_state = 'approved' AND s.at < :to AND NOT EXISTS (
			SELECT 1 FROM org_event l
			WHERE l.org_id = s.org_id AND l.at < :to AND (l.at > s.at OR l.at = s.at AND l.id > s.id)))`

	// notedPost joins what was noted of post p when the week was closed, see Service.closeWeek.
	notedPost = `
		LEFT JOIN report_post n ON n.position_id = p.id AND n.week = (
			SELECT MAX(m.week) FROM report_post m WHERE m.position_id = p.id AND m.week <= :closed)`

	// shown says of a post p with its note n that it was on show at the end of the week, as far as it goes by the post:
	// the last line of its history before then says published, and its last day was not yet behind.
	shown = `p.created_at < :to AND (p.closed_at IS NULL OR p.closed_at >= :to)
		AND COALESCE(n.valid_until, p.valid_until) >= :day AND (
			SELECT l.to_state FROM position_event l WHERE l.position_id = p.id AND l.at < :to
			ORDER BY l.at DESC, l.id DESC LIMIT 1) = 'published'`

	// lastDecision is the person's last word on placement pl before :to.
	lastDecision = `COALESCE((
		SELECT d.verb FROM placement_event d WHERE d.placement_id = pl.id AND d.verb IN ('confirm', 'dispute') AND d.at < :to
		ORDER BY d.at DESC, d.id DESC LIMIT 1), 'open')`

	// group keeps employment apart from everything that may not be counted as employment.
	group = `CASE WHEN pl.employment = 1 THEN 'hire' ELSE pl.kind END`
)

// onShow: a post was on show at the end of the week, and its organization in good standing. The amount is its
// headcount. The unit is who hires: a member unit by its credit code, or by its name where it has none, and the
// organization itself by its credit code, so that a unit is one whoever posts for it.
const onShow rowset = `
	SELECT p.id, o.region_code, p.kind, 'on_show' AS step,
		CASE WHEN p.employer = '' THEN COALESCE(o.code, CAST(o.id AS TEXT))
			ELSE COALESCE(NULLIF(p.employer_code, ''), p.employer) END AS unit,
		COALESCE(n.headcount, p.headcount) AS amount,
		p.org_id, p.id AS position_id, CAST(NULL AS BIGINT) AS application_id, CAST(NULL AS BIGINT) AS placement_id,
		CAST(NULL AS BIGINT) AS person_id, p.published_at AS at
	FROM org o JOIN position p ON p.org_id = o.id` + notedPost + `
	WHERE :scope AND o.id IN ` + approvedOrgs + ` AND ` + shown

// published: a post was put on show for the first time; coming back after a review of its edits is not new.
const published rowset = `
	SELECT e.id, o.region_code, p.kind, e.verb AS step, '' AS unit, COALESCE(n.headcount, p.headcount) AS amount,
		p.org_id, p.id AS position_id, CAST(NULL AS BIGINT) AS application_id, CAST(NULL AS BIGINT) AS placement_id,
		CAST(NULL AS BIGINT) AS person_id, e.at
	FROM position_event e JOIN position p ON p.id = e.position_id JOIN org o ON o.id = p.org_id` + notedPost + `
	WHERE :scope AND e.verb = 'approve' AND e.at >= :from AND e.at < :to AND NOT EXISTS (
		SELECT 1 FROM position_event b WHERE b.position_id = e.position_id AND b.verb = 'approve'
			AND (b.at < e.at OR b.at = e.at AND b.id < e.id))`

// viewed: how often a post was looked at on the days of the week.
const viewed rowset = `
	SELECT p.id, o.region_code, p.kind, 'view' AS step, '' AS unit, SUM(v.views) AS amount,
		p.org_id, p.id AS position_id, CAST(NULL AS BIGINT) AS application_id, CAST(NULL AS BIGINT) AS placement_id,
		CAST(NULL AS BIGINT) AS person_id, CAST(NULL AS BIGINT) AS at
	FROM position_view v JOIN position p ON p.id = v.position_id JOIN org o ON o.id = p.org_id
	WHERE :scope AND v.day >= :first AND v.day <= :day
	GROUP BY p.id, o.region_code, p.kind, p.org_id`

// handled: what happened to applications in the week. No application is received, invited or offered to twice.
const handled rowset = `
	SELECT e.id, o.region_code, p.kind, e.verb AS step, '' AS unit, 1 AS amount,
		a.org_id, a.position_id, a.id AS application_id, CAST(NULL AS BIGINT) AS placement_id, a.person_id, e.at
	FROM application_event e JOIN application a ON a.id = e.application_id
		JOIN position p ON p.id = a.position_id JOIN org o ON o.id = a.org_id
	WHERE :scope AND e.verb IN ('apply', 'interview', 'offer') AND e.at >= :from AND e.at < :to`

// answered: an organization gave a person the first answer in the week: an invitation, an offer, a hire or a refusal.
// That it looked at the application is no answer.
const answered rowset = `
	SELECT e.id, o.region_code, p.kind, CASE WHEN a.in_time = 1 THEN 'in_time' ELSE 'late' END AS step,
		'' AS unit, 1 AS amount,
		a.org_id, a.position_id, a.id AS application_id, CAST(NULL AS BIGINT) AS placement_id, a.person_id, e.at
	FROM application_event e JOIN application a ON a.id = e.application_id
		JOIN position p ON p.id = a.position_id JOIN org o ON o.id = a.org_id
	WHERE :scope AND e.verb IN ('interview', 'offer', 'hire', 'decline') AND e.at >= :from AND e.at < :to AND NOT EXISTS (
		SELECT 1 FROM application_event b
		WHERE b.application_id = e.application_id AND b.verb IN ('interview', 'offer', 'hire', 'decline')
			AND (b.at < e.at OR b.at = e.at AND b.id < e.id))`

// promised: at the end of the week an application was neither answered nor withdrawn, and the day by which the
// organization promised to answer was over, or lay within seven days.
const promised rowset = `
	SELECT a.id, o.region_code, p.kind, CASE WHEN a.answer_by < :day THEN 'overdue' ELSE 'due' END AS step,
		'' AS unit, 1 AS amount,
		a.org_id, a.position_id, a.id AS application_id, CAST(NULL AS BIGINT) AS placement_id, a.person_id, a.created_at AS at
	FROM application a JOIN position p ON p.id = a.position_id JOIN org o ON o.id = a.org_id
	WHERE :scope AND a.created_at < :to AND a.answer_by <= :soon AND (a.answered_at IS NULL OR a.answered_at >= :to)
		AND NOT EXISTS (
			SELECT 1 FROM application_event e WHERE e.application_id = a.id AND e.verb = 'withdraw' AND e.at < :to)`

// claimed: an organization said in the week that it hired. The step says what the person had said by the end of the
// week.
const claimed rowset = `
	SELECT e.id, o.region_code, pl.kind, ` + group + ` || '.' || ` + lastDecision + ` AS step, '' AS unit, 1 AS amount,
		pl.org_id, pl.position_id, pl.application_id, pl.id AS placement_id, pl.person_id, e.at
	FROM placement_event e JOIN placement pl ON pl.id = e.placement_id JOIN org o ON o.id = pl.org_id
	WHERE :scope AND e.verb = 'claim' AND e.at >= :from AND e.at < :to`

// decided: a person confirmed or disputed in the week what was claimed then or earlier. Who changed their mind within
// the week is counted once, with the last word.
const decided rowset = `
	SELECT e.id, o.region_code, pl.kind, ` + group + ` || '.' || e.verb AS step, '' AS unit, 1 AS amount,
		pl.org_id, pl.position_id, pl.application_id, pl.id AS placement_id, pl.person_id, e.at
	FROM placement_event e JOIN placement pl ON pl.id = e.placement_id JOIN org o ON o.id = pl.org_id
	WHERE :scope AND e.verb IN ('confirm', 'dispute') AND e.at >= :from AND e.at < :to AND NOT EXISTS (
		SELECT 1 FROM placement_event l WHERE l.placement_id = e.placement_id AND l.verb IN ('confirm', 'dispute')
			AND l.at < :to AND (l.at > e.at OR l.at = e.at AND l.id > e.id))`

const orgColumns = `'' AS unit, 1 AS amount, o.id AS org_id, CAST(NULL AS BIGINT) AS position_id,
		CAST(NULL AS BIGINT) AS application_id, CAST(NULL AS BIGINT) AS placement_id, CAST(NULL AS BIGINT) AS person_id`

// approved: an organization whose standing at the end of the week was approved.
const approved rowset = `
	SELECT o.id, o.region_code, '' AS kind, 'approved' AS step, ` + orgColumns + `, o.verified_at AS at
	FROM org o
	WHERE :scope AND o.id IN ` + approvedOrgs

// joined: an organization registered in the week, or was approved in it for the first time.
const joined rowset = `
	SELECT e.id, o.region_code, '' AS kind, e.verb AS step, ` + orgColumns + `, e.at
	FROM org_event e JOIN org o ON o.id = e.org_id
	WHERE :scope AND e.verb IN ('register', 'approve') AND e.at >= :from AND e.at < :to AND NOT EXISTS (
		SELECT 1 FROM org_event b WHERE b.org_id = e.org_id AND b.verb = e.verb
			AND (b.at < e.at OR b.at = e.at AND b.id < e.id))`

// active: an organization had a post on show at the end of the week, or did something for its posts or with
// applications in the week. What its bureau or the program did for it does not make it active.
const active rowset = `
	SELECT o.id, o.region_code, '' AS kind, 'active' AS step, ` + orgColumns + `, CAST(NULL AS BIGINT) AS at
	FROM org o
	WHERE :scope AND (
		o.id IN (
			SELECT q.org_id FROM position_event e JOIN position q ON q.id = e.position_id
			WHERE e.at >= :from AND e.at < :to
				AND e.verb IN ('create', 'import', 'edit', 'submit', 'reopen', 'close', 'renew', 'withdraw'))
		OR o.id IN (
			SELECT a.org_id FROM application_event e JOIN application a ON a.id = e.application_id
			WHERE e.at >= :from AND e.at < :to AND e.verb IN ('view', 'interview', 'offer', 'hire', 'decline'))
		OR o.id IN ` + approvedOrgs + ` AND EXISTS (
			SELECT 1 FROM position p` + notedPost + ` WHERE p.org_id = o.id AND ` + shown + `))`
