package intake

import (
	"regexp"
	"strings"
)

// heading matches a line that is, or begins with, one of the given words as a heading: 二、【任职要求】.
func heading(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?im)^(?:[^\p{L}\n]|[一二三四五六七八九十]、){0,8}(?:` + words + `)[^\p{L}\d\n]*(?:$|[:：】\s\d])`)
}

var (
	askedFor = heading(`任职要求|任职资格|任职条件|任职需求|岗位要求|职位要求|岗位条件|招聘要求|招聘条件|应聘条件|应聘要求|能力要求|技能要求|requirements|qualifications`)
	toDo     = heading(`岗位职责|工作职责|工作内容|职位描述|岗位描述|主要职责|职责描述|duties|responsibilities`)
)

// divide cuts a text that holds the work and what is asked for, in either order. Nothing but headings is left out; a
// text without both parts stays whole.
func divide(text string) (duties, requirements string) {
	before, after, ok := cutAt(text, askedFor)
	if !ok {
		return text, ""
	}
	if duties, requirements = before, after; duties == "" {
		requirements, duties, _ = cutAt(after, toDo)
	}
	if duties == "" || requirements == "" {
		return text, ""
	}
	return duties, requirements
}

// cutAt cuts a text at a heading.
func cutAt(text string, h *regexp.Regexp) (before, after string, ok bool) {
	at := h.FindStringIndex(text)
	if at == nil {
		return text, "", false
	}
	end := at[1]
	for end > at[0] && text[end-1] >= '0' && text[end-1] <= '9' { // 任职要求1、: the number belongs to what follows
		end--
	}
	return strings.TrimSpace(text[:at[0]]), strings.TrimSpace(text[end:]), true
}
