package demo

import "zhigang/internal/position"

// The words that the world is made of. Every name is invented.
func brands() []string {
	return []string{
		"晴禾", "同行", "康桥", "邻里", "启明", "暖阳", "和风", "青禾", "众益", "向阳", "春晖", "安和", "乐耆", "童行", "知行", "善汇", "星火", "木棉", "清源", "扬帆",
		"益家", "正阳", "彩虹", "百合", "新芽", "海棠", "汇贤", "明德", "博爱", "守望", "慧心", "云帆", "宁和", "致远", "怡乐", "德馨", "融合", "朝晖", "思源", "携手",
	}
}

// field is a line of work, with what posts in it say.
type field struct {
	org    string // what the organization calls itself
	titles map[position.Kind][]string
	majors []string
	skills []string
	duties []string
	needs  []string
}

func fields() []field {
	return []field{
		{
			org: "社会工作服务中心",
			titles: map[position.Kind][]string{
				position.Job:        {"社区社会工作者（长者服务方向）", "项目社工·青少年与家庭", "禁毒社工", "社工督导助理", "一线社工"},
				position.Internship: {"社工见习生", "项目助理见习"}, position.Flexible: {"周末活动带领员", "社区调查员（兼职）"},
				position.Talent: {"社工督导顾问", "家庭治疗专家（顾问指导）"}, position.Volunteer: {"社区探访志愿者", "青少年课后陪伴志愿者"},
			},
			majors: []string{"社会工作", "社会学", "心理学"}, skills: []string{"助理社会工作师", "个案工作", "粤语"},
			duties: []string{"面向社区长者、青少年与家庭开展个案、小组和社区活动", "建立并维护服务档案，按要求撰写过程记录", "链接社区、企业与志愿者资源", "协助项目计划、中期评估与结项"},
			needs:  []string{"社会工作、心理学等相关专业", "持助理社会工作师证者优先", "有耐心，善于与居民沟通"},
		},
		{
			org: "养老服务中心",
			titles: map[position.Kind][]string{
				position.Job:        {"养老护理员", "长者饭堂主管", "康复治疗师", "机构社工"},
				position.Internship: {"医务社工见习", "护理见习生"}, position.Flexible: {"居家照护员（小时工）", "夜间陪护"},
				position.Talent: {"老年医学顾问"}, position.Volunteer: {"周末助餐志愿者（长者饭堂）", "独居长者探访志愿者"},
			},
			majors: []string{"护理学", "康复治疗", "老年服务与管理"}, skills: []string{"养老护理员证", "急救", "粤语"},
			duties: []string{"为长者提供生活照料、健康监测与陪伴", "组织康乐活动，记录身体与情绪变化", "与家属保持沟通"},
			needs:  []string{"尊重长者，细心负责", "护理、康复等相关专业优先", "能适应轮班"},
		},
		{
			org: "青少年服务社",
			titles: map[position.Kind][]string{
				position.Job:        {"教务老师", "青少年活动策划", "心理辅导员"},
				position.Internship: {"课程助教见习", "活动执行见习"}, position.Flexible: {"兼职托管老师", "美育课程老师（按次）"},
				position.Talent: {"儿童心理项目合作专家"}, position.Volunteer: {"四点半课堂志愿者", "图书角整理志愿者"},
			},
			majors: []string{"教育学", "心理学", "学前教育"}, skills: []string{"教师资格证", "活动策划"},
			duties: []string{"策划并执行课后托管与假期活动", "关注孩子的情绪与安全", "与学校、家长保持联系"},
			needs:  []string{"喜欢孩子，有责任心", "教育、心理类专业优先", "无不良记录"},
		},
		{
			org: "公益基金会",
			titles: map[position.Kind][]string{
				position.Job:        {"项目官员", "筹款与传播专员", "财务专员"},
				position.Internship: {"传播见习生", "项目见习生"}, position.Flexible: {"公益文案（兼职）"},
				position.Talent: {"影响力评估顾问（项目合作）"}, position.Volunteer: {"公益市集志愿者", "法律咨询志愿者"},
			},
			majors: []string{"公共管理", "新闻传播学", "会计学"}, skills: []string{"公文写作", "项目管理", "Excel"},
			duties: []string{"负责公益项目的立项、执行与监测", "撰写项目报告与传播内容", "维护捐赠人与合作伙伴关系"},
			needs:  []string{"文字功底好，条理清楚", "认同公益理念", "熟悉常用办公软件"},
		},
		{
			org: "行业协会",
			titles: map[position.Kind][]string{
				position.Job:        {"会员服务专员", "行政文员", "行业研究员", "软件开发工程师", "电商运营"},
				position.Internship: {"行政见习生", "数据分析见习"}, position.Flexible: {"展会接待（日结）", "会务助理"},
				position.Talent: {"产业政策顾问（短期借用）"}, position.Volunteer: {"展会引导志愿者"},
			},
			majors: []string{"工商管理", "市场营销", "计算机科学与技术"}, skills: []string{"公文写作", "英语", "数据分析"},
			duties: []string{"联系会员单位，收集诉求并跟进办理", "组织培训、交流与对接活动", "整理行业数据与简报"},
			needs:  []string{"沟通协调能力强", "工商管理、中文等专业优先", "应届毕业生亦可"},
		},
	}
}

func surnames() []string {
	return []string{"林", "陈", "黄", "李", "梁", "何", "吴", "周", "郑", "罗", "谢", "叶", "苏", "卢", "蔡", "冯", "邓", "许", "曾", "彭"}
}

func schools() []string {
	return []string{"示例大学", "示例师范学院", "示例职业技术学院", "示例医科大学"}
}
