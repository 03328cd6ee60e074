package intake

import (
	"context"

	"zhigang/internal/auth"
	"zhigang/internal/i18n"
	"zhigang/internal/id"
	"zhigang/internal/position"
	"zhigang/internal/region"
)

// Dry is a row as it would be imported, in the form in which it is printed as JSON.
type Dry struct {
	Row       int             `json:"row"` // number in the sheet
	Title     string          `json:"title"`
	Employer  string          `json:"employer"` // "" is the organization itself
	Region    DryRegion       `json:"region"`
	Degree    position.Degree `json:"degree"`
	Pay       DryPay          `json:"pay"`
	Headcount int             `json:"headcount"`
	Kind      position.Kind   `json:"kind"`
	Errors    []DryError      `json:"errors"`
}

// DryRegion is where the position is; both are "" when the row does not say.
type DryRegion struct {
	Code string `json:"code"`
	Name string `json:"name"` // from the province down
}

// DryPay is the pay in yuan.
type DryPay struct {
	Min    float64       `json:"min"`
	Max    float64       `json:"max"`
	Unit   position.Unit `json:"unit"`
	Months int           `json:"months"`
}

// DryError is what keeps a row out.
type DryError struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

// DryRun reads a sheet as Import does and tells each row, without taking any. It stops where each returns an error.
// Errors as for Import.
func (s *Service) DryRun(
	ctx context.Context, who auth.Actor, owner id.ID, content []byte, o Options, each func(Dry) error,
) (Counts, error) {
	im, err := s.open(ctx, who, owner, content, o.Mapping)
	if err != nil {
		return Counts{}, err
	}
	im.begin(o)
	defer im.close()
	c, err := im.dry(ctx, o.Printer, each)
	if err != nil {
		return c, err
	}
	return c, im.refused.save(o.Errors)
}

func (im *importer) dry(ctx context.Context, printer i18n.Printer, each func(Dry) error) (Counts, error) {
	var c Counts
	for row, err := range im.table.rows() {
		if err != nil {
			return c, err
		}
		if err := ctx.Err(); err != nil {
			return c, err
		}
		p := im.read(row.Number, row.Cells)
		if c.Rows++; len(p.Problems) > 0 {
			c.Failed++
			im.refused.add(p, row.Cells)
		}
		if err := each(p.dry(im.tree, printer)); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (p parsed) dry(tree *region.Tree, printer i18n.Printer) Dry {
	c := p.Content
	d := Dry{
		Row: p.Row, Title: c.Title, Employer: c.Employer, Region: DryRegion{c.Region, ""}, Degree: c.Degree,
		Pay:       DryPay{float64(c.Pay.Min) / 100, float64(c.Pay.Max) / 100, c.Pay.Unit, c.Pay.Months},
		Headcount: c.Headcount, Kind: c.Kind, Errors: []DryError{},
	}
	if c.Region != "" {
		d.Region.Name = tree.FullName(c.Region)
	}
	for _, problem := range p.Problems {
		d.Errors = append(d.Errors, DryError{string(problem.Field), printer.T(problem.Key, problem.Params)})
	}
	return d
}
