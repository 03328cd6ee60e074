package intake

// field is what is known of a Field.
type field struct {
	Field
	// many fields may be said by several columns, whose texts are put behind one another.
	many bool
	// headers mean the field, in the form of headerKey. Those of our own template are among them, in both languages.
	headers string
}

// fields is the table by which headers are recognised. Where one header may mean several fields, the field that stands
// first takes it, unless fits says that the column holds something else.
var fields = []field{
	{Title, false, `
		岗位名称 职位名称 招聘岗位 招聘职位 岗位 职位 职务 工种 岗位名 职位名 职位标题 招聘岗位名称 需求岗位
		jobname jobtitle title position positions positionname positiontitle post job role name
		志愿服务岗位 志愿服务岗位名称 志愿岗位 志愿岗位名称
	`},
	{Kind, false, `
		岗位类型 职位类型 岗位性质 职位性质 工作性质 招聘类型 工作类型 kind jobtype jobkind employmenttype
		type
	`},
	{Employer, false, `
		用人单位 用人单位名称 公司名称 单位名称 企业名称 招聘单位 招聘单位名称 机构名称 组织名称 会员单位
		社会组织 社会组织名称 公司 企业 单位 公司全称 company companyname employer employername organization organisation
		organizationname organisationname orgname orgtitle name
	`},
	{EmployerCode, false, `用人单位统一社会信用代码 统一社会信用代码 社会信用代码 信用代码 employercreditcode creditcode uscc`},
	{EmployerProfile, true, `
		用人单位简介 公司简介 公司信息 公司介绍 单位简介 单位介绍 企业简介 企业介绍 单位性质 企业性质
		公司性质 所属行业 行业 单位规模 企业规模 公司规模 规模 abouttheemployer companyinfo companyprofile
		companysize size industry type
	`},
	{Headcount, false, `
		招聘人数 需求人数 拟招人数 拟招聘人数 计划人数 计划招聘人数 招聘数量 招聘名额 岗位数量 人数 名额
		数量 需求数 需求数量 岗位人数 岗位需求人数 招募人数 headcount plan openings vacancies numberofpeople wanted
		numberofopenings noofopenings numberofvacancies noofvacancies numberofpositions volunteersneeded volrequests
	`},
	{RegionPart, true, `
		省 省份 所在省 所在省份 市 地市 所在市 所属市 所属地市 城市 所在城市 区 县 区县 县区 县市区 市区县 所在区县 所属区县 镇街 街镇 乡镇
		街道 镇 乡镇街道 所在镇街 province state city district
	`},
	{Region, false, `
		工作地区 工作地点 工作区域 工作城市 职位地址 工作地 所在地 所在地区 所在区域 省市区 地区 区域 地点 服务地点 服务地区
		region area jobarea location workplace place joblocation worklocation
	`},
	{Address, false, `
		详细地址 工作地址 上班地址 上班地点 办公地址 单位地址 公司地址 企业地址 地址 服务地址 address jobaddress
		workaddress streetaddress locality
	`},
	{Pay, false, `
		薪资 薪酬 月薪 年薪 日薪 时薪 工资 月工资 薪水 报酬 劳动报酬 基本劳动报酬 薪资待遇 薪酬待遇 工资待遇
		薪资范围 薪酬范围 薪资水平 薪酬标准 工资标准 待遇 salary pay wage wages compensation salaryrange
		payrange
	`},
	{PayMin, false, `
		最低薪酬 最低薪资 最低工资 最低月薪 薪资下限 薪酬下限 月薪下限 起薪 lowestpay paymin minpay
		salarymin minsalary
	`},
	{PayMax, false, `
		最高薪酬 最高薪资 最高工资 最高月薪 薪资上限 薪酬上限 月薪上限 highestpay paymax maxpay salarymax
		maxsalary
	`},
	{PayUnit, false, `薪酬单位 薪资单位 工资单位 计薪单位 计薪方式 payunit paidper salaryunit`},
	{PayMonths, false, `发薪月数 年发薪月数 薪数 paymonths monthspaidayear`},
	{Degree, false, `
		学历 学历要求 最低学历 最低学历要求 学历经验要求 文化程度 学历学位 学历层次 学历专业 学历专业要求 学历及专业
		学历及专业要求 专业及学历 专业及学历要求 专业学历 专业学历要求 学历和专业 学历和专业要求 education degree edulevel
		educationlevel leasteducation
	`},
	{Experience, true, `
		工作经验 经验要求 工作经验要求 工作年限 工作经历 经验 experience workingexp workexperience
		experiencewanted
	`},
	{Majors, false, `专业 专业要求 所学专业 专业名称 专业类别 需求专业 major majors`},
	{Skills, false, `技能 技能要求 技能标签 职业技能 关键词 职位关键词 skills jobskills tags`},
	{Duties, true, `
		岗位职责 工作内容 工作职责 职位描述 岗位描述 岗位内容 岗位说明 职位详情 主要职责 职责 职责描述
		职位信息 服务内容 志愿服务内容 duties jobdetail jobdescription description responsibilities summary
	`},
	{Requirements, true, `
		任职要求 任职资格 任职条件 岗位要求 职位要求 招聘条件 招聘要求 应聘条件 其他要求 其它要求
		requirements qualifications
	`},
	{Conditions, true, `
		工作条件与福利 工作条件 福利待遇 公司福利 福利 其他待遇 工作时间 上班时间 作息时间 食宿 食宿情况
		社会保险 五险一金 职位亮点 conditions workingconditionsandbenefits welfare benefits jobhighlights
		workinghours
	`},
	{Employment, false, `用工形式 用工类型 用工性质 合同类型 employment formofemployment contracttype`},
	{ValidUntil, false, `
		截止日期 结束日期 有效期 有效期限 截止时间 招聘截止日期 招聘截止时间 报名截止 报名截止日期 招聘有效期 until
		openuntil validuntil deadline closingdate expires enddate enddatedate
	`},
	{AnswerDays, false, `答复期限 answerwithin answerdays`},
	{InternshipMonths, false, `见习期 见习期限 见习月数 见习时长 实习期 实习期限 实习时长 internshipmonths`},
	{TalentForm, false, `柔性引才形式 引才形式 合作形式 formofexpertise talentform`},
	{ServiceTime, false, `服务时间 志愿服务时间 whenvolunteersserve servicetime`},
	{RiskStatement, false, `风险告知 风险提示 risks riskstatement`},
	{Dangerous, false, `有人身危险 是否高风险 高风险 dangerous`},
	{InsuranceNo, false, `保险单号 保单号 insurancepolicy insuranceno`},
	{Allowance, false, `志愿者补贴 交通误餐补贴 志愿补贴 volunteerallowance allowance`},
	{Tag, false, `行标识 rowtag`},
	{Note, true, `原行号 错误说明 originalrow whatiswrong`},
	{Nothing, true, `序号 编号 行号 no id`},
}
