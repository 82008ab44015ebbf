package certificate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// A reader takes the members of one JSON object apart. It is stricter than
// encoding/json, which takes "LicenseID" for "licenseId", the last of two members
// with one name, and null for absent. The first fault is kept; the caller asks
// err once at the end. What is read after a fault has no meaning.
type reader struct {
	members map[string]any
	fault   *error // shared by the readers of one payload
}

// maxDepth bounds how deep a payload may nest.
const maxDepth = 16

// parsePayload reads a JSON object. Names must be unique at every depth, and no
// text in it may need an escape: so a name has only one spelling. It refuses
// with ErrPayload.
func parsePayload(payload []byte) (*reader, error) {
	needsEscape := func(r rune) bool { return r < ' ' || r == '\\' }
	if !utf8.Valid(payload) || bytes.ContainsFunc(payload, needsEscape) || !json.Valid(payload) {
		return nil, fmt.Errorf("%w: not JSON in UTF-8 without escapes", ErrPayload)
	}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	value, err := decodeValue(decoder, 1)
	if err != nil {
		return nil, err
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: not an object", ErrPayload)
	}
	return &reader{members, new(error)}, nil
}

// decodeValue reads the next value of text that is known to be JSON.
func decodeValue(decoder *json.Decoder, depth int) (any, error) {
	token, _ := decoder.Token()
	delim, nested := token.(json.Delim)
	switch {
	case !nested:
		return token, nil
	case depth > maxDepth:
		return nil, fmt.Errorf("%w: nested deeper than %d", ErrPayload, maxDepth)
	case delim == '[':
		return decodeArray(decoder, depth)
	}
	return decodeObject(decoder, depth)
}

func decodeArray(decoder *json.Decoder, depth int) (any, error) {
	values := []any{}
	for decoder.More() {
		value, err := decodeValue(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	decoder.Token() // the closing bracket
	return values, nil
}

func decodeObject(decoder *json.Decoder, depth int) (any, error) {
	members := map[string]any{}
	for decoder.More() {
		token, _ := decoder.Token()
		name := token.(string)
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("%w: two members are called %q", ErrPayload, name)
		}
		value, err := decodeValue(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		members[name] = value
	}
	decoder.Token() // the closing brace
	return members, nil
}

func (r *reader) err() error { return *r.fault }

// refuse keeps the first fault.
func (r *reader) refuse(what string) {
	if *r.fault == nil {
		*r.fault = fmt.Errorf("%w: %s", ErrPayload, what)
	}
}

// member returns the value of a name, which must be a T where it is present.
func member[T any](r *reader, name string) (value T, present bool) {
	raw, present := r.members[name]
	value, ok := raw.(T)
	if present && !ok {
		r.refuse(name)
	}
	return value, present && ok
}

func (r *reader) require(name string) {
	if _, present := r.members[name]; !present {
		r.refuse(name + " is missing")
	}
}

// text reads a required text. No text of ours is ever empty.
func (r *reader) text(name string) string {
	r.require(name)
	return r.optionalText(name)
}

func (r *reader) optionalText(name string) string {
	text, present := member[string](r, name)
	if present && text == "" {
		r.refuse(name)
	}
	return text
}

func (r *reader) number(name string) int64 {
	r.require(name)
	return r.optionalNumber(name)
}

// optionalNumber reads a whole number from 0 to 2^63-1, written in digits alone.
func (r *reader) optionalNumber(name string) int64 {
	digits, present := member[json.Number](r, name)
	if !present {
		return 0
	}
	number, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || strconv.FormatInt(number, 10) != string(digits) || number < 0 {
		r.refuse(name)
	}
	return number
}

func (r *reader) optionalFlag(name string) bool {
	flag, _ := member[bool](r, name)
	return flag
}

func (r *reader) time(name string) time.Time {
	r.require(name)
	return r.optionalTime(name)
}

// optionalTime reads a time in the one form that we write: UTC, whole seconds.
func (r *reader) optionalTime(name string) time.Time {
	const form = "2006-01-02T15:04:05Z"
	text, present := member[string](r, name)
	if !present {
		return time.Time{}
	}
	t, err := time.Parse(form, text)
	// Formatting it again catches the fractions that time.Parse lets pass.
	if err != nil || t.Format(form) != text || t.Year() < 1970 {
		r.refuse(name)
	}
	return t
}

// texts reads a required list of texts.
func (r *reader) texts(name string) []string {
	texts := list[string](r, name)
	if slices.Contains(texts, "") {
		r.refuse(name)
	}
	return texts
}

// objects reads a required list of objects.
func (r *reader) objects(name string) []*reader {
	var readers []*reader
	for _, members := range list[map[string]any](r, name) {
		readers = append(readers, &reader{members, r.fault})
	}
	return readers
}

func list[T any](r *reader, name string) (values []T) {
	r.require(name)
	raw, _ := member[[]any](r, name)
	for _, entry := range raw {
		value, ok := entry.(T)
		if !ok {
			r.refuse(name)
		}
		values = append(values, value)
	}
	return values
}
