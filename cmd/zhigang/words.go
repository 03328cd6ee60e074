package main

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"zhigang/internal/config"
	"zhigang/internal/errs"
	"zhigang/internal/i18n"
	"zhigang/web"
)

// words are the texts of the command line in one language.
type words map[string]string

// wordsFor picks the language as the shell has it: Chinese for LANG=zh…, English otherwise.
func wordsFor(getenv func(string) string) words {
	locale := getenv("LC_ALL") + getenv("LC_MESSAGES")
	if locale == "" {
		locale = getenv("LANG")
	}
	n := 1
	if strings.HasPrefix(locale, "zh") {
		n = 0
	}
	out := words{"lang": []string{"zh-Hans", "en"}[n]}
	for _, some := range []map[string][2]string{allWords(), toolWords(), doctorWords(), benchWords()} {
		for key, pair := range some {
			out[key] = pair[n]
		}
	}
	return out
}

// allWords are the texts of running and settings, Chinese and English; see also toolWords, doctorWords and benchWords.
func allWords() map[string][2]string {
	return map[string][2]string{
		"about":             {"志岗：社会组织的就业、见习与志愿岗位平台", "Zhigang: jobs, internships and volunteer roles of social organizations"},
		"json":              {"读取类命令以 JSON 输出", "Print what is read as JSON."},
		"serve":             {"在一个进程里运行全部功能", "Run everything in one process."},
		"demo":              {"用虚构数据启动一个可以试用的站点", "Start a site with invented data to try out."},
		"size":              {"数据规模：small 区县，city 地市，province 省", "How much data: small (a district), city or province."},
		"web":               {"只运行网页和接口（集群）", "Run pages and API (cluster)."},
		"worker":            {"只运行后台任务（集群）", "Run tasks and schedule (cluster)."},
		"migrate":           {"升级数据库结构", "Bring the database schema up to date."},
		"status":            {"只显示状态，不做改动", "Show what stands, change nothing."},
		"account":           {"管理账号", "Look after accounts."},
		"account_create":    {"建立账号；密码从标准输入读取", "Make an account; the password is read from standard input."},
		"account_list":      {"列出账号（联系方式已隐去）", "List accounts, addresses masked."},
		"account_off":       {"停用账号并结束其登录", "Disable an account and end its sessions."},
		"account_role":      {"给账号分配民政局角色", "Give an account a role in a bureau."},
		"login":             {"邮箱或手机号", "E-mail address or mobile number."},
		"name":              {"姓名", "Name."},
		"role":              {"角色：reviewer 审核员，supervisor 督导员，administrator 管理员，none 取消", "Role: reviewer, supervisor, administrator, or none to take it away."},
		"role_new":          {"同时分配民政局角色：reviewer 审核员，supervisor 督导员，administrator 管理员", "Give it a role in a bureau: reviewer, supervisor or administrator."},
		"role_region":       {"所在民政局的行政区划代码，如 440113", "Region of the bureau, such as 440113."},
		"region":            {"行政区划代码，如 440113", "Region code, such as 440113."},
		"account_staff":     {"只列出民政局工作人员", "Bureau staff only."},
		"account_limit":     {"最多列出多少个", "How many at most."},
		"account_more":      {"只列出最新的 %d 个；用 --limit 可列出更多", "only the newest %d are listed; --limit lists more"},
		"account_columns":   {"编号\t邮箱或手机号\t状态\t民政局角色\t姓名", "id\tlogin\tstate\trole\tname"},
		"account_active":    {"正常", "active"},
		"account_disabled":  {"停用", "disabled"},
		"account_off_done":  {"已停用，其登录和接口令牌都已失效", "Disabled; sessions and API tokens have ended."},
		"account_on_done":   {"已重新启用", "Enabled."},
		"account_role_done": {"已更改，须重新登录后生效", "Changed; the person signs in again."},
		"password_pipe": {
			"密码从标准输入读取：请用管道或 < 文件 提供",
			"the password is read from standard input: give it by a pipe, or by < file",
		},
		"token":           {"管理接口令牌", "Look after API tokens."},
		"token_create":    {"建立接口令牌，只显示一次", "Make an API token; it is shown once."},
		"token_list":      {"列出一个账号仍有效的接口令牌", "List the API tokens of an account that still work."},
		"token_revoke":    {"作废一个接口令牌，立即生效", "Let an API token work no longer, at once."},
		"token_id":        {"令牌编号，见 token list", "Id of the token, see token list."},
		"token_read_only": {"只读：不能用它改任何东西", "It reads and changes nothing."},
		"token_days":      {"有效天数，1 到 365；默认 365", "How many days it works, 1 to 365; by default 365."},
		"token_reads":     {"只读", "read-only"},
		"token_none":      {"没有有效的令牌", "there are no tokens that work"},
		"token_revoked":   {"令牌已作废", "the token works no longer"},
		"label":           {"令牌用途", "What the token is for."},
		"config":          {"查看配置", "Look at the configuration."},
		"config_print":    {"列出全部配置（密钥已隐去）", "List all settings, secrets masked."},
		"config_explain":  {"同时说明每项配置的用途", "Say what each setting is for."},
		"config_check":    {"检查配置是否能用", "Check whether the settings work."},
		"check_role":      {"按哪种进程检查", "For which kind of process."},
		"version":         {"显示版本", "Show the version."},
		"setup":           {"还没有管理员。请打开这个链接建立首位管理员（24 小时内有效，只能用一次）：", "There is no administrator yet. Open this link to make the first one (works once, for 24 hours):"},
		"demo_dir":        {"数据放在哪个文件夹；不写则用临时文件夹，结束后删除", "Folder for the data; without it a temporary one that is removed at the end."},
		"demo_making":     {"正在生成演示数据……", "Making demo data …"},
		"demo_ready":      {"演示站点已启动，请用浏览器打开：", "The demo site is ready. Open it in a browser:"},
		"demo_logins":     {"可以用这些账号登录（密码都是 %s）：", "Sign in as one of these (the password is %s):"},
		"demo_end":        {"按 Ctrl-C 结束；数据随即删除。", "Ctrl-C stops it and removes the data."},
		"demo_kept":       {"按 Ctrl-C 结束；数据保留在 %s。", "Ctrl-C stops it; the data stay in %s."},
		"demo_operator":   {"演示市民政局", "演示市民政局"},
		"demo_bureau":     {"民政局审核员", "Bureau staff"},
		"demo_org":        {"社会组织负责人", "Organization owner"},
		"demo_person":     {"毕业生", "Graduate"},
	}
}

// say puts an error into words: ours are translated, with the fields that are wrong; others are shown as they are.
func (e *env) say(err error) string {
	catalog, loadErr := i18n.Load(web.Locales())
	if loadErr != nil {
		return err.Error()
	}
	p := catalog.For(i18n.Lang(e.words["lang"]))
	if wrong, ok := errors.AsType[config.Problems](err); ok {
		text := p.T("config.problems", nil)
		for _, one := range wrong {
			text += "\n  " + p.T(one.Key, one.Params)
		}
		return text
	}
	ours, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return err.Error()
	}
	text := p.T(ours.Key, ours.Params)
	for _, field := range slices.Sorted(maps.Keys(ours.Fields)) {
		f := ours.Fields[field]
		text += "\n  " + field + ": " + p.T(f.Key, f.Params)
	}
	if ours.Kind == errs.KindInternal || ours.Kind == errs.KindUnavailable {
		text += "\n  " + err.Error()
	}
	return text
}
