package web

import (
	"github.com/gin-gonic/gin"

	"zhigang/internal/errs"
	"zhigang/internal/region"
)

// regionItem is a region in the tree.
type regionItem struct {
	Code     string  `json:"code"`
	Name     string  `json:"name"`
	FullName string  `json:"full_name"` // from the province down
	Level    string  `json:"level"`     // province, city, district or street
	Parent   *string `json:"parent"`    // null for a province
	Children int     `json:"children"`  // how many regions lie directly below
	Retired  bool    `json:"retired"`   // dissolved: valid in old data, offered nowhere
}

// regionTree is a region with what lies directly below it.
type regionTree struct {
	Region *regionItem  `json:"region"` // null for the nation
	Items  []regionItem `json:"items"`
}

func (h *handlers) regionItem(r region.Region) regionItem {
	path := h.Tree.Path(r.Code)
	item := regionItem{
		Code: r.Code, Name: r.Name, FullName: h.Tree.FullName(r.Code), Children: len(h.Tree.Children(r.Code)), Retired: r.Retired,
		Level: [...]string{"", "province", "city", "district", "street"}[r.Level()],
	}
	if len(path) > 1 {
		item.Parent = &path[len(path)-2] // without levels on paper, as the list of its children is found
	}
	return item
}

// apiListRegions lists what lies directly below a region; without one, the provinces.
func (h *handlers) apiListRegions(c *gin.Context) (reply, error) {
	code := c.Query("parent")
	out := regionTree{Items: []regionItem{}}
	if code != "" {
		parent, known := h.Tree.Get(code)
		if !known {
			return reply{}, errs.Fields{"parent": {Key: "error.region"}}.Err()
		}
		item := h.regionItem(parent)
		out.Region = &item
	}
	for _, r := range h.Tree.Children(code) {
		out.Items = append(out.Items, h.regionItem(r))
	}
	r := shown(out)
	r.Public = freshEachDay
	return r, nil
}
