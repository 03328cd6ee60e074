package notify

import (
	"encoding/json"
	"fmt"

	"zhigang/internal/i18n"
	"zhigang/internal/mail"
)

// approvedTexts reads templates/gateway.json. Providers of SMS send approved texts only, with parameters in a fixed
// order: the name of such a text here is the kind of the notice, and a gateway knows which of its provider's it stands
// for. The last parameter is the address of the page.
func approvedTexts() (map[Kind][]string, error) {
	b, err := files.ReadFile("templates/gateway.json")
	if err != nil {
		return nil, err
	}
	var all map[Kind][]string
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("templates/gateway.json: %w", err)
	}
	return all, nil
}

// fill names the approved text of a notice, and what fills it.
func (s *Service) fill(p i18n.Printer, m *mail.Message, n Notice, url string) {
	values := s.textParams(p, n)
	values["url"] = url
	m.Lang, m.Template = string(p.Lang), string(n.Kind)
	for _, name := range s.approved[n.Kind] {
		text := ""
		if v, given := values[name]; given {
			text = flat(fmt.Sprint(v))
		}
		m.Params = append(m.Params, text)
	}
}
