package position

import (
	"fmt"
	"strconv"

	"zhigang/internal/db"
	"zhigang/internal/errs"
)

// Unit is what pay is counted by.
type Unit string

// The units. NoPay is for volunteers, and for drafts that do not say yet.
const (
	NoPay    Unit = ""
	PerMonth Unit = "month"
	PerDay   Unit = "day"
	PerHour  Unit = "hour"
	PerYear  Unit = "year"
	PerTime  Unit = "time"
)

// Units lists the units of pay.
func Units() []Unit { return []Unit{PerMonth, PerDay, PerHour, PerYear, PerTime} }

// Pay is what is paid, in fen per unit.
type Pay struct {
	Min        int64   `db:"pay_min" json:"min"`
	Max        int64   `db:"pay_max" json:"max"`
	Unit       Unit    `db:"pay_unit" json:"unit"`
	Months     int     `db:"pay_months" json:"months"` // how many times a year a monthly pay is paid; 0 and 12 are the same
	Negotiable db.Bool `db:"pay_negotiable" json:"negotiable"`
}

// Monthly returns the pay as fen a month, to compare and sort by: 21.75 days a month and 8 hours a day, as wages are
// converted in China (人社部发〔2008〕3号). Pay per turn says nothing about a month and gives 0.
func (p Pay) Monthly() (least, most int64) {
	per := func(fen int64) int64 {
		switch p.Unit {
		case PerMonth:
			return fen
		case PerDay:
			return fen * 2175 / 100
		case PerHour:
			return fen * 8 * 2175 / 100
		case PerYear:
			return fen / 12
		default:
			return 0
		}
	}
	return per(p.Min), per(p.Max)
}

// Text returns the translation key of the pay and its parameters: whole yuan where there are no fen.
func (p Pay) Text() (key string, params errs.Params) {
	if p.Unit == NoPay {
		return "pay.none", nil
	}
	params = errs.Params{"min": Yuan(p.Min), "max": Yuan(p.Max), "months": p.Months}
	key = "pay.range." + string(p.Unit)
	switch {
	case bool(p.Negotiable):
		key = "pay.negotiable." + string(p.Unit)
	case p.Min == p.Max:
		key = "pay.exact." + string(p.Unit)
	}
	if p.Unit == PerMonth && p.Months > 12 {
		key += ".months"
	}
	return key, params
}

// Yuan writes fen as yuan, without decimals when there are none.
func Yuan(fen int64) string {
	if fen%100 == 0 {
		return strconv.FormatInt(fen/100, 10)
	}
	return fmt.Sprintf("%d.%02d", fen/100, fen%100)
}
