package intake

import (
	"testing"

	"zhigang/internal/position"
)

func TestPayIsReadAsItIsWritten(t *testing.T) {
	const (
		month, day, hour = position.PerMonth, position.PerDay, position.PerHour
		year, turn       = position.PerYear, position.PerTime
	)
	for text, want := range map[string]position.Pay{
		"12-18K":                  {Min: 1200000, Max: 1800000, Unit: month},
		"25-35K·13薪":              {Min: 2500000, Max: 3500000, Unit: month, Months: 13},
		"25-35K • 16薪":            {Min: 2500000, Max: 3500000, Unit: month, Months: 16},
		"20K-30K":                 {Min: 2000000, Max: 3000000, Unit: month},
		"0.8-1.3万/月":              {Min: 800000, Max: 1300000, Unit: month},
		"1-1.5万":                  {Min: 1000000, Max: 1500000, Unit: month},
		"1.2万-1.5万·14薪":           {Min: 1200000, Max: 1500000, Unit: month, Months: 14},
		"8千-1.2万":                 {Min: 800000, Max: 1200000, Unit: month},
		"8000-1.2万":               {Min: 800000, Max: 1200000, Unit: month},
		"4.5-6千/月":                {Min: 450000, Max: 600000, Unit: month},
		"10k-15":                  {Min: 1000000, Max: 1500000, Unit: month},
		"8千-12000":                {Min: 800000, Max: 1200000, Unit: month},
		"10-15万/年":                {Min: 10000000, Max: 15000000, Unit: year},
		"50-80K·16薪":              {Min: 5000000, Max: 8000000, Unit: month, Months: 16},
		"120000":                  {Min: 12000000, Max: 12000000, Unit: year},
		"年薪15万":                   {Min: 15000000, Max: 15000000, Unit: year},
		"20-30万":                  {Min: 20000000, Max: 30000000, Unit: year},
		"20W-30W":                 {Min: 20000000, Max: 30000000, Unit: year},
		"150-200元/天":              {Min: 15000, Max: 20000, Unit: day},
		"日薪200":                   {Min: 20000, Max: 20000, Unit: day},
		"20元/时":                   {Min: 2000, Max: 2000, Unit: hour},
		"22.5元/小时":                {Min: 2250, Max: 2250, Unit: hour},
		"18-25元/h":                {Min: 1800, Max: 2500, Unit: hour},
		"3000-5000元/月":            {Min: 300000, Max: 500000, Unit: month},
		"3000元/月-5000元/月":         {Min: 300000, Max: 500000, Unit: month},
		"3000-5000元/人/月":          {Min: 300000, Max: 500000, Unit: month},
		"6000-8500":               {Min: 600000, Max: 850000, Unit: month},
		"6000 - 8500 元":           {Min: 600000, Max: 850000, Unit: month},
		"６０００－８５００元":              {Min: 600000, Max: 850000, Unit: month},
		"6,000～8,500":             {Min: 600000, Max: 850000, Unit: month},
		"6000—8500元":              {Min: 600000, Max: 850000, Unit: month},
		"6000——8500元":             {Min: 600000, Max: 850000, Unit: month},
		"6000至8500元":              {Min: 600000, Max: 850000, Unit: month},
		"6000到8500元/月":            {Min: 600000, Max: 850000, Unit: month},
		"￥6,000~￥8,500":           {Min: 600000, Max: 850000, Unit: month},
		"月薪：6000—9000元":           {Min: 600000, Max: 900000, Unit: month},
		"月薪8000":                  {Min: 800000, Max: 800000, Unit: month},
		"8000":                    {Min: 800000, Max: 800000, Unit: month},
		"5000元以上":                 {Min: 500000, Max: 500000, Unit: month, Negotiable: true},
		"不低于5000元/月":              {Min: 500000, Max: 500000, Unit: month, Negotiable: true},
		"至少5000元":                 {Min: 500000, Max: 500000, Unit: month, Negotiable: true},
		"5000起":                   {Min: 500000, Max: 500000, Unit: month, Negotiable: true},
		"面议（5000起）":               {Min: 500000, Max: 500000, Unit: month, Negotiable: true},
		"3千以下/月":                  {Max: 300000, Unit: month},
		"100万以上/年":                {Min: 100000000, Max: 100000000, Unit: year, Negotiable: true},
		"200元/次":                  {Min: 20000, Max: 20000, Unit: turn},
		"80-120元/课时":              {Min: 8000, Max: 12000, Unit: turn},
		"5000-8000（元/月）":          {Min: 500000, Max: 800000, Unit: month},
		"150-200(元/天)":            {Min: 15000, Max: 20000, Unit: day},
		"10-15万/年(约8千-1.2万)":      {Min: 10000000, Max: 15000000, Unit: year},
		"5000-8000元*13薪":          {Min: 500000, Max: 800000, Unit: month, Months: 13},
		"5000-8000×13":            {Min: 500000, Max: 800000, Unit: month, Months: 13},
		"RMB 6000-8000 per month": {Min: 600000, Max: 800000, Unit: month},
		"五千元":                     {Min: 500000, Max: 500000, Unit: month},
		"三千至五千元/月":                {Min: 300000, Max: 500000, Unit: month},
		"三到五千":                    {Min: 300000, Max: 500000, Unit: month},
		"一万二":                     {Min: 1200000, Max: 1200000, Unit: month},
		"三百元/天":                   {Min: 30000, Max: 30000, Unit: day},
		"8-10K·十三薪":               {Min: 800000, Max: 1000000, Unit: month, Months: 13},
		"8-10K·13-15薪":            {Min: 800000, Max: 1000000, Unit: month, Months: 13},
		"10-20万·13薪":              {Min: 10000000, Max: 20000000, Unit: month, Months: 13},
		"12k-18k/month":           {Min: 1200000, Max: 1800000, Unit: month},
		"180元/工":                  {Min: 18000, Max: 18000, Unit: day},
		"25元/工时":                  {Min: 2500, Max: 2500, Unit: hour},
		"300元/晚":                  {Min: 30000, Max: 30000, Unit: turn},
		"200元/半天":                 {Min: 20000, Max: 20000, Unit: turn},
		"3500元（可面议）":              {Min: 350000, Max: 350000, Unit: month, Negotiable: true},
		"面  议":                    {Negotiable: true},
		"月薪面议":                    {Negotiable: true},
		"0元":                      {},
		"0-0":                     {},
		"无偿":                      {},
		"志愿服务，无薪酬":                {},
		"面议":                      {Negotiable: true},
		"薪资面议":                    {Negotiable: true},
		"":                        {},
		"0":                       {},
	} {
		got, note, problem := readPay(text, "薪资")
		if got != want || note != "" || problem != "" {
			t.Errorf("%q: %+v, note %q, problem %q; want %+v", text, got, note, problem, want)
		}
	}
}

func TestWhatPayTextsSayBeyondNumbersIsKept(t *testing.T) {
	for text, want := range map[string]position.Pay{
		"底薪3000+提成":          {Min: 300000, Max: 300000, Unit: position.PerMonth, Negotiable: true},
		"5000-8000元，包吃住":     {Min: 500000, Max: 800000, Unit: position.PerMonth},
		"6000-9000元/月（税前）":   {Min: 600000, Max: 900000, Unit: position.PerMonth},
		"按国家有关规定执行":          {},
		"待遇从优，面谈":            {Negotiable: true},
		"计件":                 {},
		"2300元/月（不低于当地最低工资）": {Min: 230000, Max: 230000, Unit: position.PerMonth},
		"每天8小时，4000元/月":      {Min: 400000, Max: 400000, Unit: position.PerMonth},
		"4000元/月，五险一金":       {Min: 400000, Max: 400000, Unit: position.PerMonth},
		"200-300元/天，完工当日结清":  {Min: 20000, Max: 30000, Unit: position.PerDay},
	} {
		got, note, problem := readPay(text, "")
		if got != want || note != text || problem != "" {
			t.Errorf("%q: %+v, note %q, problem %q; want %+v", text, got, note, problem, want)
		}
	}
}

func TestTheHeaderSaysWhatTheNumbersCount(t *testing.T) {
	for _, c := range []struct {
		text, header string
		want         position.Pay
	}{
		{"10-15", "年薪（万元）", position.Pay{Min: 10000000, Max: 15000000, Unit: position.PerYear}},
		{"8-12", "月薪(K)", position.Pay{Min: 800000, Max: 1200000, Unit: position.PerMonth}},
		{"200", "日薪（元）", position.Pay{Min: 20000, Max: 20000, Unit: position.PerDay}},
		{"25", "时薪", position.Pay{Min: 2500, Max: 2500, Unit: position.PerHour}},
		{"150元/天", "月薪", position.Pay{Min: 15000, Max: 15000, Unit: position.PerDay}},
		{"8000", "月薪（千元）", position.Pay{Min: 800000, Max: 800000, Unit: position.PerMonth}},
	} {
		if got, _, problem := readPay(c.text, c.header); got != c.want || problem != "" {
			t.Errorf("%s under %s: %+v, %s; want %+v", c.text, c.header, got, problem, c.want)
		}
	}
}

func TestPayThatNobodyCanTellIsAProblem(t *testing.T) {
	for text, want := range map[string]string{
		"12-18":             "intake.problem.pay.unit",
		"5":                 "intake.problem.pay.unit",
		"8000-5000":         "position.pay.order",
		"1000-2000元/周":      "intake.problem.pay.period",
		"3000/季度":           "intake.problem.pay.period",
		"周薪800元":            "intake.problem.pay.period",
		"三五千":               "intake.problem.pay",
		"2026-05-08":        "intake.problem.day_cell",
		"abc":               "intake.problem.pay",
		"很高":                "intake.problem.pay",
		"试用期4000元，转正后5000元": "intake.problem.pay",
		"初级3-5K，高级8-12K":    "intake.problem.pay",
		"HK$15,000-20,000":  "intake.problem.pay.currency",
		"1000美元":            "intake.problem.pay.currency",
		"#N/A":              "intake.problem.pay",
	} {
		if got, _, problem := readPay(text, ""); problem != want || got != (position.Pay{}) {
			t.Errorf("%q: %+v, %q; want %q", text, got, problem, want)
		}
	}
}
