package shared_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/cirruslink/chariot-license/"

// layers, from the lowest. A package imports lower layers, or its own if siblings
// is set.
var layers = []struct {
	name     string
	packages []string
	siblings bool
	// foreign says whether modules other than this and the standard library count.
	foreign bool
}{
	{"rules", []string{"shared/crockford", "shared/license", "shared/certificate", "shared/catalog"}, true, false},
	{"use", []string{"shared/activation", "shared/support"}, true, false},
	{"technology", []string{"shared/dynamo", "shared/kms", "shared/api", "shared/awsenv"}, false, true},
	{"client", []string{"shared/chariot"}, false, false},
}

// layerOf returns the layer of a package of this module; -1 if it is in none.
func layerOf(name string) int {
	return slices.IndexFunc(layers, func(l struct {
		name     string
		packages []string
		siblings bool
		foreign  bool
	}) bool {
		return slices.ContainsFunc(l.packages, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
	})
}

// imports calls visit for each import of each file that is no test.
func imports(t *testing.T, visit func(pkg, imported string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			visit(path.Dir(strings.TrimPrefix(filepath.ToSlash(file), "../")), imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fault says what is wrong with an import; empty if nothing is.
func fault(pkg, imported string) string {
	own, ours := strings.CutPrefix(imported, module)
	standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
	from := layerOf(pkg)
	switch {
	case strings.HasPrefix(imported, "github.com/aws/aws-cdk-go") && pkg != "infra":
		return "only infra imports the CDK"
	case ours && strings.HasPrefix(own, "infra/") && !strings.HasPrefix(pkg, "infra"):
		return "nothing imports tools or the local stack"
	case ours && own == "shared/licensetest" && from >= 0, ours && own == "shared/licensetest" && strings.HasPrefix(pkg, "functions/"):
		return "help for tests is no part of the product"
	case from < 0 || standard:
		return ""
	case !ours && !layers[from].foreign:
		return layers[from].name + " does without other modules"
	case !ours:
		return ""
	}
	to := layerOf(own)
	switch {
	case to < 0:
		return "the package is on no layer"
	case layers[from].name == "client" && to != 0:
		return "the client knows the rules alone"
	case to > from || to == from && !layers[from].siblings:
		return layers[from].name + " does not import " + layers[to].name
	}
	return ""
}

func TestImportsPointOneWay(t *testing.T) {
	n := 0
	imports(t, func(pkg, imported string) {
		n++
		if what := fault(pkg, imported); what != "" {
			t.Errorf("%s imports %s: %s", pkg, imported, what)
		}
	})
	if n < 100 {
		t.Errorf("only %d imports were looked at", n)
	}
}

// Rules are pure: no clock, no chance, no I/O.
func TestRulesArePure(t *testing.T) {
	imports(t, func(pkg, imported string) {
		impure := []string{"os", "net", "net/http", "io/fs", "crypto/rand", "math/rand", "math/rand/v2", "context", "database/sql", "os/exec"}
		if layerOf(pkg) == 0 && slices.Contains(impure, imported) {
			t.Errorf("%s imports %s", pkg, imported)
		}
	})
	clock := regexp.MustCompile(`time\.(Now|Since|Until|Sleep|After)\(`)
	for _, pkg := range layers[0].packages {
		files, err := filepath.Glob("../" + pkg + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if text, err := os.ReadFile(file); !strings.HasSuffix(file, "_test.go") && (err != nil || clock.Match(text)) {
				t.Errorf("%s reads the clock (%v)", file, err)
			}
		}
	}
}

// A test that cannot fail is a defect: these imports are wrong.
func TestFaultsAreFound(t *testing.T) {
	for _, wrong := range [][2]string{
		{"shared/license", module + "shared/dynamo"},
		{"shared/license", module + "shared/activation"},
		{"shared/license", "github.com/aws/aws-sdk-go-v2/aws"},
		{"shared/activation", module + "shared/api"},
		{"shared/dynamo", module + "shared/kms"},
		{"shared/api", module + "infra/routes"},
		{"shared/chariot", module + "shared/support"},
		{"shared/api", module + "shared/licensetest"},
		{"functions/keys", module + "shared/licensetest"},
		{"functions/keys", module + "infra/local/kms"},
		{"infra/local", "github.com/aws/aws-cdk-go/awscdk/v2"},
	} {
		if fault(wrong[0], wrong[1]) == "" {
			t.Errorf("%s may import %s", wrong[0], wrong[1])
		}
	}
}

// The map in doc.go names every package, and only those.
func TestMap(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, match := range regexp.MustCompile(`(?m)^//\t(\w+) `).FindAllStringSubmatch(string(text), -1) {
		named = append(named, match[1])
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, entry := range entries {
		if entry.IsDir() {
			there = append(there, entry.Name())
		}
	}
	slices.Sort(named)
	if !slices.Equal(named, there) {
		t.Errorf("doc.go names %v, and there are %v", named, there)
	}
}

// A function's main is a list that one reads once.
func TestMainsAreShort(t *testing.T) {
	files, err := filepath.Glob("../functions/*/main.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if lines := strings.Count(string(text), "\n"); err != nil || lines >= 40 {
			t.Errorf("%s has %d lines, %v", file, lines, err)
		}
	}
}
