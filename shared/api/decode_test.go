package api

import (
	"fmt"
	"strings"
	"testing"
)

const (
	notJSON   = "The body is not JSON in UTF-8 from here on."
	notObject = "The body must be a JSON object."
	noMember  = "It has a member that does not exist there; check the spelling of each."
	twice     = "It is there twice; send it once."
)

func nested(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

// What a machine may send, and what not. A nil error means that it was read.
func TestDecode(t *testing.T) {
	const aTime = "It must be a time such as 2027-11-23T00:00:00Z."
	tests := []struct {
		name, body string
		want       error
	}{
		{"nothing in it", `{}`, nil},
		{"white space around", " \r\n\t{} ", nil},
		{"all members", `{"licenseKey":"k","fingerprint":"f","sequence":1,"machine":{"hostname":"h","chariotVersion":"v"}}`, nil},
		{"an unknown member", `{"more":1}`, nil},
		{"an unknown member, 7,000 levels deep", `{"more":` + nested(7000) + `}`, nil},
		{"an unknown member with a huge number", `{"more":1e999999,"most":` + strings.Repeat("9", 5000) + `}`, nil},
		{"an unknown member twice", `{"more":1,"more":{"a":1,"a":2}}`, nil},
		{"an unknown member inside another", `{"machine":{"os":"x","os":"y"}}`, nil},
		{"a name in other letters is another name", `{"LicenseKey":5,"LICENSEKEY":[],"licensekey":{}}`, nil},
		{"null members", `{"licenseKey":null,"fingerprint":null,"sequence":null,"machine":null}`, nil},
		{"minus zero", `{"sequence":-0}`, nil},
		{"a sequence with an exponent", `{"sequence":123456789e1}`, nil},
		{"escapes in a name", `{"m\u0061chine":{"hostname":"h"}}`, nil},
		{"a pair of surrogates", `{"licenseKey":"\ud83d\ude00"}`, nil},

		{"nothing", ``, &FieldError{Detail: notJSON}},
		{"white space", ` `, &FieldError{Detail: notJSON}},
		{"null", `null`, &FieldError{Detail: notObject}},
		{"an array", `[]`, &FieldError{Detail: notObject}},
		{"text", `"x"`, &FieldError{Detail: notObject}},
		{"a number", `5`, &FieldError{Detail: notObject}},
		{"7,000 levels deep", nested(7000), &FieldError{Detail: notObject}},
		{"7,000 levels, not closed", strings.Repeat("[", 7000), &FieldError{Detail: "It must be an object."}},
		{"half an object", `{"licenseKey":`, &FieldError{Pointer: "/licenseKey", Detail: notJSON}},
		{"a comma at the end", `{"licenseKey":"k",}`, &FieldError{Detail: notJSON}},
		{"apostrophes", `{'licenseKey':'k'}`, &FieldError{Detail: notJSON}},
		{"a comment", `{/**/}`, &FieldError{Detail: notJSON}},
		{"more behind it", `{} x`, &FieldError{Detail: notJSON}},
		{"a second object", `{}{}`, &FieldError{Detail: notJSON}},
		{"a byte order mark", "\ufeff{}", &FieldError{Detail: notJSON}},
		{"a NUL behind it", "{}\x00", &FieldError{Detail: notJSON}},
		{"a raw NUL in a text", "{\"licenseKey\":\"\x00\"}", &FieldError{Pointer: "/licenseKey", Detail: notJSON}},
		{"no UTF-8 in a text", "{\"licenseKey\":\"CANARY\xff\"}", &FieldError{Pointer: "/licenseKey", Detail: notJSON}},
		{"no UTF-8 in an unknown member", "{\"CANARY\":\"\xff\"}", &FieldError{Detail: notJSON}},
		{"no UTF-8 in a name", "{\"CANARY\xff\":1}", &FieldError{Detail: notJSON}},
		{"a surrogate in UTF-8", "{\"licenseKey\":\"\xed\xa0\x80\"}", &FieldError{Pointer: "/licenseKey", Detail: notJSON}},
		{"a lone surrogate", `{"licenseKey":"\ud800"}`, &FieldError{Pointer: "/licenseKey", Detail: notJSON}},
		{"a lone surrogate in an unknown member", `{"CANARY":"\udead"}`, &FieldError{Detail: notJSON}},
		{"NaN", `{"sequence":NaN}`, &FieldError{Pointer: "/sequence", Detail: notJSON}},
		{"a syntax error deep in an unknown member", `{"CANARY":{"CANARY":[1,tru]}}`, &FieldError{Detail: notJSON}},
		{"a syntax error under a name that is known there only", `{"CANARY":{"machine":{"hostname":tru}}}`, &FieldError{Detail: notJSON}},

		{"a key that is a number", `{"licenseKey":123456789}`, &FieldError{Pointer: "/licenseKey", Detail: "It must be a string."}},
		{"a key that is an object", `{"licenseKey":{"CANARY":1}}`, &FieldError{Pointer: "/licenseKey", Detail: "It must be a string."}},
		{"a key 7,000 levels deep", `{"licenseKey":` + nested(7000) + `}`, &FieldError{Pointer: "/licenseKey", Detail: "It must be a string."}},
		{"a fingerprint that is a truth", `{"fingerprint":true}`, &FieldError{Pointer: "/fingerprint", Detail: "It must be a string."}},
		{"a machine that is text", `{"machine":"CANARY"}`, &FieldError{Pointer: "/machine", Detail: "It must be an object."}},
		{"a machine that is an array", `{"machine":[{"CANARY":1}]}`, &FieldError{Pointer: "/machine", Detail: "It must be an object."}},
		{"a host name that is an array", `{"machine":{"hostname":["CANARY"]}}`, &FieldError{Pointer: "/machine/hostname", Detail: "It must be a string."}},
		{"a sequence that is text", `{"sequence":"123456789"}`, &FieldError{Pointer: "/sequence", Detail: "It must be a whole number."}},
		{"a sequence with a fraction", `{"sequence":123456789.5}`, &FieldError{Pointer: "/sequence", Detail: "It must be a whole number."}},
		{"one more than the highest sequence", `{"sequence":9223372036854775808}`, &FieldError{Pointer: "/sequence", Detail: "It must be a whole number."}},
		{"a huge sequence", `{"sequence":` + strings.Repeat("9", 5000) + `}`, &FieldError{Pointer: "/sequence", Detail: "It must be a whole number."}},
		{"an endless sequence", `{"sequence":1e999999}`, &FieldError{Pointer: "/sequence", Detail: "It must be a whole number."}},

		{"a key twice", `{"licenseKey":"CANARY","licenseKey":"CANARY"}`, &FieldError{Pointer: "/licenseKey", Detail: twice}},
		{"a key twice, once null", `{"licenseKey":null,"licenseKey":"CANARY"}`, &FieldError{Pointer: "/licenseKey", Detail: twice}},
		{"a key twice, once in escapes", `{"license\u004bey":"a","licenseKey":"b"}`, &FieldError{Pointer: "/licenseKey", Detail: twice}},
		{"a machine twice", `{"machine":{},"more":1,"machine":{}}`, &FieldError{Pointer: "/machine", Detail: twice}},
		{"a host name twice", `{"machine":{"hostname":"CANARY","hostname":"CANARY"}}`, &FieldError{Pointer: "/machine/hostname", Detail: twice}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { decodes(t, tt.body, new(activateBody), false, tt.want) })
	}

	strict := []struct {
		name, body string
		want       error
	}{
		{"all members", `{"deployment":"online","seats":5,"features":[{"name":"a","until":null},{"name":"b","until":"2027-11-23T00:00:00Z"}],"contactEmail":"e","expires":null,"reference":"r","note":"n","send":false,"enforce":"warn","graceDays":1,"contactDays":2}`, nil},
		{"null members", `{"seats":null,"features":null,"send":null,"expires":null}`, nil},
		{"seats with a fraction of nothing", `{"seats":5.0}`, nil},
		{"an unknown member", `{"CANARY":1}`, &FieldError{Detail: noMember}},
		{"a name in other letters", `{"Seats":5}`, &FieldError{Detail: noMember}},
		{"an unknown member of a feature", `{"features":[{"name":"a"},{"name":"b","CANARY":1}]}`, &FieldError{Pointer: "/features/1", Detail: noMember}},
		{"metered is not for support to say", `{"features":[{"name":"a","metered":true}]}`, &FieldError{Pointer: "/features/0", Detail: noMember}},
		{"a member of a feature twice", `{"features":[{"name":"a"},{"name":"b","name":"c"}]}`, &FieldError{Pointer: "/features/1/name", Detail: twice}},
		{"a member twice", `{"seats":1,"seats":1}`, &FieldError{Pointer: "/seats", Detail: twice}},
		{"features that are an object", `{"features":{}}`, &FieldError{Pointer: "/features", Detail: "It must be an array."}},
		{"a feature that is text", `{"features":[{"name":"a"},"CANARY"]}`, &FieldError{Pointer: "/features/1", Detail: "It must be an object."}},
		{"the end of a feature that is no time", `{"features":[{"name":"a","until":"CANARY"}]}`, &FieldError{Pointer: "/features/0/until", Detail: aTime}},
		{"a time without a zone", `{"expires":"2027-11-23T00:00:00"}`, &FieldError{Pointer: "/expires", Detail: aTime}},
		{"a date", `{"expires":"2027-11-23"}`, &FieldError{Pointer: "/expires", Detail: aTime}},
		{"a 30th of February", `{"expires":"2027-02-30T00:00:00Z"}`, &FieldError{Pointer: "/expires", Detail: aTime}},
		{"a leap second", `{"expires":"2027-06-30T23:59:60Z"}`, &FieldError{Pointer: "/expires", Detail: aTime}},
		{"a time that is a number", `{"expires":1795507200}`, &FieldError{Pointer: "/expires", Detail: aTime}},
		{"a truth that is text", `{"send":"true"}`, &FieldError{Pointer: "/send", Detail: "It must be true or false."}},
		{"seats that are text", `{"seats":"5"}`, &FieldError{Pointer: "/seats", Detail: "It must be a whole number."}},
		{"seats with a fraction", `{"seats":5.5}`, &FieldError{Pointer: "/seats", Detail: "It must be a whole number."}},
	}
	for _, tt := range strict {
		t.Run("support, "+tt.name, func(t *testing.T) { decodes(t, tt.body, new(issueBody), true, tt.want) })
	}

	amend := []struct {
		name, body string
		want       error
	}{
		{"an end of any kind is looked at later", `{"expires":{"a":[5]}}`, nil},
		{"a syntax error in the end", `{"expires":{"CANARY":tru}}`, &FieldError{Pointer: "/expires", Detail: notJSON}},
		{"a feature to remove that is a number", `{"removeFeatures":["a",5]}`, &FieldError{Pointer: "/removeFeatures/1", Detail: "It must be a string."}},
		{"an addition twice", `{"addFeatures":[{"until":null,"until":null}]}`, &FieldError{Pointer: "/addFeatures/0/until", Detail: twice}},
		{"a null among the additions", `{"addFeatures":[null,{"name":"a","name":"b"}]}`, &FieldError{Pointer: "/addFeatures/1/name", Detail: twice}},
	}
	for _, tt := range amend {
		t.Run("change, "+tt.name, func(t *testing.T) { decodes(t, tt.body, new(amendBody), true, tt.want) })
	}
}

// decodes reads a body, and compares the refusal whole.
func decodes(t *testing.T, body string, in any, strict bool, want error) {
	t.Helper()
	err := decode([]byte(body), in, strict)
	if !sameError(err, want) {
		t.Fatalf("decode(%.200q) = %+v, want %+v", body, err, want)
	}
	if said := fmt.Sprintf("%+v %#v", err, err); strings.Contains(said, "CANARY") || strings.Contains(said, "123456789") {
		t.Errorf("decode(%.200q) tells what it holds: %s", body, said)
	}
}
