package dynamo

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Values and their readers. An absent attribute reads as the zero value; a zero
// value is not written, so that items stay small.

func text(v string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: v} }
func binary(v []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: v} }
func number(v int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(v, 10)}
}
func list(v []types.AttributeValue) types.AttributeValue {
	return &types.AttributeValueMemberL{Value: v}
}

// with sets the attributes that are not zero.
func (w writer) text(name, v string) writer {
	if v != "" {
		w[name] = text(v)
	}
	return w
}

func (w writer) binary(name string, v []byte) writer {
	if len(v) > 0 {
		w[name] = binary(v)
	}
	return w
}

func (w writer) number(name string, v int64) writer {
	if v != 0 {
		w[name] = number(v)
	}
	return w
}

func (w writer) time(name string, v time.Time) writer {
	if !v.IsZero() {
		w[name] = number(v.Unix())
	}
	return w
}

func (w writer) texts(name string, v []string) writer {
	if len(v) > 0 {
		values := make([]types.AttributeValue, len(v))
		for i := range v {
			values[i] = text(v[i])
		}
		w[name] = list(values)
	}
	return w
}

// writer fills an item; reader reads one.
type (
	writer item
	reader item
)

func (r reader) text(name string) string {
	if v, ok := r[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func (r reader) binary(name string) []byte {
	if v, ok := r[name].(*types.AttributeValueMemberB); ok {
		return v.Value
	}
	return nil
}

func (r reader) number(name string) int64 {
	if v, ok := r[name].(*types.AttributeValueMemberN); ok {
		n, _ := strconv.ParseInt(v.Value, 10, 64) // we wrote it
		return n
	}
	return 0
}

func (r reader) time(name string) time.Time {
	if r[name] == nil {
		return time.Time{}
	}
	return time.Unix(r.number(name), 0).UTC()
}

func (r reader) list(name string) []types.AttributeValue {
	if v, ok := r[name].(*types.AttributeValueMemberL); ok {
		return v.Value
	}
	return nil
}

func (r reader) texts(name string) (out []string) {
	for _, v := range r.list(name) {
		if s, ok := v.(*types.AttributeValueMemberS); ok {
			out = append(out, s.Value)
		}
	}
	return out
}
