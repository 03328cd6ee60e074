package web

import "strings"

// device names the browser and the system behind a User-Agent, so that people recognize their own; "" when it is neither
// a browser nor a system that we know.
func device(agent string) string {
	pick := func(marks ...string) string {
		for n := 0; n+1 < len(marks); n += 2 {
			if strings.Contains(agent, marks[n]) {
				return marks[n+1]
			}
		}
		return ""
	}
	// Browsers name those that they resemble as well: the rarest mark comes first.
	browser := pick("MicroMessenger", "微信", "DingTalk", "钉钉", "HuaweiBrowser", "Huawei Browser", "MiuiBrowser", "MIUI Browser",
		"QQBrowser", "QQ Browser", "UCBrowser", "UC Browser", "Edg", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome",
		"Safari/", "Safari")
	system := pick("iPhone", "iPhone", "iPad", "iPad", "HarmonyOS", "HarmonyOS", "OpenHarmony", "HarmonyOS", "Android", "Android",
		"Windows", "Windows", "Mac OS X", "macOS", "Linux", "Linux")
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " · " + system
}
