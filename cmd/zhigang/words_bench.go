package main

// benchWords are the texts of measuring, Chinese and English.
func benchWords() map[string][2]string {
	return map[string][2]string{
		"bench":        {"在本机上测量性能，每项结果输出一行 JSON", "Measure this program on this machine: a line of JSON for each figure."},
		"bench_all":    {"以较小的规模测量全部项目", "Measure everything, at smaller sizes."},
		"bench_import": {"测量岗位表导入 SQLite 的速度和内存", "How fast a sheet of posts is imported into SQLite, and in how much memory."},
		"bench_index":  {"测量建立搜索索引和带筛选计数的搜索", "How fast the search index is built, and searches with all facets."},
		"bench_pages":  {"测量岗位充足的站点上的网页和接口", "How fast pages and API are on a site that is full of posts."},
		"bench_search": {"测量负载下的搜索：网页和接口，对照引擎本身和空页面", "Searches under load: page and API, beside the engine alone and an empty handler."},
		"bench_match":  {"测量新岗位多快找到订阅它的人", "How fast a post finds the saved searches that find it."},
		"bench_start":  {"测量演示站点多久显示首页，以及内存和程序大小", "How soon the demo shows its first page, its memory, the size of the program."},

		"relevance":            {"按评判过的查询衡量搜索质量", "How good the search is, by queries that were judged."},
		"relevance_posts":      {"岗位，每行一个 JSON；不写则用内置的一套", "The posts, a line of JSON each; without it those that are built in."},
		"relevance_queries":    {"查询（id、q，可有 class、judged、never），每行一个 JSON", "The queries (id, q, and perhaps class, judged, never), a line of JSON each."},
		"relevance_out":        {"结果写到这个文件：{查询: [岗位, …]}", "Where to write what was found: {query: [post, …]}."},
		"relevance_both":       {"--posts 和 --queries 要一起写", "--posts and --queries belong together"},
		"relevance_one_engine": {"--out 只能用于一个引擎：请写 --engine bleve 或 meili", "--out is for one engine: say --engine bleve or meili"},
		"relevance_file":       {"读不了 %s：%v", "cannot read %s: %v"},

		"bench_rows":        {"岗位表的行数", "Rows of the sheet."},
		"bench_documents":   {"索引中的岗位数", "Posts in the index."},
		"bench_positions":   {"站点上的岗位数", "Posts on the site."},
		"bench_searches":    {"搜索次数", "How many searches."},
		"bench_requests":    {"每种网页请求的次数", "How many requests for each kind of page."},
		"bench_times":       {"启动次数", "How many starts."},
		"bench_saved":       {"订阅数", "How many saved searches."},
		"bench_posts":       {"岗位数", "How many posts."},
		"bench_postgres":    {"对照用的 PostgreSQL 地址：在其中建一张表，测完删除", "A PostgreSQL to compare with: a table is made there, and dropped."},
		"bench_no_postgres": {"--postgres 须是 PostgreSQL 的地址", "--postgres must be the address of a PostgreSQL"},
		"bench_engine": {
			"搜索引擎：bleve、meili 或 both；known 为 Bleve，知道 Meilisearch 地址时加上它",
			"bleve, meili or both; known is Bleve, and Meilisearch too when its address is known.",
		},
		"bench_meili_url": {"Meilisearch 地址；不写则按 ZHIGANG_MEILI_URL", "Address of Meilisearch; without it the one of ZHIGANG_MEILI_URL."},
		"bench_meili_key": {"Meilisearch 密钥", "Key of Meilisearch."},
		"bench_no_meili":  {"请用 --meili-url 写明 Meilisearch 地址", "say with --meili-url where Meilisearch is"},

		"bench_sheet":     {"生成 %d 行的岗位表", "making a sheet of %d rows"},
		"bench_importing": {"导入 %d 行", "importing %d rows"},
		"bench_baseline":  {"不用索引的搜索", "searching without an index"},
		"bench_indexing":  {"%s：为 %d 个岗位建立索引", "%s: indexing %d posts"},
		"bench_filling":   {"生成有 %d 个岗位的站点", "making a site of %d posts"},
		"bench_saving":    {"放入 %d 个订阅", "adding %d saved searches"},
		"bench_meeting":   {"为 %d 个岗位查找订阅", "asking who looks for %d posts"},
		"bench_comparing": {"PostgreSQL：%d 个订阅", "PostgreSQL: %d saved searches"},
		"bench_asking":    {"%s：每种网页请求 %d 次", "%s: asking for each kind of page %d times"},
		"bench_loading":   {"%s：在负载下搜索，每轮 %d 次", "%s: searching under load, %d times each"},
		"bench_starting":  {"启动 %d/%d", "start %d of %d"},
	}
}
