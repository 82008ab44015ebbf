package api

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decode reads a JSON object into the struct that in points to. It refuses with
// *FieldError what is not JSON in UTF-8, a member of the wrong type, and a
// member that in has and the body has twice. Member names count letter case.
// strict refuses members that in does not have.
//
// Of what is ignored, only the syntax counts: RFC 8259 allows a name twice, so
// that is refused only where it is read.
func decode(body []byte, in any, strict bool) error {
	if jsontext.Value(body).Kind() != '{' && jsontext.Value(body).IsValid() {
		return &FieldError{Detail: "The body must be a JSON object."}
	}
	err := json.Unmarshal(body, in, json.RejectUnknownMembers(strict), jsontext.AllowDuplicateNames(true), wholeNumbers)
	if err != nil {
		return fieldError(err, reflect.TypeOf(in).Elem())
	}
	return duplicates(body, reflect.TypeOf(in).Elem(), "")
}

// duplicates refuses a member of the struct type t that an object has twice, in
// the objects of its members too.
func duplicates(object jsontext.Value, t reflect.Type, at string) error {
	if object.Kind() != '{' {
		return nil // null
	}
	decoder := jsontext.NewDecoder(strings.NewReader(string(object)), jsontext.AllowDuplicateNames(true))
	decoder.ReadToken() // it was valid a moment ago, as are all below
	seen := map[string]bool{}
	for decoder.PeekKind() == '"' {
		token, _ := decoder.ReadToken()
		name := token.String()
		value, err := decoder.ReadValue()
		if err != nil {
			return fieldError(err, t)
		}
		member, known := memberType(t, name)
		if !known {
			continue
		}
		if seen[name] {
			return &FieldError{Pointer: at + "/" + name, Detail: "It is there twice; send it once."}
		}
		seen[name] = true
		if err := duplicatesIn(value, member, at+"/"+name); err != nil {
			return err
		}
	}
	return nil
}

// duplicatesIn looks into a member that is an object, or an array of them.
func duplicatesIn(value jsontext.Value, t reflect.Type, at string) error {
	switch {
	case t.Kind() == reflect.Struct:
		return duplicates(value, t, at)
	case t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Struct || value.Kind() != '[':
		return nil
	}
	decoder := jsontext.NewDecoder(strings.NewReader(string(value)), jsontext.AllowDuplicateNames(true))
	decoder.ReadToken()
	for i := 0; decoder.PeekKind() != ']'; i++ {
		element, err := decoder.ReadValue()
		if err != nil {
			return nil // it was valid a moment ago
		}
		if err := duplicates(element, t.Elem(), fmt.Sprint(at, "/", i)); err != nil {
			return err
		}
	}
	return nil
}

// memberType finds the field of a struct type by its JSON name.
func memberType(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct {
		return nil, false
	}
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if tag == name {
			return t.Field(i).Type, true
		}
	}
	return nil, false
}

// fieldError says where a body is wrong, and never what it holds there: of a
// pointer, it repeats only the names that the struct type t has.
func fieldError(err error, t reflect.Type) *FieldError {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		return &FieldError{Pointer: known(t, semantic.JSONPointer), Detail: "It has a member that does not exist there; check the spelling of each."}
	case errors.As(err, &semantic):
		return &FieldError{Pointer: known(t, semantic.JSONPointer), Detail: "It must be " + expected(semantic.GoType) + "."}
	case errors.As(err, &syntactic):
		return &FieldError{Pointer: known(t, syntactic.JSONPointer), Detail: "The body is not JSON in UTF-8 from here on."}
	}
	return &FieldError{Detail: "The body is not a JSON object."}
}

// known is the part of a pointer that leads through members of a struct type.
func known(t reflect.Type, pointer jsontext.Pointer) (prefix string) {
	for token := range pointer.Tokens() {
		if t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 {
			t = t.Elem()
		} else if member, ok := memberType(t, token); ok {
			t = member
		} else {
			break
		}
		prefix += "/" + token
	}
	return prefix
}

// expected names the JSON that a Go type is read from.
func expected(t reflect.Type) string {
	if t == nil {
		return "something else"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return expected(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "an array"
	case reflect.Struct:
		if t.String() == "time.Time" {
			return "a time such as 2027-11-23T00:00:00Z"
		}
		return "an object"
	}
	return "something else"
}
