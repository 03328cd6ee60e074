package script

import (
	"slices"
	"strings"
	"sync"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// also are further readings of characters that names, trades and places use with more than one; what is listed first in
// the table of the library is often the rarer one.
func also() map[rune][]string {
	return map[rune][]string{
		'会': {"hui", "kuai"}, '长': {"chang", "zhang"}, '行': {"xing", "hang"}, '重': {"zhong", "chong"}, '乐': {"le", "yue"}, '调': {"tiao", "diao"},
		'传': {"chuan", "zhuan"}, '朝': {"chao", "zhao"}, '都': {"du", "dou"}, '角': {"jiao", "jue"}, '番': {"pan", "fan"}, '厦': {"xia", "sha"},
		'埔': {"pu", "bu"}, '六': {"liu", "lu"}, '莞': {"guan", "wan"}, '单': {"dan", "shan"}, '曾': {"ceng", "zeng"}, '盛': {"sheng", "cheng"},
		'藏': {"cang", "zang"}, '差': {"cha", "chai"}, '弹': {"dan", "tan"}, '省': {"sheng", "xing"}, '种': {"zhong", "chong"}, '解': {"jie", "xie"},
		'畜': {"xu", "chu"}, '薄': {"bao", "bo"}, '率': {"lv", "shuai"}, '校': {"xiao", "jiao"}, '系': {"xi", "ji"}, '车': {"che", "ju"}, '大': {"da", "dai"},
		'参': {"can", "shen"}, '降': {"jiang", "xiang"}, '泊': {"bo", "po"}, '铅': {"qian", "yan"}, '蚌': {"bang", "beng"}, '尉': {"wei", "yu"},
		'洞': {"dong", "tong"}, '圩': {"xu", "wei"}, '漯': {"luo"}, '涡': {"wo", "guo"}, '亳': {"bo"}, '济': {"ji"}, '柏': {"bo", "bai"}, '勒': {"le"},
		'阿': {"a", "e"}, '叶': {"ye"}, '绿': {"lv", "lu"}, '女': {"nv", "nu"}, '律': {"lv", "lu"}, '旅': {"lv", "lu"}, '虑': {"lv"}, '吕': {"lv"}, '履': {"lv"},
		'佛': {"fo", "fu"}, '石': {"shi", "dan"}, '宿': {"su", "xiu"}, '地': {"di", "de"}, '的': {"de", "di"}, '得': {"de", "dei"}, '便': {"bian", "pian"},
		'数': {"shu"}, '术': {"shu"}, '血': {"xue", "xie"}, '相': {"xiang"}, '奇': {"qi", "ji"}, '强': {"qiang", "jiang"}, '应': {"ying"}, '兴': {"xing"},
		'处': {"chu"}, '分': {"fen"}, '号': {"hao"}, '散': {"san"}, '贾': {"jia", "gu"}, '教': {"jiao"}, '少': {"shao"}, '中': {"zhong"}, '和': {"he", "huo"},
		'区': {"qu", "ou"}, '仇': {"chou", "qiu"}, '任': {"ren"}, '华': {"hua"}, '尾': {"wei", "yi"}, '场': {"chang"}, '供': {"gong"}, '育': {"yu"}, '读': {"du", "dou"},
	}
}

// sounds is how characters are read.
type sounds struct {
	first     [lastHan - firstHan + 1]string
	others    map[rune][]string
	syllables map[string]bool
}

var allSounds = sync.OnceValue(func() *sounds {
	s := &sounds{others: map[rune][]string{}, syllables: map[string]bool{}}
	for code, readings := range pinyin.PinyinDict {
		if code < firstHan || code > lastHan {
			continue
		}
		reading, _, _ := strings.Cut(readings, ",")
		s.first[code-firstHan] = toneless(reading)
	}
	for r, more := range also() {
		s.others[r] = slices.DeleteFunc(more, func(one string) bool { return one == s.first[r-firstHan] })
	}
	for r := rune(0x4e00); r <= 0x9fff; r++ {
		if one := s.first[r-firstHan]; len(one) > 1 || one == "a" || one == "e" {
			s.syllables[one] = true
		}
	}
	for _, more := range s.others {
		for _, one := range more {
			s.syllables[one] = true
		}
	}
	return s
})

// toneless takes the marks of the tones off: zhōng becomes zhong, lǜ becomes lv.
func toneless(reading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0x308: // the dots of ü
			return -1
		case r < 'a' || r > 'z':
			return -1
		}
		return r
	}, norm.NFD.String(strings.NewReplacer("ü", "v", "ǘ", "v", "ǚ", "v", "ǜ", "v", "ǖ", "v", "ê", "e").Replace(reading)))
}

// Readings returns how a Simplified character is read, in pinyin without tones, the usual way first; none for what is not
// Chinese.
func Readings(r rune) []string {
	if r < firstHan || r > lastHan {
		return nil
	}
	s := allSounds()
	first := s.first[r-firstHan]
	if first == "" {
		return nil
	}
	return append([]string{first}, s.others[r]...)
}

// Pinyin writes a Simplified text in pinyin, without blanks and in every way it can be read (at most 16); none when a
// character is not Chinese.
func Pinyin(text string) []string {
	const most = 16
	out := []string{""}
	for _, r := range text {
		readings := Readings(r)
		if len(readings) == 0 {
			return nil
		}
		var next []string
		for _, reading := range readings {
			for _, before := range out {
				if len(next) < most {
					next = append(next, before+reading)
				}
			}
		}
		out = next
	}
	return out
}

// Syllables takes letters apart into the syllables of pinyin, in every way that there is (at most 8), longer first
// syllables before shorter ones; none when they are no pinyin.
func Syllables(letters string) [][]string {
	const most, longest = 8, 6
	known := allSounds().syllables
	var out [][]string
	dead := map[int]bool{} // how much was left where nothing leads to the end
	var walk func(left string, so []string)
	walk = func(left string, so []string) {
		if left == "" {
			out = append(out, slices.Clone(so))
			return
		}
		before := len(out)
		for n := min(longest, len(left)); n > 0 && len(out) < most && !dead[len(left)]; n-- {
			if known[left[:n]] {
				walk(left[n:], append(so, left[:n]))
			}
		}
		if len(out) == before {
			dead[len(left)] = true
		}
	}
	walk(letters, nil)
	return out
}

// Initials returns the first letters of the syllables of a text in every way it can be read (at most 8); none when a
// character has no sound.
func Initials(text []rune) []string {
	const most = 8
	out := []string{""}
	for _, r := range text {
		var next, letters []string
		for _, reading := range Readings(r) {
			if !slices.Contains(letters, reading[:1]) {
				letters = append(letters, reading[:1])
			}
		}
		for _, letter := range letters {
			for _, before := range out {
				if len(next) < most {
					next = append(next, before+letter)
				}
			}
		}
		out = next
	}
	return out
}
