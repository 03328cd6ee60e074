package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func from(t *testing.T, env map[string]string) (Config, error) {
	t.Helper()
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	return load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, environ)
}

func TestNothingNeedsToBeSet(t *testing.T) {
	c, err := from(t, nil)
	if err != nil || !c.SQLite() || c.CheckRole(Serve) != nil || c.MailFrom != "noreply@localhost" {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	_, err := from(t, map[string]string{
		"ZHIGANG_DATABASE_URL": "mysql://x", "ZHIGANG_LISTEN": "8080", "ZHIGANG_LOG_LEVEL": "loud", "ZHIGANG_TRUSTED_PROXIES": "everybody",
		"ZHIGANG_SMTP_URL": "http://x", "ZHIGANG_LISTN": "x",
	})
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"DATABASE_URL", "ZHIGANG_LISTEN ", "LOG_LEVEL", "TRUSTED_PROXIES", "SMTP_URL", "ZHIGANG_LISTN is no setting"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing said of %s in:\n%v", want, err)
		}
	}
}

func TestSecretsComeFromFilesAndAreNeverPrinted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://zhigang:hidden@db/zhigang\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := from(t, map[string]string{"ZHIGANG_DATABASE_URL_FILE": file})
	if err != nil || c.DatabaseURL != "postgres://zhigang:hidden@db/zhigang" {
		t.Fatal(c.DatabaseURL, err)
	}
	for _, l := range c.Print() {
		if strings.Contains(l.Value, "hidden") {
			t.Errorf("%s prints a secret", l.Name)
		}
	}
	if _, err := from(t, map[string]string{"ZHIGANG_DATABASE_URL_FILE": file, "ZHIGANG_DATABASE_URL": "sqlite:x"}); err == nil {
		t.Error("both are taken")
	}
	if _, err := from(t, map[string]string{"ZHIGANG_DATABASE_URL_FILE": file + "x"}); err == nil {
		t.Error("a missing file is taken")
	}
}

func TestMixturesThatCannotWorkAreRefusedInWords(t *testing.T) {
	c, err := from(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []Role{Web, Worker} {
		err := c.CheckRole(role)
		for _, want := range []string{"SQLite", "Redis", "Meilisearch", "secret key", "zhigang serve"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: nothing said of %s: %v", role, want, err)
			}
		}
	}
	c, err = from(t, map[string]string{
		"ZHIGANG_DATABASE_URL": "postgres://h/d", "ZHIGANG_REDIS_URL": "redis://h", "ZHIGANG_MEILI_URL": "http://h:7700", "ZHIGANG_SECRET_KEY": "x",
	})
	if err != nil || c.CheckRole(Web) != nil || c.CheckRole(Worker) != nil {
		t.Fatal(err, c.CheckRole(Web))
	}
}
