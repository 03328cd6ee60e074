package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhigang/internal/calendar"
	"zhigang/internal/clock"
	"zhigang/internal/db"
	"zhigang/internal/report"
	"zhigang/internal/testserver"
)

// weekly asks the program for a report of the district.
func (j *journey) weekly(week calendar.Week) report.Bureau {
	j.Helper()
	r := zhigang(j.T, j.stack.setting, "report", "weekly", "--region", panyu, "--week", week.String(), "--format", "json").want(j.T, exitOK)
	var b report.Bureau
	if err := json.Unmarshal([]byte(r.out), &b); err != nil {
		j.Fatalf("%v\n%s", err, r.out)
	}
	return b
}

// counted fails the test where a report says something else than happened.
func (j *journey) counted(b report.Bureau, want report.Figures) {
	j.Helper()
	for figure, n := range want {
		if got := b.Figures[figure]; got != n {
			j.Errorf("%s: the report counts %d %s, there were %d", b.Week, got, figure, n)
		}
	}
}

// happened is what the journey has brought about in the district.
func happened() report.Figures {
	return report.Figures{
		report.Posts: 3, report.Headcount: 6, report.PostsNew: 3, report.Employers: 1, report.OrgsNew: 1, report.OrgsActive: 1,
		report.Applications: 3, report.Interviews: 1, report.Offers: 1, report.Answered: 3, report.AnsweredInTime: 3,
		report.HiresClaimed: 1, report.HiresClaimedConfirmed: 1, report.HiresConfirmed: 1, report.HiresClaimedOpen: 0,
		report.InternshipsClaimed: 1, report.InternshipsConfirmed: 1, report.VolunteersClaimed: 1, report.VolunteersConfirmed: 1,
	}
}

// claimedOnly is what the report says between the claim and the graduate's yes.
func (j *journey) claimedOnly() {
	j.Helper()
	j.counted(j.weekly(thisWeek()), report.Figures{report.HiresClaimed: 1, report.HiresClaimedOpen: 1, report.HiresConfirmed: 0})
}

func thisWeek() calendar.Week { return calendar.WeekOf(clock.System{}.Now()) }

// The running week is counted as it is looked at.
func (j *journey) reportCounts() {
	live := j.weekly(thisWeek())
	if !live.Running || live.Hash != "" {
		j.Errorf("the running week is stored: %+v", live.Stamp)
	}
	j.counted(live, happened())
	j.reviewer.Go("/bureau")
	j.reviewer.See("3 个岗位", "其中本人已确认 1 人")
}

// On Monday at eight the report of the week is made and told of, by whichever process is there, even if it was not there
// at eight. Nobody can wait for Monday, so the house is left alone for a week: everything in it becomes a week older.
func (j *journey) mondayComes() {
	live := j.weekly(thisWeek())
	j.stack.stop(j.T)
	week := thisWeek()
	weeks := 1
	if now := (clock.System{}).Now(); now.Before(week.Start().Add(8 * time.Hour)) {
		weeks = 2 // it is Monday before eight: the report of last week is not due yet
	}
	j.weeksPass(weeks)
	week = week.Add(-weeks)
	j.stack.mail.Forget()
	j.stack.start(j.T)

	m := j.letterTo(reviewerMail, "番禺区周报已生成")
	path := regexp.MustCompile(`/bureau/reports/\S+`).FindString(m.Text)
	if !strings.Contains(path, week.String()) {
		j.Fatalf("the mail tells of %q, not of %s:\n%s", path, week, m.Text)
	}
	j.letterTo("admin@guangzhou.example", "广州市周报已生成")
	j.letterTo(orgMail, orgName+"周报已生成")
	j.letterTo(graduateMail, "您的一周小结")

	stored := j.weekly(week)
	if stored.Running || stored.Hash == "" {
		j.Errorf("the report of a week that is over is not stored: %+v", stored.Stamp)
	}
	j.counted(stored, happened())
	delete(stored.Figures, report.Views) // pages were looked at while the program stopped
	delete(live.Figures, report.Views)
	if !maps.Equal(live.Figures, stored.Figures) {
		j.Errorf("on Sunday the week was\n%v\nand is now\n%v", live.Figures, stored.Figures)
	}
	if again := j.weekly(week); again.Hash != stored.Hash || !again.MadeAt.Equal(stored.MadeAt) {
		j.Errorf("asked again, the report is another: %+v, %+v", again.Stamp, stored.Stamp)
	}
	j.monday(path, stored.Hash)
}

// monday is what the reviewer sees.
func (j *journey) monday(path, hash string) {
	j.Helper()
	j.signIn(j.reviewer, reviewerMail)
	j.reviewer.Go(path)
	j.reviewer.See("番禺区", hash, "其中本人已确认 1 人", "见习录用 1 人", "不计入就业")
	if got := strings.TrimSpace(j.reviewer.TextOf(`a[href*="hires_confirmed"]`)); got != "1" {
		j.Errorf("on the page %q were hired and have confirmed it", got)
	}
	j.reviewer.Go(j.reviewer.Attribute(`a[href*="hires_confirmed"]`, "href"))
	j.reviewer.See("社区社工", orgName, "本周本人确认")
	if n := j.reviewer.Count("table tbody tr"); n != 1 {
		j.Errorf("behind the number one stand %d rows", n)
	}
	j.reviewer.SeeNot("项目助理", "长者探访志愿者")
	out := filepath.Join(j.TempDir(), "周报.xlsx")
	zhigang(j.T, j.stack.setting, "report", "weekly", "--region", panyu, "--out", out).want(j.T, exitOK)
	if info, err := os.Stat(out); err != nil || info.Size() < 2000 {
		j.Error(info, err)
	}
}

// The columns that hold a moment, a day or a week of the life of the house.
func moments() *regexp.Regexp { return regexp.MustCompile(`^(at|\w+_at|slot|lease_until)$`) }
func days() *regexp.Regexp {
	return regexp.MustCompile(`^(day|valid_until|answer_by|start_on|verify_due)$`)
}

// weeksPass moves everything that the database remembers into the past by whole weeks. The audit stays as it is: its
// chain would show that somebody was at it.
func (j *journey) weeksPass(weeks int) {
	j.Helper()
	d := j.stack.open(j.T)
	tables := columns(j.T)
	delete(tables, "audit")
	if err := d.Write(j.Context(), func(tx *db.Tx) error {
		for table, all := range tables {
			for _, column := range all {
				if err := older(j.Context(), tx, table, column, weeks); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		j.Fatal(err)
	}
}

func older(ctx context.Context, tx *db.Tx, table, column string, weeks int) error {
	var earlier func(string) string
	switch {
	case moments().MatchString(column):
		_, err := tx.Exec(ctx, `UPDATE `+table+` SET `+column+` = `+column+` - ? WHERE `+column+` IS NOT NULL`,
			weeks*int(7*24*time.Hour/time.Millisecond))
		return err
	case days().MatchString(column):
		earlier = func(day string) string { return string(calendar.Day(day).Add(-7 * weeks)) }
	case column == "week":
		earlier = func(text string) string {
			week, _ := calendar.ParseWeek(text)
			return week.Add(-weeks).String()
		}
	default:
		return nil
	}
	var values []string
	if err := tx.Select(ctx, &values, `SELECT DISTINCT `+column+` FROM `+table+` WHERE `+column+` <> '' ORDER BY `+column); err != nil {
		return err
	}
	for _, v := range values { // the earliest first: none meets one that has not moved yet
		if _, err := tx.Exec(ctx, `UPDATE `+table+` SET `+column+` = ? WHERE `+column+` = ?`, earlier(v), v); err != nil {
			return err
		}
	}
	return nil
}

// columns reads the tables and their columns from the migrations.
func columns(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testserver.Root(), "migrations", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	table, column := regexp.MustCompile(`^CREATE TABLE (\w+)`), regexp.MustCompile(`^\s+([a-z_]+)\s+(BIGINT|TEXT)\b`)
	out, now := map[string][]string{}, ""
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if m := table.FindStringSubmatch(line); m != nil {
				now = m[1]
			} else if m := column.FindStringSubmatch(line); m != nil {
				out[now] = append(out[now], m[1])
			}
		}
	}
	return out
}
