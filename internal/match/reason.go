package match

import (
	"slices"
	"strings"

	"zhigang/internal/i18n"
	"zhigang/internal/region"
	"zhigang/internal/search"
)

// separator stands between the criteria of a reason.
const separator = " · "

// order is in which order criteria are named: where, who, what.
var order = []string{"region", "org", "q", "kind", "degree", "degree_most", "org_kind", "pay_min", "not_kind", "not_region", "not"}

// Reason says why a position was found, as people read it: 广州市番禺区 · 社会工作 · 月薪 ≥ 5000. orgName is the organization of
// the position, for a search that asks for one.
func Reason(p i18n.Printer, tree *region.Tree, met []search.Criterion, orgName string) string {
	met = slices.Clone(met)
	slices.SortStableFunc(met, func(a, b search.Criterion) int {
		return slices.Index(order, a.Name) - slices.Index(order, b.Name)
	})
	parts := make([]string, len(met))
	for n, c := range met {
		parts[n] = criterion(p, tree, c, orgName)
	}
	return strings.Join(parts, separator)
}

// Title says what a query looks for, in the same words as Reason; alternatives stand side by side: 番禺区、南沙区 · 实习.
// orgName is the organization that it asks for, if any; "" when the name is not known.
func Title(p i18n.Printer, tree *region.Tree, q search.Query, orgName string) string {
	v := q.Criteria()
	var parts []string
	for _, name := range order {
		var words []string
		for _, value := range v[name] {
			words = append(words, criterion(p, tree, search.Criterion{Name: name, Value: value}, orgName))
		}
		if len(words) > 0 {
			parts = append(parts, strings.Join(words, p.T("match.or", nil)))
		}
	}
	return strings.Join(parts, separator)
}

func criterion(p i18n.Printer, tree *region.Tree, c search.Criterion, orgName string) string {
	switch c.Name {
	case "region":
		return tree.LocalName(c.Value)
	case "kind":
		return p.T("kind."+c.Value, nil)
	case "degree":
		return p.T("degree."+c.Value, nil)
	case "degree_most":
		return p.T("search.chip.degree_most", map[string]any{"degree": p.T("degree."+c.Value, nil)})
	case "not_kind":
		return p.T("search.chip.not", map[string]any{"value": p.T("kind."+c.Value, nil)})
	case "not_region":
		return p.T("search.chip.not", map[string]any{"value": tree.Name(c.Value)})
	case "not":
		return p.T("search.chip.not", map[string]any{"value": c.Value})
	case "org_kind":
		return p.T("org.kind."+c.Value, nil)
	case "pay_min":
		return p.T("match.reason.pay", map[string]any{"min": c.Value})
	case "org":
		if orgName == "" {
			return p.T("match.reason.org", nil)
		}
		return orgName
	}
	return c.Value
}
