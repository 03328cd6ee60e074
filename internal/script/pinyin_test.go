package script_test

import (
	"fmt"
	"slices"
	"testing"

	"zhigang/internal/script"
)

func TestTextIsWrittenInPinyin(t *testing.T) {
	for text, want := range map[string]string{
		"社工": "shegong", "会计": "kuaiji", "番禺": "panyu", "律师": "lvshi", "重庆": "chongqing", "厦门": "xiamen", "女": "nv", "志愿者": "zhiyuanzhe",
		"调研": "diaoyan", "长者": "zhangzhe", "银行": "yinhang", "护理": "huli", "绿色": "lvse",
	} {
		if got := script.Pinyin(text); !slices.Contains(got, want) {
			t.Errorf("%s: %v, want %s among them", text, got, want)
		}
	}
	if got := script.Pinyin("A组"); got != nil {
		t.Errorf("letters have no sound: %v", got)
	}
}

func TestLettersAreTakenApartIntoSyllables(t *testing.T) {
	for letters, want := range map[string]string{
		"shegong": "[[she gong]]", "xian": "[[xian] [xi an]]", "panyu": "[[pan yu]]", "excel": "[]", "sg": "[]", "": "[[]]",
	} {
		if got := fmt.Sprint(script.Syllables(letters)); got != want {
			t.Errorf("%s: %s, want %s", letters, got, want)
		}
	}
	if got := len(script.Syllables("xianxianxianxianxianxian")); got > 8 {
		t.Errorf("%d ways", got)
	}
}
