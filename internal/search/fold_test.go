package search_test

import (
	"testing"

	"zhigang/internal/search"
)

func TestFoldMakesTheSameOfTheSame(t *testing.T) {
	for _, pair := range [][2]string{
		{"社會工作者", "社会工作者"}, {"志願服務", "志愿服务"}, {"ＡＢＣ１２３", "abc123"}, {"招聘 SQL", "招聘 sql"}, {"義工", "义工"}, {"圖書館", "图书馆"}, {"長者飯堂", "长者饭堂"},
	} {
		if a, b := search.Fold(pair[0]), search.Fold(pair[1]); a != b {
			t.Errorf("%s → %s, %s → %s", pair[0], a, pair[1], b)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	for b.Loop() {
		search.Fold("面向社區長者開展健康與社交服務，建立服務檔案；鏈接社區、企業與志願者資源，運營長者飯堂與互助小組；撰寫項目計劃、過程記錄與結項報告。")
	}
}
