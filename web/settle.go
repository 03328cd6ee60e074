package web

import (
	"html/template"
	"text/template/parse"
)

// settle writes texts that never change into the templates of a set: {{t "site.name"}} is the same on every page of a
// language, and a page has a hundred of them. Call it before the set is executed. What is written is escaped for text and
// for attributes in quotes, which is where texts stand.
func settle(set *template.Template, text func(key string) string) {
	for _, t := range set.Templates() {
		if t.Tree != nil {
			settleList(t.Tree.Root, text)
		}
	}
}

func settleList(list *parse.ListNode, text func(key string) string) {
	if list == nil {
		return
	}
	for n, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			if key, ok := constantText(node.Pipe); ok {
				list.Nodes[n] = &parse.TextNode{NodeType: parse.NodeText, Pos: node.Pos, Text: []byte(template.HTMLEscapeString(text(key)))}
			}
		case *parse.IfNode:
			settleBranch(&node.BranchNode, text)
		case *parse.RangeNode:
			settleBranch(&node.BranchNode, text)
		case *parse.WithNode:
			settleBranch(&node.BranchNode, text)
		}
	}
}

func settleBranch(b *parse.BranchNode, text func(key string) string) {
	settleList(b.List, text)
	settleList(b.ElseList, text)
}

// constantText returns the key of a pipeline that is {{t "key"}} and nothing more.
func constantText(p *parse.PipeNode) (key string, ok bool) {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 2 {
		return "", false
	}
	name, isName := p.Cmds[0].Args[0].(*parse.IdentifierNode)
	value, isText := p.Cmds[0].Args[1].(*parse.StringNode)
	if !isName || !isText || name.Ident != "t" {
		return "", false
	}
	return value.Text, true
}
