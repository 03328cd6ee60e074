package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"zhigang/internal/clock"
)

// child is this very program as another process, which is measured from outside.
type child struct {
	cmd *exec.Cmd
	log bytes.Buffer
	// took reads how long ago it was started.
	took func() time.Duration
	peak float64
	done chan error
}

// run starts the program with nothing of the environment but what it needs to run, and the settings.
func (b *bench) run(ctx context.Context, settings []string, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.CommandContext(ctx, self, args...), done: make(chan error, 1)} //nolint:gosec // this program
	c.cmd.Env = append(settings, "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"), "LANG=C.UTF-8", "TMPDIR="+b.dir)
	c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr = b.dir, &c.log, &c.log
	c.cmd.Cancel, c.cmd.WaitDelay = func() error { return c.cmd.Process.Signal(syscall.SIGTERM) }, 10*time.Second
	c.took = clock.Stopwatch()
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { c.done <- c.cmd.Wait() }()
	return c, nil
}

// wait watches the process until it ends by itself. The peak of its memory is read while it runs: what the kernel tells
// of a process that has ended includes the process that started it.
func (c *child) wait() (took time.Duration, err error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-c.done:
			return c.took(), c.explain(err)
		case <-tick.C:
			c.peak = max(c.peak, c.memory("VmHWM"))
		}
	}
}

// stop asks the process to end and waits for it.
func (c *child) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return errors.Join(err, <-c.done)
	}
	return c.explain(<-c.done)
}

func (c *child) explain(err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", c.cmd, err, c.log.Bytes())
	}
	return nil
}

// cpu returns how many seconds processors have worked for the process, once it has ended.
func (c *child) cpu() float64 {
	return (c.cmd.ProcessState.UserTime() + c.cmd.ProcessState.SystemTime()).Seconds()
}

// ownCPU returns how many seconds processors have worked for this process so far.
func ownCPU() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// memory returns a line of /proc/PID/status in MB: VmRSS is what is resident now, VmHWM the most that ever was. It is 0
// where the system has no such file.
func (c *child) memory(line string) float64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(c.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("\n"+line+":"))
	var kb float64
	_, _ = fmt.Sscan(string(rest), &kb)
	return kb / 1024
}

// freeAddress returns an address of this machine that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
