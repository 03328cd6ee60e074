// Package workers is the door for facts and time: what happens when something became true, and what happens by the clock.
// Handlers hold no rules; they bring an id to a verb.
package workers

import (
	"github.com/hibiken/asynq"

	"zhigang/internal/outbox"
	"zhigang/internal/queue"
)

// task is a task with its handler.
type task struct {
	outbox.Task
	do outbox.Handler
}

// tables returns the lines of the tables without anything behind the handlers: enough to know what there is.
func tables() *Workers { return &Workers{} }

// Reactions returns which tasks answer each fact, for outbox.New.
func Reactions() map[outbox.Fact][]outbox.Task {
	out := map[outbox.Fact][]outbox.Task{}
	for _, r := range tables().reactions() {
		out[r.fact] = append(out[r.fact], r.task.Task)
	}
	return out
}

// Scheduled returns the tasks that the clock starts, or somebody by hand, or another task.
func Scheduled() []outbox.Task {
	var out []outbox.Task
	for _, p := range tables().schedule() {
		out = append(out, p.task.Task)
	}
	for _, t := range append(tables().onRequest(), tables().divided()...) {
		out = append(out, t.Task)
	}
	return out
}

// Mux returns the handlers of all tasks.
func (w *Workers) Mux() *asynq.ServeMux {
	handlers := map[string]outbox.Handler{}
	for _, r := range w.reactions() {
		handlers[r.task.Name] = r.task.do
	}
	for _, p := range w.schedule() {
		handlers[p.task.Name] = p.task.do
	}
	for _, t := range append(w.onRequest(), w.divided()...) {
		handlers[t.Name] = t.do
	}
	return queue.Mux(w.Outbox, handlers)
}
