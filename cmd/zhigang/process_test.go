package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"zhigang/internal/testserver"
)

// program is the real program, built once for all tests of a run.
var program = sync.OnceValues(func() (string, error) {
	root := testserver.Root()
	dir := filepath.Join(root, "bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	part, err := os.MkdirTemp(dir, "test-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	build := exec.Command("go", "build", "-o", filepath.Join(part, "zhigang"), "./cmd/zhigang")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	bin := filepath.Join(dir, "zhigang-test")
	return bin, os.Rename(filepath.Join(part, "zhigang"), bin)
})

// setting is an environment for the program: nothing of the environment of the test but what a program needs to run.
type setting map[string]string

func (s setting) with(name, value string) setting {
	out := setting{name: value}
	for n, v := range s {
		if n != name {
			out[n] = v
		}
	}
	return out
}

// embedded returns the settings of an installation in a new folder.
func embedded(t *testing.T) setting {
	t.Helper()
	return setting{
		"ZHIGANG_DATA_DIR": filepath.Join(t.TempDir(), "data"),
		"ZHIGANG_LISTEN":   fmt.Sprintf("127.0.0.1:%d", testserver.Port()),
		"ZHIGANG_SMTP_URL": "file://" + filepath.Join(t.TempDir(), "mail"),
		"LANG":             "C.UTF-8",
	}
}

func (s setting) url() string { return "http://" + s["ZHIGANG_LISTEN"] }

func command(t *testing.T, s setting, args ...string) *exec.Cmd {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + t.TempDir()}
	for name, value := range s {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// result is how a command ended.
type result struct {
	code     int
	out, err string
}

// zhigang runs a command to its end.
func zhigang(t *testing.T, s setting, args ...string) result {
	t.Helper()
	return zhigangIn(t, s, "", args...)
}

// zhigangIn is zhigang with something on its standard input.
func zhigangIn(t *testing.T, s setting, in string, args ...string) result {
	t.Helper()
	cmd := command(t, s, args...)
	var out, errOut bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &errOut
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// want fails the test unless the command ended with a code and said some texts.
func (r result) want(t *testing.T, code int, texts ...string) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, not %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.err, text) {
			t.Fatalf("nothing is said of %q:\n%s%s", text, r.out, r.err)
		}
	}
	return r
}

// process is the program while it runs.
type process struct {
	cmd  *exec.Cmd
	log  *log
	done chan struct{}
}

// log is what a process has printed so far.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start runs a command in the background; it is killed at the end of the test.
func start(t *testing.T, s setting, args ...string) *process {
	t.Helper()
	p := &process{cmd: command(t, s, args...), log: &log{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

// serving starts `zhigang serve`, or what args name, and waits until it is ready.
func serving(t *testing.T, s setting, args ...string) *process {
	t.Helper()
	if len(args) == 0 {
		args = []string{"serve"}
	}
	p := start(t, s, args...)
	p.until(t, "ready", func() bool { return status(s.url()+"/readyz") == http.StatusOK })
	return p
}

// setupLink returns the link for the first administrator. What a process printed arrives a moment after it.
func setupLink(base string, said func() string) string {
	link := regexp.MustCompile(regexp.QuoteMeta(base) + `/setup/[\w-]+`)
	for range 200 {
		if found := link.FindString(said()); found != "" {
			return found
		}
		time.Sleep(50 * time.Millisecond) // as above
	}
	return ""
}

// until waits for something that a process does.
func (p *process) until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 300 {
		if so() {
			return
		}
		select {
		case <-p.done:
			t.Fatalf("not %s: the process ended with %d:\n%s", what, p.cmd.ProcessState.ExitCode(), p.log)
		case <-time.After(50 * time.Millisecond): // polling another process
		}
	}
	t.Fatalf("not %s:\n%s", what, p.log)
}

// stop sends SIGTERM and returns the exit code and how long the process took.
func (p *process) stop(t *testing.T) (code int, took time.Duration) {
	t.Helper()
	begun := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return p.ended(t), time.Since(begun)
}

// ended waits for the end and returns the exit code.
func (p *process) ended(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(40 * time.Second):
		t.Fatalf("still running:\n%s", p.log)
		return 0
	}
}

// status asks for a page and returns its status; 0 when nobody answers.
func status(url string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}
