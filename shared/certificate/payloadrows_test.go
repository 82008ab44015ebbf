package certificate

// payloadRows are well signed, but no payload: the signer is broken.
func payloadRows() []row {
	swap := func(old, new string) func(*draft) {
		return func(d *draft) { d.cert.swap(old, new) }
	}
	whole := func(payload string) func(*draft) {
		return func(d *draft) { d.cert.payload = payload }
	}
	return []row{
		{"payload is no JSON", "payload", whole("hello")},
		{"payload is an array", "payload", whole("[]")},
		{"payload is null", "payload", whole("null")},
		{"payload is an empty object", "payload", whole("{}")},
		{"payload is cut off", "payload", func(d *draft) { d.cert.payload = d.cert.payload[:100] }},
		{"something after the payload", "payload", func(d *draft) { d.cert.payload += "{}" }},
		{"payload with a byte order mark", "payload", func(d *draft) { d.cert.payload = "\ufeff" + d.cert.payload }},
		{"payload is not UTF-8", "payload", swap(`"revision"`, "\"plant\":\"K\xf6ln\",\"revision\"")},
		{"line break in the payload", "payload", swap(`,"revision"`, ",\n\"revision\"")},
		{"tab in the payload", "payload", swap(`,"revision"`, ",\t\"revision\"")},
		{"escape in a name", "payload", swap(`"revision"`, `"r\u0065vision"`)},
		{"escape in an unknown member", "payload", swap(`"revision"`, `"plant":"a\"b","revision"`)},
		{"trailing comma", "payload", swap(`"enforce":"warn"`, `"enforce":"warn",`)},
		{"comment", "payload", swap(`,"revision"`, `,/**/"revision"`)},
		{"duplicate member", "payload", swap(`"revision":3`, `"revision":3,"revision":3`)},
		{"duplicate fingerprint", "payload", swap(`"fingerprint"`, `"fingerprint":"`+string(otherPlant)+`","fingerprint"`)},
		{"duplicate unknown member", "payload", swap(`"revision"`, `"a":1,"a":1,"revision"`)},
		{"duplicate name in a feature", "payload", swap(`{"name"`, `{"name":"a","name"`)},
		{"duplicate deep in an unknown member", "payload", swap(`"revision"`, `"more":[{"a":{"b":1,"c":2,"b":3}}],"revision"`)},
		{"nested 17 deep", "payload", swap(`"revision"`, `"more":`+nested(16)+`,"revision"`)},
		{"arrays nested 17 deep", "payload", swap(`"revision"`, `"more":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]],"revision"`)},
	}
}

// memberRows are well signed, but a member is not of its form.
func memberRows() []row {
	swap := func(old, new string) func(*draft) {
		return func(d *draft) { d.cert.swap(old, new) }
	}
	const at = `"issuedAt":"2026-03-01T12:00:00Z"`
	rows := []row{
		{"wrong case of licenseId", "payload", swap(`"licenseId"`, `"licenseID"`)},
		{"wrong case of revision", "payload", swap(`"revision"`, `"Revision"`)},
		{"licenseId null", "payload", swap(`"licenseId":`, `"licenseId":null,"old":`)},
		{"licenseId empty", "payload", swap(`"licenseId":`, `"licenseId":"","old":`)},
		{"fingerprint a number", "payload", swap(`"fingerprint":`, `"fingerprint":1,"old":`)},
		{"features null", "payload", swap(`"features":`, `"features":null,"old":`)},
		{"features an object", "payload", swap(`"features":`, `"features":{},"old":`)},
		{"feature a text", "payload", swap(`"features":`, `"features":["mqtt-server"],"old":`)},
		{"feature without a name", "payload", swap(`{"name"`, `{"Name"`)},
		{"feature with until null", "payload", swap(`{"name"`, `{"until":null,"name"`)},
		{"feature with metered a text", "payload", swap(`{"name"`, `{"metered":"true","name"`)},
		{"revision a text", "payload", swap(`"revision":3`, `"revision":"3"`)},
		{"revision with a fraction", "payload", swap(`"revision":3`, `"revision":3.0`)},
		{"revision with an exponent", "payload", swap(`"revision":3`, `"revision":3e0`)},
		{"revision negative", "payload", swap(`"revision":3`, `"revision":-3`)},
		{"revision minus zero", "payload", swap(`"revision":3`, `"revision":-0`)},
		{"revision 2^63", "payload", swap(`"revision":3`, `"revision":9223372036854775808`)},
		{"issuedAt with a fraction", "payload", swap(at, `"issuedAt":"2026-03-01T12:00:00.5Z"`)},
		{"issuedAt with an offset", "payload", swap(at, `"issuedAt":"2026-03-01T12:00:00+00:00"`)},
		{"issuedAt in small letters", "payload", swap(at, `"issuedAt":"2026-03-01t12:00:00z"`)},
		{"issuedAt with a space", "payload", swap(at, `"issuedAt":"2026-03-01 12:00:00Z"`)},
		{"issuedAt with a short hour", "payload", swap(at, `"issuedAt":"2026-03-01T2:00:00Z"`)},
		{"issuedAt at 24 hours", "payload", swap(at, `"issuedAt":"2026-03-01T24:00:00Z"`)},
		{"issuedAt in a leap second", "payload", swap(at, `"issuedAt":"2026-06-30T23:59:60Z"`)},
		{"issuedAt on February 29 of 2026", "payload", swap(at, `"issuedAt":"2026-02-29T12:00:00Z"`)},
		{"issuedAt before 1970", "payload", swap(at, `"issuedAt":"1969-12-31T23:59:59Z"`)},
		{"issuedAt after 9999", "payload", swap(at, `"issuedAt":"+10000-01-01T00:00:00Z"`)},
		{"issuedAt a number", "payload", swap(at, `"issuedAt":1772366400`)},
		{"expires null", "payload", swap(at, at+`,"expires":null`)},
		{"expires empty", "payload", swap(at, at+`,"expires":""`)},
		{"nonce null", "payload", swap(at, at+`,"nonce":null`)},
		{"nonce empty", "payload", swap(at, at+`,"nonce":""`)},
		{"sequence a text", "payload", swap(at, at+`,"sequence":"1"`)},
		{"enforce null", "payload", swap(`"enforce":"warn"`, `"enforce":null`)},
		{"enforce empty", "payload", swap(`"enforce":"warn"`, `"enforce":""`)},
		{"deployment empty", "payload", swap(`"deployment":"online"`, `"deployment":""`)},
	}
	for _, name := range []string{"licenseId", "activationId", "fingerprint", "deployment", "features", "revision", "issuedAt"} {
		rows = append(rows, row{"without " + name, "payload", swap(`"`+name+`"`, `"old"`)})
	}
	return rows
}
