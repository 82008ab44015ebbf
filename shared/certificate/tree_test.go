package certificate

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A tree is an object of a payload, of which every member can be wrong.
type tree struct{ members []branch }

// A branch is a member: its value is a *tree, a []any of trees and texts, or the
// JSON text of something else.
type branch struct {
	name  string
	value any
}

// graft changes the payload as a tree. One that another spoiling has left no
// object stays as it is.
func (f *forgery) graft(change func(*tree)) {
	if !json.Valid([]byte(f.payload)) {
		return
	}
	d := json.NewDecoder(strings.NewReader(f.payload))
	d.UseNumber()
	if t, ok := growValue(d).(*tree); ok {
		change(t)
		f.payload = text(t)
	}
}

func growValue(d *json.Decoder) any {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch token {
	case json.Delim('{'):
		t := &tree{}
		for d.More() {
			name, _ := d.Token()
			t.members = append(t.members, branch{name.(string), growValue(d)})
		}
		_, _ = d.Token()
		return t
	case json.Delim('['):
		list := []any{}
		for d.More() {
			list = append(list, growValue(d))
		}
		_, _ = d.Token()
		return list
	}
	return string(encode(token))
}

// text writes a value as JSON, whatever is wrong with it.
func text(value any) string {
	switch v := value.(type) {
	case *tree:
		members := []string{}
		for _, m := range v.members {
			members = append(members, `"`+m.name+`":`+text(m.value))
		}
		return "{" + strings.Join(members, ",") + "}"
	case []any:
		entries := []string{}
		for _, entry := range v {
			entries = append(entries, text(entry))
		}
		return "[" + strings.Join(entries, ",") + "]"
	}
	return fmt.Sprint(value)
}

// trees are the object and all objects in it.
func (t *tree) trees() []*tree {
	all := []*tree{t}
	for _, m := range t.members {
		if list, ok := m.value.([]any); ok {
			for _, entry := range list {
				if inner, ok := entry.(*tree); ok {
					all = append(all, inner.trees()...)
				}
			}
		}
	}
	return all
}

// any is the object or one in it; each level as likely as the other.
func (t *tree) any(r *rand.Rand) *tree {
	all := t.trees()
	if r.IntN(2) == 0 {
		return t
	}
	return all[r.IntN(len(all))]
}

// set gives a member another value, or makes one.
func (t *tree) set(name string, value any) {
	for i := range t.members {
		if t.members[i].name == name {
			t.members[i].value = value
			return
		}
	}
	t.members = append(t.members, branch{name, value})
}

// find returns the first object in which a member has a value.
func (t *tree) find(name, value string) *tree {
	for _, inner := range t.trees() {
		for _, m := range inner.members {
			if m.name == name && m.value == value {
				return inner
			}
		}
	}
	return nil
}
