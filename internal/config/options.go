package config

// Option describes one setting. What it is for stands in the locale files under Help, in every language.
type Option struct {
	Name    string // of the environment variable
	Default string // "" also where the default follows from other settings
	Secret  bool   // never printed; may also come from the file that NAME_FILE names
	set     func(*Config) *string
}

// Help returns the key of the text that says what the setting is for.
func (o Option) Help() string { return "config." + o.Name }

// Options lists every setting in the order of the documentation.
func Options() []Option {
	plain := func(name, value string, set func(*Config) *string) Option { return Option{name, value, false, set} }
	secret := func(name string, set func(*Config) *string) Option { return Option{name, "", true, set} }
	return []Option{
		plain("ZHIGANG_BASE_URL", "", func(c *Config) *string { return &c.BaseURL }),
		plain("ZHIGANG_LISTEN", "127.0.0.1:8080", func(c *Config) *string { return &c.Listen }),
		plain("ZHIGANG_TRUSTED_PROXIES", "", func(c *Config) *string { return &c.proxies }),
		plain("ZHIGANG_METRICS_LISTEN", "", func(c *Config) *string { return &c.MetricsListen }),
		plain("ZHIGANG_LOG_LEVEL", "info", func(c *Config) *string { return &c.LogLevel }),
		plain("ZHIGANG_DATA_DIR", "data", func(c *Config) *string { return &c.DataDir }),
		secret("ZHIGANG_SECRET_KEY", func(c *Config) *string { return &c.SecretKey }),
		secret("ZHIGANG_DATABASE_URL", func(c *Config) *string { return &c.DatabaseURL }),
		secret("ZHIGANG_REDIS_URL", func(c *Config) *string { return &c.RedisURL }),
		plain("ZHIGANG_MEILI_URL", "", func(c *Config) *string { return &c.MeiliURL }),
		secret("ZHIGANG_MEILI_KEY", func(c *Config) *string { return &c.MeiliKey }),
		plain("ZHIGANG_MEILI_PREFIX", "posts", func(c *Config) *string { return &c.MeiliPrefix }),
		secret("ZHIGANG_SMTP_URL", func(c *Config) *string { return &c.SMTPURL }),
		plain("ZHIGANG_MAIL_FROM", "", func(c *Config) *string { return &c.MailFrom }),
		secret("ZHIGANG_WEBHOOK_URL", func(c *Config) *string { return &c.WebhookURL }),
		secret("ZHIGANG_WEBHOOK_SECRET", func(c *Config) *string { return &c.WebhookSecret }),
		plain("ZHIGANG_WEBHOOK_ALLOW", "", func(c *Config) *string { return &c.allow }),
		plain("ZHIGANG_SEND_RATES", "", func(c *Config) *string { return &c.rates }),
		plain("ZHIGANG_MATCH_PARTS", "1", func(c *Config) *string { return &c.parts }),
		plain("ZHIGANG_OPERATOR_NAME", "", func(c *Config) *string { return &c.Operator.Name }),
		plain("ZHIGANG_OPERATOR_REGION", "", func(c *Config) *string { return &c.Operator.Region }),
		plain("ZHIGANG_OPERATOR_LICENSE", "", func(c *Config) *string { return &c.Operator.License }),
		plain("ZHIGANG_OPERATOR_ICP", "", func(c *Config) *string { return &c.Operator.ICP }),
		plain("ZHIGANG_OPERATOR_POLICE", "", func(c *Config) *string { return &c.Operator.Police }),
		plain("ZHIGANG_OPERATOR_SITE_ID", "", func(c *Config) *string { return &c.Operator.SiteID }),
		plain("ZHIGANG_OPERATOR_PHONE", "", func(c *Config) *string { return &c.Operator.Phone }),
		plain("ZHIGANG_OPERATOR_EMAIL", "", func(c *Config) *string { return &c.Operator.Email }),
	}
}
