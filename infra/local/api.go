package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cirruslink/chariot-license/shared/api"
)

// swaggerUI is where npm puts what draws the page of the API.
const swaggerUI = "infra/node_modules/swagger-ui-dist"

var (
	//go:embed api.html
	apiTemplate string
	//go:embed api.js
	apiStart string
)

// An operation is one line of the page for readers without JavaScript.
type operation struct{ Method, Path, Summary string }

// apiPage is the API's description as one HTML page. It holds all that it needs,
// and its policy lets it load nothing from elsewhere, so it can be mailed.
func apiPage() ([]byte, error) {
	library, err := os.ReadFile(filepath.Join(swaggerUI, "swagger-ui-bundle.js"))
	if err != nil {
		return nil, fmt.Errorf("what draws the page is missing: run make, which installs it: %w", err)
	}
	style, err := os.ReadFile(filepath.Join(swaggerUI, "swagger-ui.css"))
	if err != nil {
		return nil, err
	}
	var description bytes.Buffer
	json.HTMLEscape(&description, api.OpenAPI()) // no text of it ends the script that it stands in
	title, operations, err := outline(api.OpenAPI())
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	err = template.Must(template.New("api").Parse(apiTemplate)).Execute(&page, map[string]any{
		"Title": title, "Operations": operations,
		"Scripts":     template.HTMLAttr(hashes(string(library), apiStart)),
		"Style":       template.CSS(style),
		"Description": template.JS(description.String()),
		"Library":     template.JS(library),
		"Start":       template.JS(apiStart),
	})
	return page.Bytes(), err
}

// hashes names scripts to a content security policy.
func hashes(scripts ...string) string {
	var all []string
	for _, script := range scripts {
		digest := sha256.Sum256([]byte(script))
		all = append(all, "'sha256-"+base64.StdEncoding.EncodeToString(digest[:])+"'")
	}
	return strings.Join(all, " ")
}

// outline is the title of a description and its operations, by their paths.
func outline(document []byte) (title string, all []operation, err error) {
	var description struct {
		Info  struct{ Title string }
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(document, &description); err != nil {
		return "", nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(description.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(description.Paths[path])) {
			if method == "parameters" {
				continue
			}
			o := operation{Method: strings.ToUpper(method), Path: path}
			if err := json.Unmarshal(description.Paths[path][method], &o); err != nil {
				return "", nil, err
			}
			all = append(all, o)
		}
	}
	return description.Info.Title, all, nil
}

// withAPIPage answers GET /local/api, which AWS does not have: the API's
// description for people.
func withAPIPage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.RequestURI != "/local/api" {
			next.ServeHTTP(w, r)
			return
		}
		page, err := apiPage()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page) // a client that is gone is nobody to tell
	})
}

// writeAPIPage prints the page.
func writeAPIPage() error {
	page, err := apiPage()
	if err == nil {
		_, err = os.Stdout.Write(page)
	}
	return err
}
