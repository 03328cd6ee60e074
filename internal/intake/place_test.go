package intake

import (
	"testing"

	"zhigang/internal/region"
)

func placesOf(t *testing.T, home string) places {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	return newPlaces(tree, home)
}

func TestAPlaceIsReadFromItsAreaAndItsAddress(t *testing.T) {
	p := placesOf(t, "440113")
	for _, c := range []struct{ area, address, code, rest, problem string }{
		{"北京·海淀区·中关村", "", "110108", "中关村", ""},
		{"上海", "", "310000", "", ""},
		{"北京", "海淀区上地东路1号盈创动力E座302A", "110108", "上地东路1号盈创动力E座302A", ""},
		{"北京-海淀区", "北京市海淀区西北旺东路10号院", "110108", "西北旺东路10号院", ""},
		{"北京", "朝阳区东三环中路59号", "110105", "东三环中路59号", ""},
		{"北京", "河南省三门峡市开发区传媒大厦七楼", "110000", "河南省三门峡市开发区传媒大厦七楼", ""},
		{"北京-海淀区-中关村", "海淀大街1号", "110108", "中关村 海淀大街1号", ""},
		{"北京-海淀区-中关村", "中关村大街59号", "110108", "中关村大街59号", ""},
		{"", "广东省广州市番禺区大石街道某路1号", "440113012", "某路1号", ""},
		{"", "人民路1号", "", "人民路1号", ""},
		{"", "中山路1号", "", "中山路1号", ""},
		{"", "朝阳区东三环中路59号", "", "朝阳区东三环中路59号", ""},
		{"广州", "广州塔", "440100", "广州塔", ""},
		{"广州", "广州大道中1号", "440100", "广州大道中1号", ""},
		{"广州", "广州番禺大石街道", "440113012", "", ""},
		{"广州·番禺区", "番禺区大石街道某路1号", "440113012", "某路1号", ""},
		{"广州·番禺区", "广东省广州市番禺区 某路1号", "440113", "某路1号", ""},
		{"番禺", "", "440113", "", ""},
		{"天河区", "体育西路", "440106", "体育西路", ""},
		{"鼓楼区", "", "", "", "intake.problem.region.many"},
		{"火星", "一号坑", "", "一号坑", "intake.problem.region"},
		{"远程", "", "", "远程", ""},
		{"全国", "", "", "全国", ""},
		{"中山", "石岐街道孙文东路", "442000001", "孙文东路", ""},
		{"", "", "", "", ""},
	} {
		code, rest, problem := p.find(c.area, c.address)
		if code != c.code || rest != c.rest || problem != c.problem {
			t.Errorf("%q %q: %s %q %q, want %s %q %q", c.area, c.address, code, rest, problem, c.code, c.rest, c.problem)
		}
	}
	if code, _, _ := placesOf(t, "350100").find("鼓楼区", ""); code != "350102" {
		t.Errorf("鼓楼区 for an organization of 福州 is %s", code)
	}
}
