package api

import (
	"errors"
	"math/big"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// wholeNumbers is the option of decode that reads a whole number however it is
// written: to JSON Schema, by which we describe it, 5, 5.0 and 50e-1 are one.
var wholeNumbers = json.WithUnmarshalers(json.JoinUnmarshalers(
	json.UnmarshalFromFunc(readWhole[int]), json.UnmarshalFromFunc(readWhole[int64])))

func readWhole[N int | int64](decoder *jsontext.Decoder, n *N) error {
	if decoder.PeekKind() != '0' {
		return errors.ErrUnsupported // null and what is no number are read as ever
	}
	value, err := decoder.ReadValue()
	if err != nil {
		return err
	}
	whole, ok := parseWhole(value.String())
	if !ok {
		return strconv.ErrRange
	}
	*n = N(whole)
	return nil
}

// parseWhole reports whether a number of JSON is a whole one of 64 bits. It is
// exact: enough bits tell the longest fraction from none.
func parseWhole(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	number, _, err := big.ParseFloat(text, 10, uint(64+4*len(text)), big.ToNearestEven)
	if err != nil {
		return 0, false
	}
	n, accuracy := number.Int64()
	return n, accuracy == big.Exact
}
