package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"zhigang/internal/audit"
	"zhigang/internal/calendar"
	"zhigang/internal/db"
	"zhigang/internal/disk"
	"zhigang/internal/mail"
	"zhigang/internal/outbox"
	"zhigang/internal/position"
	"zhigang/internal/queue"
	"zhigang/internal/search"
	"zhigang/internal/secret"
	"zhigang/migrations"
)

// checkKey looks at the secret key: whether there is one, nobody else can read it, and it is not a sample.
func (d *doctor) checkKey() {
	key := d.cfg.SecretKey
	if key == "" {
		info, err := os.Stat(keyFile(d.cfg))
		switch {
		case errors.Is(err, os.ErrNotExist) && !d.cfg.SQLite():
			d.note("key", bad, d.words["key_none"], "key_cluster")
			return
		case errors.Is(err, os.ErrNotExist) && !missing(sqliteFile(d.cfg)):
			d.note("key", bad, fmt.Sprintf(d.words["key_lost"], keyFile(d.cfg)), "key_lost")
			return
		case errors.Is(err, os.ErrNotExist):
			d.note("key", worry, d.words["key_none"], "new")
			return
		case err != nil:
			d.failed("key", err, "key_lost")
			return
		case info.Mode().Perm()&0o077 != 0:
			d.note("key", bad, fmt.Sprintf("%s %s", keyFile(d.cfg), info.Mode().Perm()), "key_open")
			return
		}
		b, err := os.ReadFile(keyFile(d.cfg))
		if err != nil {
			d.failed("key", err, "key_lost")
			return
		}
		key = strings.TrimSpace(string(b))
	}
	if isSample(key) {
		d.note("key", bad, d.words["key_sample"], "key_sample")
		return
	}
	if _, err := keysAtHand(d.cfg); err != nil {
		d.failed("key", err, "key_sample")
		return
	}
	d.note("key", fine, d.words["key_fine"], "")
}

// isSample reports whether a key is one that somebody made up: a byte again and again, or letters that spell something.
func isSample(key string) bool {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return false // secret.New says what is wrong with it
	}
	different, printable := map[byte]bool{}, true
	for _, b := range raw {
		different[b] = true
		printable = printable && b >= ' ' && b <= '~'
	}
	return len(different) < 8 || printable
}

// checkDisk looks how much room there is.
func (d *doctor) checkDisk() {
	dir := d.cfg.DataDir
	for missing(dir) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
	}
	free, total, ok := disk.Space(dir)
	if !ok {
		return
	}
	detail, advice := fmt.Sprintf(d.words["disk_free"], float64(free)/(1<<30), float64(total)/(1<<30), dir), "disk"
	s := state(disk.Grade(free, total))
	if s == fine {
		advice = ""
	}
	d.note("disk", s, detail, advice)
}

// checkDatabase looks at the database, and at all that is kept in it.
func (d *doctor) checkDatabase() {
	if d.cfg.SQLite() && missing(sqliteFile(d.cfg)) {
		d.note("database", worry, fmt.Sprintf(d.words["database_none"], sqliteFile(d.cfg)), "new")
		return
	}
	ctx, cancel := context.WithTimeout(d.ctx, checkTimeout)
	defer cancel()
	s, err := d.openForChecks(ctx)
	if err != nil {
		d.failed("database", err, "database")
		return
	}
	defer func() { _ = s.close() }()
	in, err := s.db.Inspect(ctx)
	if err != nil {
		d.failed("database", err, "database")
		return
	}
	d.checkSettings(in)
	if !d.checkSchema(ctx, s) {
		return
	}
	d.checkFit(ctx, s)
	d.within(func(ctx context.Context) { d.checkAudit(ctx, s) })
	d.within(func(ctx context.Context) { d.checkOutbox(ctx, s) })
	d.within(func(ctx context.Context) { d.checkMailWaiting(ctx, s) })
	d.within(func(ctx context.Context) { d.checkMatches(ctx, s) })
	d.within(func(ctx context.Context) { d.checkIndex(ctx, s) })
}

// openForChecks opens the database without making a secret key: where there is none, it gets one that fits nothing.
func (d *doctor) openForChecks(ctx context.Context) (*store, error) {
	cfg := d.cfg
	if d.keyless() {
		cfg.SecretKey = secret.Generate()
	}
	return openStore(ctx, d.env, cfg)
}

func (d *doctor) keyless() bool { return d.cfg.SecretKey == "" && missing(keyFile(d.cfg)) }

// checkFit looks whether the data were encrypted with the secret key.
func (d *doctor) checkFit(ctx context.Context, s *store) {
	if d.keyless() { // checkKey has said so
		return
	}
	if err := s.accounts.CheckKey(ctx); err != nil {
		d.failed("key_fits", err, "key_lost")
		return
	}
	d.note("key_fits", fine, d.words["key_fits"], "")
}

// checkSettings looks at what the engine does with what is saved, and at its clock.
func (d *doctor) checkSettings(in db.Inspection) {
	var wrong []string
	for _, s := range in.Settings {
		if !s.OK {
			wrong = append(wrong, s.Name+" = "+s.Value+" ("+s.Want+")")
		}
	}
	name := fmt.Sprintf("%s %s", in.Engine, in.Version)
	if len(wrong) > 0 {
		d.note("database", bad, name+": "+strings.Join(wrong, ", "), "settings_"+string(in.Engine))
	} else {
		d.note("database", fine, name, "")
	}
	if in.Engine == db.Postgres {
		d.checkClock("clock_database", in.Clock)
	}
}

// maxSkew is how far two clocks may differ.
const maxSkew = 2 * time.Second

func (d *doctor) checkClock(check string, other time.Time) {
	skew := other.Sub(d.clock.Now()).Abs().Truncate(time.Millisecond)
	if skew > maxSkew {
		d.note(check, bad, skew.String(), "clock")
		return
	}
	d.note(check, fine, skew.String(), "")
}

// checkSchema reports whether the program knows the schema; otherwise nothing can be read.
func (d *doctor) checkSchema(ctx context.Context, s *store) bool {
	version, err := db.SchemaVersion(ctx, s.db)
	switch {
	case err != nil:
		d.failed("schema", err, "database")
	case version == 0:
		d.note("schema", bad, d.words["schema_none"], "migrate")
	default:
		if err = s.db.CheckSchema(ctx, migrations.FS); err != nil {
			d.note("schema", bad, d.say(err), "migrate")
			return false
		}
		d.note("schema", fine, strconv.FormatInt(version, 10), "")
		return true
	}
	return false
}

func (d *doctor) checkAudit(ctx context.Context, s *store) {
	rows, err := audit.Verify(ctx, s.db)
	if err != nil {
		d.failed("audit", err, "audit")
		return
	}
	detail := fmt.Sprintf(d.words["audit_rows"], rows)
	if _, hash, err := audit.Last(ctx, s.db); err == nil && rows > 0 {
		detail += fmt.Sprintf(d.words["audit_last"], hash)
	}
	d.note("audit", fine, detail, "")
}

// checkIndex looks whether the index answers and holds what is on show. That of a running process can only be seen.
func (d *doctor) checkIndex(ctx context.Context, s *store) {
	if d.cfg.MeiliURL == "" {
		current := filepath.Join(d.cfg.DataDir, "index", "current")
		if missing(current) {
			d.note("index", worry, fmt.Sprintf(d.words["index_none"], filepath.Dir(current)), "index")
			return
		}
		d.note("index", fine, "Bleve, "+filepath.Dir(current), "")
		return
	}
	index, err := s.searchIndex()
	if err != nil {
		d.failed("index", err, "index_down")
		return
	}
	defer func() { _ = index.Close() }()
	if err := index.Ping(ctx); err != nil {
		d.failed("index", err, "index_down")
		return
	}
	hits, err := index.Search(ctx, search.Query{Per: 1}.Paged(), calendar.DayOf(d.clock.Now()))
	if err != nil {
		d.failed("index", err, "index")
		return
	}
	open, err := position.New(s.db, outbox.New(s.db, nil), s.tree).CountOnShow(ctx)
	if err != nil {
		d.failed("index", err, "database")
		return
	}
	posts := 0
	for _, n := range open {
		posts += n.Posts
	}
	detail := fmt.Sprintf(d.words["index_posts"], hits.Total, posts)
	if hits.Total < min(posts, search.MaxResults)*9/10 {
		d.note("index", worry, detail, "index")
		return
	}
	d.note("index", fine, detail, "")
}

// checkRedis looks whether Redis keeps what it is given.
func (d *doctor) checkRedis(ctx context.Context) {
	if d.cfg.RedisURL == "" {
		return
	}
	warnings, err := queue.CheckRedis(ctx, d.cfg.RedisURL)
	if err != nil {
		advice := "redis_settings"
		if errors.Is(err, queue.ErrUnreachable) {
			advice = "redis"
		}
		d.failed("redis", err, advice)
		return
	}
	opt, err := redis.ParseURL(d.cfg.RedisURL)
	if err != nil {
		d.failed("redis", err, "redis")
		return
	}
	client := redis.NewClient(opt)
	defer func() { _ = client.Close() }()
	info, err := client.InfoMap(ctx, "server").Result()
	if err != nil {
		d.failed("redis", err, "redis")
		return
	}
	name := "redis " + info["Server"]["redis_version"]
	if len(warnings) > 0 {
		d.note("redis", worry, name+": "+strings.Join(warnings, "; "), "redis_settings")
	} else {
		d.note("redis", fine, name, "")
	}
	now, err := client.Time(ctx).Result()
	if err != nil {
		d.failed("clock_redis", err, "redis")
		return
	}
	d.checkClock("clock_redis", now)
}

// checkMail looks whether mail could be sent.
func (d *doctor) checkMail(ctx context.Context) {
	sender, err := mail.Open(d.cfg.SMTPURL, d.cfg.MailFrom)
	switch {
	case err != nil:
		d.failed("mail", err, "mail")
		return
	case sender == nil:
		d.note("mail", worry, d.words["mail_off"], "mail_off")
		return
	}
	defer func() { _ = sender.Close() }()
	if err := sender.Check(ctx); err != nil {
		d.failed("mail", err, "mail")
		return
	}
	d.note("mail", fine, d.words["mail_fine"], "")
}

// checkGateway looks whether the gateway answers, where there is one.
func (d *doctor) checkGateway(ctx context.Context) {
	gateway, err := openGateway(d.cfg)
	if err == nil && gateway == nil {
		return
	}
	if err == nil {
		defer func() { _ = gateway.Close() }()
		err = gateway.Check(ctx)
	}
	if err != nil {
		d.failed("gateway", err, "gateway")
		return
	}
	d.note("gateway", fine, d.words["gateway_fine"], "")
}

// checkHolidays looks whether deadlines are counted right: next year's notice comes in November.
func (d *doctor) checkHolidays() {
	h, err := calendar.LoadHolidays()
	if err != nil {
		d.failed("holidays", err, "holidays")
		return
	}
	today := d.clock.Now().In(calendar.China())
	year := today.Year()
	switch {
	case !h.Knows(year):
		d.note("holidays", bad, strconv.Itoa(year), "holidays")
	case !h.Knows(year+1) && today.Month() == time.December:
		d.note("holidays", worry, strconv.Itoa(year+1), "holidays")
	default:
		known := strconv.Itoa(year)
		if h.Knows(year + 1) {
			known += ", " + strconv.Itoa(year+1)
		}
		d.note("holidays", fine, known, "")
	}
}
