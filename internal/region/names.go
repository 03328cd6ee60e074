package region

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// suffixes that people leave out, longest first.
var suffixes = []string{
	"维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "自治州", "自治县", "自治旗", "地区", "新区", "街道", "林区",
	"省", "市", "区", "县", "旗", "盟", "镇", "乡",
}

// autonomous takes a name such as 海西蒙古族藏族自治州 apart: people say 海西, or 海西州.
var autonomous = regexp.MustCompile(`^(.{2,}?)(?:(?:蒙古|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|` +
	`景颇|柯尔克孜|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|普米|塔吉克|怒|保安|裕固|独龙|回|土|各)族?)+自治([州县旗])$`)

// Short returns the name without its suffix, as people write it: 番禺区 → 番禺, 浦东新区 → 浦东, 延边朝鲜族自治州 → 延边. Names
// that would be left with one character, such as 东区, stay whole.
func Short(name string) string {
	if m := autonomous.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	for _, s := range suffixes {
		if short, ok := strings.CutSuffix(name, s); ok && utf8.RuneCountInString(short) >= 2 {
			return short
		}
	}
	return name
}

// aliases lists the names under which a region is found, its own first.
func aliases(r Region) []string {
	short := Short(r.Name)
	if r.Level() != Street {
		if m := autonomous.FindStringSubmatch(r.Name); m != nil {
			return []string{r.Name, short, short + m[2]}
		}
		return []string{r.Name, short}
	}
	names := []string{r.Name}
	if LevelOf(Parent(r.Code)) == City { // 中山 and 东莞 have no districts: their towns are named as districts are elsewhere
		names = append(names, short)
	} // 中关村 is a quarter as well as a short name of 中关村街道
	if strings.HasSuffix(r.Name, "街道") && short != r.Name {
		names = append(names, short+"街")
		if len(names) > 2 {
			names = append(names, short+"区") // what 石岐街道 was called until 2020
		}
	}
	return names
}
