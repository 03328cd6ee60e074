package intake

import (
	"regexp"
	"strings"
)

// askedFor is a heading under which a description of the work goes on to what is asked for.
var askedFor = regexp.MustCompile(`(?m)^(?:[^\p{Han}\p{L}\n]|[一二三四五六七八九十]、){0,8}` +
	`(?:任职要求|任职资格|任职条件|任职需求|岗位要求|职位要求|岗位条件|招聘要求|招聘条件|应聘条件|应聘要求|能力要求|技能要求|requirements|qualifications)` +
	`[^\p{Han}\p{L}\d\n]*(?:$|[:：】\s\d])`)

// divide cuts a text where it goes on from the work to what is asked for. Nothing but the heading is left out; a text
// without such a heading, or with nothing in front of it, stays whole.
func divide(text string) (duties, requirements string) {
	at := askedFor.FindStringIndex(text)
	if at == nil {
		return text, ""
	}
	end := at[1]
	for end > at[0] && text[end-1] >= '0' && text[end-1] <= '9' { // 任职要求1、: the number belongs to what follows
		end--
	}
	duties, requirements = strings.TrimSpace(text[:at[0]]), strings.TrimSpace(text[end:])
	if duties == "" || requirements == "" {
		return text, ""
	}
	return duties, requirements
}
