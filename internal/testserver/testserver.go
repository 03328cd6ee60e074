// Package testserver starts real PostgreSQL, Redis, Meilisearch and SMTP servers for tests, on free ports of this
// machine, and stops them when the test binary ends. A server that is missing fails the test: nothing is skipped.
package testserver

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Main runs the tests of a package and then stops the servers that they started. Every package that uses a server has
//
//	func TestMain(m *testing.M) { testserver.Main(m) }
func Main(m *testing.M) {
	code := m.Run()
	running.stopAll()
	os.Exit(code)
}

// Process is a server that a test started.
type Process struct {
	name string
	cmd  *exec.Cmd
	dir  string
	log  *os.File
	done chan struct{}
}

type processes struct {
	mu  sync.Mutex
	all []*Process
}

var running processes

// start runs a server in a new folder; args sees that folder. asPostgres drops root, which PostgreSQL refuses to run as.
func start(name, path string, unprivileged bool, args func(dir string) []string) (*Process, error) {
	dir, err := makeDir(name)
	if err != nil {
		return nil, err
	}
	p := &Process{name: name, dir: dir, done: make(chan struct{})}
	if p.log, err = os.Create(filepath.Join(dir, "server.log")); err != nil {
		return nil, err
	}
	p.cmd = exec.Command(path, args(dir)...)
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if unprivileged {
		if err := dropRoot(p.cmd, dir); err != nil {
			return nil, err
		}
	}
	if err := p.launch(); err != nil {
		return nil, err
	}
	running.mu.Lock()
	running.all = append(running.all, p)
	running.mu.Unlock()
	return p, nil
}

// Dir makes a folder for the files of a test, which goes with it. Benchmarks get one on the disk.
func Dir(t testing.TB) string {
	t.Helper()
	if _, measures := t.(*testing.B); measures {
		return t.TempDir()
	}
	dir, err := makeDir("test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// memory is a folder that lies in memory: a database that lasts for a test is made there ten times as fast as on a disk.
const memory = "/dev/shm"

// makeDir makes a folder in memory, where there is room, or among the temporary files.
func makeDir(name string) (string, error) {
	const prefix, room = "zhigang-test-", 4 << 30
	sweep(filepath.Join(memory, prefix+"*"))
	pattern := fmt.Sprintf("%s%d-%s-", prefix, os.Getpid(), name)
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err == nil && fs.Bavail*uint64(fs.Bsize) >= room {
		if dir, err := os.MkdirTemp(memory, pattern); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", pattern)
}

// sweep removes the folders of tests that were killed.
func sweep(pattern string) {
	dirs, _ := filepath.Glob(pattern)
	for _, dir := range dirs {
		parts := strings.Split(filepath.Base(dir), "-")
		pid, err := strconv.Atoi(parts[2])
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir)
		}
	}
}

// launch starts the process from a thread that lives as long as it does: the kernel sends the death signal when the
// starting thread ends, not the starting process.
func (p *Process) launch() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
			close(p.done)
		}
	}()
	return <-started
}

// Kill ends the process at once, as a crash would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.done
}

// Stop asks the process to end, and kills it when it does not.
func (p *Process) Stop(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		p.Kill()
	}
}

// discard is Stop for a process that will not be started again.
func (p *Process) discard(sig syscall.Signal) {
	p.Stop(sig)
	_ = p.log.Close()
	_ = os.RemoveAll(p.dir)
}

// Log returns what the server printed, for a failing test.
func (p *Process) Log() string {
	b, _ := os.ReadFile(p.log.Name())
	return string(b)
}

func (ps *processes) stopAll() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.all {
		p.discard(syscall.SIGINT)
	}
}

// Port returns a TCP port that is free now.
func Port() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// answers waits until the server accepts connections.
func (p *Process) answers(port int) error {
	for range 200 {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %s", p.name, p.Log())
		default:
		}
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(port), time.Second)
		if err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond) // polling a server that is starting
	}
	return fmt.Errorf("%s does not answer on port %d: %s", p.name, port, p.Log())
}

// find returns the first program that exists, or says how to install it.
func find(what string, candidates ...string) (string, error) {
	if testing.Short() { // the promise of -short is kept here, whatever a machine happens to have
		return "", fmt.Errorf("a test asks for %s, although -short is for machines without servers: leave that part out when testing.Short()", what)
	}
	for _, c := range candidates {
		if matches, _ := filepath.Glob(c); len(matches) > 0 {
			return matches[len(matches)-1], nil
		}
		if path, err := exec.LookPath(c); err == nil && !strings.Contains(c, "/") {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: run `make tools` (or `make test-short` for the tests without servers)", what)
}

// Root returns the folder of the project.
func Root() string {
	dir, _ := os.Getwd()
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			panic("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// dropRoot makes cmd run as the user "postgres" (or "nobody") when we are root, and gives it the folder.
func dropRoot(cmd *exec.Cmd, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, gid)
	})
}
