// Package workers is the door for facts and time: what happens when something became true, and what happens by the clock.
// Handlers hold no rules; they bring an id to a verb.
package workers

import (
	"context"

	"github.com/hibiken/asynq"

	"zhigang/internal/outbox"
	"zhigang/internal/queue"
)

// Reactions returns which tasks answer each fact, for outbox.New.
func Reactions() map[outbox.Fact][]outbox.Task {
	out := map[outbox.Fact][]outbox.Task{}
	for _, r := range reactions() {
		out[r.fact] = append(out[r.fact], r.task.Task)
	}
	return out
}

// Scheduled returns the tasks that the clock starts, or somebody by hand.
func Scheduled() []outbox.Task {
	var out []outbox.Task
	for _, p := range schedule() {
		out = append(out, p.task.Task)
	}
	for _, t := range onRequest() {
		out = append(out, t.Task)
	}
	return out
}

// Mux returns the handlers of all tasks.
func Mux(o *outbox.Outbox, w *Workers) *asynq.ServeMux {
	handlers := map[string]outbox.Handler{}
	add := func(t task) {
		handlers[t.Name] = func(ctx context.Context, job *outbox.Job) error { return t.do(w, ctx, job) }
	}
	for _, r := range reactions() {
		add(r.task)
	}
	for _, p := range schedule() {
		add(p.task)
	}
	for _, t := range onRequest() {
		add(t)
	}
	return queue.Mux(o, handlers)
}

// task is a task with its handler.
type task struct {
	outbox.Task
	do func(*Workers, context.Context, *outbox.Job) error
}
