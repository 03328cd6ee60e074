package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"zhigang/internal/config"
	"zhigang/internal/testserver"
)

// compose is what the tests look at in deploy/compose.yaml.
type compose struct {
	Services map[string]struct {
		Image       string
		Command     any
		Environment map[string]string
		Secrets     []string
		Volumes     []string
		Healthcheck struct{ Test []string }
		StopGrace   string `yaml:"stop_grace_period"`
	}
	Volumes map[string]any
	Secrets map[string]struct{ File string }
}

func readCompose(t *testing.T) compose {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testserver.Root(), "deploy", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var c compose
	// A key beside "<<" stands in place of the merged one, as compose reads it.
	if err := yaml.UnmarshalWithOptions(b, &c, yaml.AllowDuplicateMapKey()); err != nil {
		t.Fatal(err)
	}
	return c
}

// makeSecrets runs deploy/make-secrets in a folder of its own and returns the folder of the secrets.
func makeSecrets(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	b, err := os.ReadFile(filepath.Join(testserver.Root(), "deploy", "make-secrets"))
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "make-secrets")
	if err := os.WriteFile(script, b, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if out, err := exec.Command(script).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return filepath.Join(dir, "secrets")
}

func TestTheContainersHaveWhatTheyNeed(t *testing.T) {
	c, secrets, names := readCompose(t), makeSecrets(t), commands(t)
	for name, s := range c.Services {
		for _, secret := range s.Secrets {
			if _, ok := c.Secrets[secret]; !ok {
				t.Errorf("%s: there is no secret %s", name, secret)
			}
		}
		for _, v := range s.Volumes {
			if volume, _, _ := strings.Cut(v, ":"); !hasKey(c.Volumes, volume) {
				t.Errorf("%s: there is no volume %s", name, volume)
			}
		}
		if s.Image != "zhigang" {
			continue
		}
		words, ok := s.Command.([]any)
		if !ok || len(words) != 1 || !slices.Contains(names, words[0].(string)) {
			t.Errorf("%s: the command is %v", name, s.Command)
		}
		if len(s.Healthcheck.Test) > 2 && !slices.Contains(names, s.Healthcheck.Test[2]) {
			t.Errorf("%s: asked by %v", name, s.Healthcheck.Test)
		}
	}
	for name, s := range c.Secrets {
		if _, err := os.Stat(filepath.Join(secrets, filepath.Base(s.File))); err != nil || s.File != "secrets/"+name {
			t.Errorf("make-secrets does not make %s (%v)", name, err)
		}
	}
}

func hasKey(m map[string]any, key string) bool { _, ok := m[key]; return ok }

// The settings of compose.yaml, with the secrets that make-secrets makes, are settings that a cluster can start with.
func TestTheSettingsOfTheContainersWork(t *testing.T) {
	t.Parallel()
	c, secrets := readCompose(t), makeSecrets(t)
	optional := regexp.MustCompile(`^\$\{\w+:-(.*)\}$`)
	for _, role := range []string{"web", "worker"} {
		s := setting{"LANG": "C.UTF-8"}
		for name, value := range c.Services[role].Environment {
			if m := optional.FindStringSubmatch(value); m != nil {
				value = m[1]
			}
			if strings.HasPrefix(value, "${ZHIGANG_BASE_URL:?") {
				value = "https://jobs.example.org"
			}
			s[name] = strings.Replace(value, "/run/secrets/", secrets+"/", 1)
		}
		zhigang(t, s, "config", "check", "--for", role).want(t, exitOK)
		delete(s, "ZHIGANG_MEILI_URL")
		zhigang(t, s, "config", "check", "--for", role).want(t, exitUsage, "Meilisearch")
	}
}

// unit reads a file of systemd: each name with all its values.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testserver.Root(), "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			all[key] = append(all[key], value)
		}
	}
	return all
}

func TestTheUnitsStartTheProgramWithoutRights(t *testing.T) {
	for name, starts := range map[string]string{"zhigang.service": "/usr/local/bin/zhigang serve", "zhigang-backup.service": "/usr/local/bin/zhigang backup create"} {
		u := unit(t, name)
		for key, want := range map[string]string{
			"User": "zhigang", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict", "UMask": "0077", "StateDirectoryMode": "0700",
			"MemoryDenyWriteExecute": "yes", "PrivateUsers": "yes", "Environment": "ZHIGANG_DATA_DIR=/var/lib/zhigang", "StateDirectory": "zhigang",
		} {
			if got := u[key]; len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q, not %q", name, key, got, want)
			}
		}
		if len(u["ExecStart"]) == 0 || u["ExecStart"][0] != starts {
			t.Errorf("%s starts %q", name, u["ExecStart"])
		}
	}
	u := unit(t, "zhigang.service")
	// A wrong setting is not tried for ever, and the program has the time it takes to stop.
	if u["RestartPreventExitStatus"][0] != itoa(exitUsage) || u["TimeoutStopSec"][0] != "30s" || u["KillSignal"][0] != "SIGTERM" {
		t.Error(u)
	}
}

// The Procfile names the processes of a cluster, each a role that the settings know.
func TestTheProcfileStartsTheRoles(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testserver.Root(), "Procfile"))
	if err != nil {
		t.Fatal(err)
	}
	want := "release: bin/zhigang migrate\nweb: bin/zhigang " + string(config.Web) + "\nworker: bin/zhigang " + string(config.Worker) + "\n"
	if string(b) != want {
		t.Errorf("%s", b)
	}
}

// Every figure that an alert or the manual names is one that the program puts out.
func TestEveryMetricThatIsSpokenOfExists(t *testing.T) {
	t.Parallel()
	s := embedded(t).with("ZHIGANG_METRICS_LISTEN", "127.0.0.1:"+itoa(testserver.Port()))
	serving(t, s, "demo")
	if got := status(s.url() + "/positions"); got != http.StatusOK {
		t.Fatal(got)
	}
	there := page("http://" + s["ZHIGANG_METRICS_LISTEN"] + "/metrics")
	for _, d := range documents(t) {
		for _, name := range regexp.MustCompile(`\bzhigang_[a-z_]+`).FindAllString(d.text, -1) {
			if !strings.Contains(there, "\n"+name+"{") && !strings.Contains(there, "\n"+name+" ") && !strings.Contains(there, "# TYPE "+name+" ") {
				t.Errorf("%s speaks of %s, which the program does not put out", d.name, name)
			}
		}
	}
	for _, m := range regexp.MustCompile(`# TYPE (zhigang_\w+)`).FindAllStringSubmatch(there, -1) {
		for _, manual := range []string{"docs/operating.md", "docs/operating.zh-CN.md"} {
			if b, err := os.ReadFile(filepath.Join(testserver.Root(), manual)); err != nil || !strings.Contains(string(b), "`"+m[1]+"`") {
				t.Errorf("%s does not speak of %s (%v)", manual, m[1], err)
			}
		}
	}
}
