package workers

import (
	"log/slog"
	"time"

	"zhigang/internal/application"
	"zhigang/internal/auth"
	"zhigang/internal/db"
	"zhigang/internal/intake"
	"zhigang/internal/lexicon"
	"zhigang/internal/match"
	"zhigang/internal/notify"
	"zhigang/internal/org"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/report"
	"zhigang/internal/search"
	"zhigang/internal/suggest"
)

// Workers is what handlers work with.
type Workers struct {
	DB          *db.DB
	Log         *slog.Logger
	Outbox      *outbox.Outbox
	Accounts    *auth.Service
	Positions   *position.Service
	Intake      *intake.Service
	Lexicon     *lexicon.Service
	Search      *search.Service
	Matches     *match.Service
	Notices     *notify.Service
	Reports     *report.Service
	Suggestions *suggest.Service
}

// reaction is a line of the table below.
type reaction struct {
	fact outbox.Fact
	task task
}

// reactions is every reaction to every fact, on one screen.
func (w *Workers) reactions() []reaction {
	return []reaction{
		// the index follows what is on show
		{position.PublishedFact, index("search.published", w.Search.SyncPositions)},
		{position.ChangedFact, index("search.changed", w.Search.SyncPositions)},
		{position.GoneFact, index("search.gone", w.Search.SyncPositions)},
		{org.StandingChangedFact, index("search.org", w.Search.SyncOrg)},

		// whose saved searches are met is told
		{position.PublishedFact, long("match.published", w.Matches.MatchPosition)},
		{position.ChangedFact, long(match.ChangedTask, w.Matches.MatchPosition)},
		{match.FoundFact, short("match.deliver", w.Notices.Found)},

		{match.ExpiringFact, short("notify.search", w.Notices.SearchExpiring)},

		// who waits for an answer is told
		{org.ReviewedFact, short("notify.org", w.Notices.OrgReviewed)},
		{position.PublishedFact, short("notify.published", w.Notices.Published)},
		{position.ReturnedFact, short("notify.returned", w.Notices.Returned)},
		{position.ExpiringFact, short("notify.expiring", w.Notices.Expiring)},
		{application.ReceivedFact, short("notify.received", w.Notices.Received)},
		{application.AnsweredFact, seen(short("notify.answered", w.Notices.Answered))}, // it counts for the public reply rate
		{application.WithdrawnFact, seen(short("notify.withdrawn", w.Notices.Withdrawn))},
		{application.UrgedFact, short("notify.urged", w.Notices.Urged)},
		{application.ClaimedFact, seen(short("notify.claimed", w.Notices.Claimed))}, // a place is filled, or free again
		{suggest.AskedFact, short("notify.contact_asked", w.Notices.ContactAsked)},
		{suggest.GivenFact, short("notify.contact_given", w.Notices.ContactGiven)},
		{application.DecidedFact, seen(short("notify.decided", w.Notices.Decided))},

		// what leaves the house
		{notify.QueuedFact, mail("mail.send", w.Notices.SendMail)},

		// spreadsheets come in
		{intake.StartedFact, heavy("intake.run", w.Intake.Run)},
	}
}

// schedule is everything that happens by the clock, in China's time.
func (w *Workers) schedule() []periodic {
	return []periodic{
		{short("position.expire", w.expirePositions), daily(0, 5), latest},
		{short("position.remind", w.remindPositions), daily(9, 0), all},
		{short("match.digest", w.Matches.Digests), every(time.Hour), latest}, // each person has an hour of their own
		{short("match.remind", w.Matches.Remind), daily(10, 0), latest},
		{heavy("report.weekly", w.Reports.MakeAll), weekly(time.Monday, 8), all},
		{seen(heavy("search.reconcile", w.Search.ReconcileJob)), daily(3, 0), latest},
		{heavy("search.exposure", w.Search.CountExposure), daily(2, 30), latest},
		{short("house.prune", w.prune), daily(4, 0), latest},
		{short("edition.prune", w.pruneEditions), every(5 * time.Minute), latest},
	}
}

// onRequest are tasks that somebody asks for by hand.
func (w *Workers) onRequest() []task {
	return []task{
		heavy("search.rebuild", w.Search.RebuildJob),
		mail("mail.reset", w.Notices.SendReset),
		mail("mail.confirm", w.Notices.SendConfirm),
	}
}

// divided are the tasks of the parts of a work that is shared among workers: the one that divides leads to them.
func (w *Workers) divided() []task {
	part := long(match.PartTask, w.Matches.MatchPart)
	part.Whole = match.ChangedTask
	return []task{part}
}

// short is a task of one small transaction.
func short(name string, do outbox.Handler) task {
	return task{outbox.Task{Name: name, Queue: queue.Fast, Timeout: time.Minute, MaxAttempts: 20}, do}
}

// long is a task that goes through many rows.
func long(name string, do outbox.Handler) task {
	return task{outbox.Task{Name: name, Queue: queue.Fast, Timeout: 10 * time.Minute, MaxAttempts: 20}, do}
}

// index is a task that writes to the search index. It is tried for days: an index that is down comes back.
func index(name string, do outbox.Handler) task {
	return seen(task{outbox.Task{Name: name, Queue: queue.Index, Timeout: 2 * time.Minute, MaxAttempts: 200}, do})
}

// seen is a task after which everybody sees something else.
func seen(t task) task {
	t.Public = true
	return t
}

// mail is a task that talks to the mail server. The handler itself gives up after three days.
func mail(name string, do outbox.Handler) task {
	return task{outbox.Task{Name: name, Queue: queue.Mail, Timeout: 3 * time.Minute, MaxAttempts: 150}, do}
}

// heavy is a task that reads or writes much.
func heavy(name string, do outbox.Handler) task {
	return task{outbox.Task{Name: name, Queue: queue.Report, Timeout: time.Hour, MaxAttempts: 10}, do}
}
