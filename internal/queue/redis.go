package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"zhigang/internal/outbox"
)

// Redis is the Dispatcher of the cluster: a relay moves ids from the outbox to asynq, servers in any number of worker
// processes run them. Losing all of Redis loses nothing: rows that are not done are sent again.
type Redis struct {
	outbox    *outbox.Outbox
	mux       asynq.Handler
	pools     []Pool
	bells     bells
	opt       asynq.RedisConnOpt
	client    *asynq.Client
	inspector *asynq.Inspector
	shares    Shares
	log       *slog.Logger
}

const (
	// maxSent bounds the rows of a pool that lie in Redis at a time, so that a row is started well before its lease ends.
	maxSent = 500
	// gather is how long a relay lets rows come together after it has moved some: each look at the table costs as much for
	// one row as for many.
	gather = 20 * time.Millisecond
)

// NewRedis returns a Redis dispatcher for the server at url (redis://…).
func NewRedis(o *outbox.Outbox, mux asynq.Handler, url string, log *slog.Logger) (*Redis, error) {
	opt, err := asynq.ParseRedisURI(url)
	if err != nil {
		return nil, fmt.Errorf("redis URL: %w", err)
	}
	return &Redis{
		outbox: o, mux: mux, pools: Pools(), bells: newBells(Pools()), log: log, opt: opt,
		client: asynq.NewClient(opt), inspector: asynq.NewInspector(opt),
	}, nil
}

// Wake implements Dispatcher.
func (d *Redis) Wake(queues []string) { d.bells.ring(queues) }

// Run implements Dispatcher.
func (d *Redis) Run(ctx context.Context) error {
	defer func() { _ = d.client.Close(); _ = d.inspector.Close() }()
	var servers []*asynq.Server
	for _, p := range d.pools {
		srv, err := d.serve(p.Workers, p.Name)
		if err != nil {
			return err
		}
		servers = append(servers, srv)
	}
	var sharing sync.WaitGroup
	if d.shares.Parts > 1 {
		sharing.Go(func() { d.share(ctx) })
	}
	sharing.Go(func() { d.takeBack(ctx) })
	each(d.pools, func(p Pool) { d.relay(ctx, p.Name, maxSent) })
	for _, srv := range servers {
		srv.Stop() // take no new work
	}
	for _, srv := range servers {
		srv.Shutdown()
	}
	sharing.Wait()
	return nil
}

// serve starts workers for queues.
func (d *Redis) serve(workers int, queues ...string) (*asynq.Server, error) {
	weights := map[string]int{}
	for _, q := range queues {
		weights[q] = 1
	}
	srv := asynq.NewServer(d.opt, asynq.Config{
		Concurrency:       workers,
		Queues:            weights,
		TaskCheckInterval: 200 * time.Millisecond,
		ShutdownTimeout:   Grace,
		Logger:            asynqLog{d.log},
		LogLevel:          asynq.WarnLevel,
	})
	if err := srv.Start(d.mux); err != nil {
		return nil, fmt.Errorf("start workers of queues %v: %w", queues, err)
	}
	return srv, nil
}

// relay moves rows of a queue from the table to Redis for as long as there is room for them.
func (d *Redis) relay(ctx context.Context, queue string, room int) {
	for ctx.Err() == nil {
		n, err := d.send(ctx, queue, room)
		switch {
		case err != nil && ctx.Err() == nil:
			d.log.Error("outbox rows cannot be sent", "queue", queue, "error", err)
			pause(ctx, 2*time.Second)
		case n == 0:
			d.bells[queue].wait(ctx, poll)
		default:
			pause(ctx, gather)
		}
	}
}

// send moves one batch and returns its size.
func (d *Redis) send(ctx context.Context, queue string, room int) (int, error) {
	if due, err := d.outbox.Due(ctx, queue, 1); err != nil || len(due) == 0 {
		return 0, err
	}
	inFlight, err := d.outbox.InFlight(ctx, queue)
	if err != nil || inFlight >= room {
		return 0, err
	}
	refs, err := d.outbox.Claim(ctx, queue, min(100, room-inFlight))
	if err != nil {
		return 0, err
	}
	for n, ref := range refs {
		if err := d.enqueue(ctx, queue, ref); err != nil {
			return n, errors.Join(err, d.outbox.Unsend(context.WithoutCancel(ctx), refs[n:]))
		}
	}
	return len(refs), nil
}

// enqueue hands one id to asynq, under that id, so that a row that waits there is not put there twice. A task of that id
// that is in the way is dealt with by its state:
//
//   - waiting: all is well.
//   - given up: it is taken away and sent anew, because asynq would refuse the id for ever.
//   - active: the row was claimed, so its run has lost its lease: the process died, or sleeps, or asynq has forgotten
//     that it is done. asynq finds that out after two minutes, or never; the row goes under a name of its own.
//
// A run too many does no harm: a row is started by one.
func (d *Redis) enqueue(ctx context.Context, queue string, ref outbox.Ref) error {
	row := ref.ID.String()
	err := d.put(ctx, queue, ref, row)
	if !errors.Is(err, asynq.ErrTaskIDConflict) {
		return err
	}
	info, err := d.inspector.GetTaskInfo(queue, row)
	if err != nil {
		return nil //nolint:nilerr // gone in the meantime: it ran, or the lease will bring it back
	}
	switch info.State {
	case asynq.TaskStateArchived, asynq.TaskStateCompleted:
		if err := d.inspector.DeleteTask(queue, row); err != nil {
			return nil //nolint:nilerr // as above
		}
		return d.put(ctx, queue, ref, row)
	case asynq.TaskStateActive:
		return d.put(ctx, queue, ref, row+"-"+strings.ToLower(rand.Text()[:8]))
	default:
		return nil
	}
}

// put makes the task. It carries the id of the row and nothing else.
func (d *Redis) put(ctx context.Context, queue string, ref outbox.Ref, name string) error {
	timeout := outbox.Lease
	if t, ok := d.outbox.Tasks()[ref.Task]; ok {
		timeout = t.Timeout
	}
	task := asynq.NewTask(ref.Task, []byte(ref.ID.String()), asynq.TaskID(name), asynq.Queue(queue),
		asynq.MaxRetry(0), asynq.Timeout(timeout+5*time.Second), asynq.Retention(0))
	_, err := d.client.EnqueueContext(ctx, task)
	return err
}

// ErrUnreachable says that Redis does not answer; it may come back.
var ErrUnreachable = errors.New("redis does not answer")

// CheckRedis asks the server at url whether it can be trusted with a queue. The error says what to change; warnings are
// settings that cost time after a crash, not data.
func CheckRedis(ctx context.Context, url string) (warnings []string, err error) {
	opt, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("redis URL: %w", err)
	}
	client := redis.NewClient(opt)
	defer func() { _ = client.Close() }()
	info, err := client.InfoMap(ctx, "server", "memory", "persistence", "cluster").Result()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if v := info["Server"]["redis_version"]; olderThan62(v) {
		return nil, fmt.Errorf("redis %s is too old: 6.2 or newer is needed", v)
	}
	if info["Cluster"]["cluster_enabled"] == "1" {
		return nil, errors.New("redis runs as a cluster: use a standalone server or Sentinel")
	}
	if policy := info["Memory"]["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		return nil, fmt.Errorf("redis would throw tasks away when memory is short (maxmemory-policy %s): set it to noeviction", policy)
	}
	if info["Persistence"]["aof_enabled"] != "1" {
		warnings = append(warnings, "redis does not keep an append-only file: after a crash all pending tasks are sent again from SQL (set appendonly yes)")
	}
	return warnings, nil
}

func olderThan62(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major < 6 || major == 6 && minor < 2
}

// asynqLog passes what asynq says on to slog.
type asynqLog struct{ log *slog.Logger }

func (l asynqLog) Debug(args ...any) { l.log.Debug("asynq", "text", text(args)) }
func (l asynqLog) Info(args ...any)  { l.log.Info("asynq", "text", text(args)) }
func (l asynqLog) Warn(args ...any)  { l.log.Warn("asynq", "text", text(args)) }
func (l asynqLog) Error(args ...any) { l.log.Error("asynq", "text", text(args)) }
func (l asynqLog) Fatal(args ...any) { l.log.Error("asynq gave up", "text", text(args)) }

func text(args []any) string { return strings.TrimSpace(fmt.Sprintln(args...)) }
