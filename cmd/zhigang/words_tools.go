package main

// toolWords are the texts of the commands that look after an installation, Chinese and English.
func toolWords() map[string][2]string {
	return map[string][2]string{
		"account_on": {"重新启用账号", "Let a disabled account sign in again."},

		"help":           {"显示帮助", "Show help."},
		"help_usage":     {"用法：", "Usage: "},
		"help_arguments": {"参数：", "Arguments:"},
		"help_flags":     {"选项：", "Flags:"},
		"help_commands":  {"命令：", "Commands:"},
		"help_try":       {"用法见 %s --help", "See %s --help."},
		"help_more":      {"加 --help 查看某个命令的用法，如 zhigang backup create --help", "Run \"zhigang <command> --help\" for more information on a command."},
		"stopped":        {"已中断，没有做完", "stopped before the end"},
		"out":            {"写到哪个文件；- 为标准输出", "File to write; - is the standard output."},
		"out_terminal": {
			"Excel 文件不能显示在终端上，请用 --out 指定文件",
			"an Excel file cannot be shown on a terminal: name a file with --out",
		},

		"backup":        {"备份数据库", "Back up the database."},
		"backup_create": {"把整个数据库备份成一个文件；运行中也可以做", "Write the whole database into one file, while others go on working."},
		"backup_verify": {"检查备份是否完整、能否恢复", "Prove that a backup is whole and can be restored."},
		"backup_out":    {"备份放在哪个文件夹", "Folder for the backup."},
		"backup_file":   {"备份文件，如 zhigang-20261122-120000.tar.gz", "Backup, such as zhigang-20261122-120000.tar.gz."},
		"backup_bar":    {"备份", "backing up"},
		"backup_done": {
			"已备份到 %s（%d 行，%d 字节，数据库结构第 %d 版）。密钥不在备份里，请另行保管。",
			"Backed up to %s (%d rows, %d bytes, schema %d). The secret key is not in it: keep it apart.",
		},
		"verify_bar": {"检查", "verifying"},
		"verify_done": {
			"备份完好，可以恢复：%d 张表，%d 行，数据库结构第 %d 版，操作记录链 %d 条，由 %s 版写于 %s",
			"The backup is whole and can be restored: %d tables, %d rows, schema %d, %d audit entries, written by version %s at %s.",
		},
		"key_own":     {"本机的密钥与备份相符。", "The secret key at hand fits."},
		"key_other":   {"注意：本机的密钥与备份不符，恢复时需要原来的密钥。", "Mind: the secret key at hand does not fit. To restore, the original one is needed."},
		"key_unknown": {"本机没有密钥，未能核对；恢复时需要原来的密钥。", "There is no secret key here to compare. To restore, the original one is needed."},
		"restore":     {"把备份恢复到空的数据库（SQLite 或 PostgreSQL）", "Fill an empty database, SQLite or PostgreSQL, from a backup."},
		"restore_bar": {"恢复", "restoring"},
		"restore_done": {
			"已恢复 %d 行到 %s。请接着运行 zhigang reindex 重建搜索索引。",
			"Restored %d rows into %s. Now run `zhigang reindex` to build the search index.",
		},
		"migrate_hint": {
			"提示：数据库中已有数据，有 %d 项结构升级%s。升级不能撤回，请先运行 zhigang backup create 备份。",
			"Note: the database holds data and %d migrations %s. They cannot be undone: run `zhigang backup create` first.",
		},
		"migrate_done":    {"已完成 %d 项结构升级", "%d migrations applied"},
		"migrate_now":     {"正在进行", "are being applied"},
		"migrate_waiting": {"等待进行", "wait to be applied"},

		"import":           {"从文件导入", "Bring in what stands in a file."},
		"import_positions": {"导入岗位表（xlsx 或 csv）；有行未收进则退出码为 1", "Import a sheet of posts (xlsx or csv); exits with 1 when a row was not taken."},
		"import_file":      {"岗位表文件", "The sheet."},
		"import_org":       {"社会组织的统一社会信用代码，或其编号", "Credit code of the organization, or its id."},
		"import_dry":       {"只检查，不写入；加 --json 则每行输出一条 JSON", "Read and check only; with --json print each row as a line of JSON."},
		"import_errors":    {"把未收进的行连同原因写到这个文件", "File for the rows that were not taken, with the reasons."},
		"import_publish":   {"要素齐全的岗位直接发布，不经审核", "Put posts that state all particulars on show at once, without a review."},
		"import_bar":       {"导入", "importing"},
		"import_done": {
			"共 %d 行：新增 %d，更新 %d，未变 %d，未收进 %d；已发布 %d，要素不全的草稿 %d",
			"%d rows: %d added, %d changed, %d unchanged, %d not taken; %d put on show, %d drafts lack particulars",
		},
		"import_left_out":    {"看不懂、没有导入的列：%s", "columns that are left out: %s"},
		"import_dry_done":    {"共 %d 行：可以收进 %d，不能收进 %d（未写入）", "%d rows: %d can be taken, %d cannot (nothing was written)"},
		"import_row":         {"第 %d 行 %s：%s", "row %d %s: %s"},
		"import_none":        {"表中没有岗位", "there are no posts in the sheet"},
		"import_failed":      {"有 %d 行未收进；加 --errors 文件名 可得到原因", "%d rows were not taken; name a file with --errors to learn why"},
		"import_failed_file": {"有 %d 行未收进，原因见 %s", "%d rows were not taken; %s says why"},

		"export":              {"导出表格", "Write tables for others to count."},
		"export_positions":    {"导出岗位（不含草稿）", "Posts, without drafts."},
		"export_applications": {"导出应聘记录：不含个人提交的材料，姓名只保留第一个字", "Applications: without what the persons sent, and of names the first character only."},
		"export_placements":   {"导出落实台账：姓名只保留第一个字", "Placements: of names the first character only."},
		"export_region":       {"登记地区代码（含下级），如 440113", "Where the organization is registered, with what lies below, such as 440113."},
		"export_from":         {"起始日期（岗位建立、应聘、申报之日）", "First day on which a post was made, somebody applied, a placement was reported."},
		"export_to":           {"截止日期（含当日）", "Last day, included."},
		"export_format":       {"格式：xlsx、csv 或 json", "xlsx, csv or json."},
		"export_done":         {"已导出 %d 行到 %s", "%d rows written to %s"},

		"report":        {"报告", "Reports."},
		"report_weekly": {"生成一个地区的周报", "The weekly report of the bureau of a region."},
		"report_week":   {"ISO 周，如 2026-W47；不写则为上一周", "ISO week, such as 2026-W47; without it the last that is over."},
		"report_format": {"格式：xlsx 或 json", "xlsx or json."},

		"reindex":      {"重建搜索索引；期间搜索照常可用", "Build the search index anew, while the old one goes on serving."},
		"reindex_bar":  {"建立索引", "indexing"},
		"reindex_done": {"索引已重建，共 %d 个岗位", "The index was built anew with %d posts."},
		"reindex_asked": {
			"正在运行的程序已重建索引", "The running process has built the index anew.",
		},
		"reindex_dead":    {"正在运行的程序未能重建索引：%s", "the running process could not build the index: %s"},
		"reindex_left":    {"不再等待；正在运行的程序会继续重建", "no longer waiting; the running process goes on"},
		"reindex_ready":   {"等待正在运行的程序", "waiting for the running process"},
		"reindex_sent":    {"等待正在运行的程序", "waiting for the running process"},
		"reindex_running": {"正在运行的程序重建中", "the running process is at work"},

		"healthcheck":        {"检查正在运行的程序是否就绪（供容器使用）", "Ask a running process whether it is ready; for containers."},
		"healthcheck_bad":    {"%q 不是 http://127.0.0.1:8080 这样的地址", "%q is no address such as http://127.0.0.1:8080"},
		"healthcheck_silent": {"%s 没有应答：%w", "%s does not answer: %w"},
		"healthcheck_url":    {"地址；不写则按 ZHIGANG_LISTEN", "Address; without it the one of ZHIGANG_LISTEN."},
		"routes":             {"列出全部网址和权限", "List all routes with who may call them."},
		"doctor":             {"检查整套安装，说明问题和办法；有严重问题则退出码为 1", "Look at everything and say what to do; exits with 1 when something is bad."},
	}
}
