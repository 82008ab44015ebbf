package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// Each row is what an operator may do wrong, the exit code, and what helps.
func TestHelp(t *testing.T) {
	d := newDesk(t)
	d.founded()
	tests := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"help", []string{"--help"}, exitDone, "A rotation in good order"},
		{"help as a verb", []string{"help"}, exitDone, "trust --local .local show"},
		{"no verb", nil, exitUsage, "init, next, retire, remove, sign, publish, use or show"},
		{"an unknown verb", []string{"rotate"}, exitUsage, `There is no "rotate"`},
		{"an unknown flag", []string{"show", "--frob"}, exitUsage, "frob"},
		{"a flag of another verb", []string{"show", "--now"}, exitUsage, "show takes no --now"},
		{"two places", []string{"--table", "t", "show"}, exitUsage, "not both"},
		{"which key first", []string{"init"}, exitUsage, "--create ALIAS"},
		{"two keys", []string{"next", "--key", "a", "--create", "alias/a"}, exitUsage, "Say which KMS key"},
		{"keys of what is published", []string{"init", "--published", "--key", "a"}, exitUsage, "announce another with next"},
		{"no alias", []string{"next", "--create", "signing-2"}, exitUsage, "begins with alias/"},
		{"no time", []string{"next", "--key", "a", "--not-before", "noon"}, exitUsage, "noon"},
		{"which key retires", []string{"retire"}, exitUsage, "--kid KID"},
		{"which key signs", []string{"use"}, exitUsage, "--kid KID"},
		{"two ways to say it", []string{"use", "--kid", "a", "--key", "b"}, exitUsage, "--kid KID"},
		{"which root key", []string{"sign"}, exitUsage, "--root KMSKEY"},
		{"two root keys", []string{"sign", "--root", "a", "--root", "b"}, exitUsage, "once"},
		{"draft and root keys", []string{"show", "--draft", "--root", "a"}, exitUsage, "not both"},
		{"a key that is not published", []string{"use", "--kid", "nothing"}, exitRefused, "has no key nothing"},
		{"a KMS key that is not published", []string{"use", "--key", "alias/stranger"}, exitRefused, "announce it with trust next"},
		{"a key that is not drafted", []string{"retire", "--kid", "nothing"}, exitRefused, "has no key nothing"},
		{"a key that still is", []string{"publish", "--removes", d.published().Trust.KeyID}, exitDone, "is published"},
		{"no root keys", []string{"publish", "--root-keys", d.path("none")}, exitFile, "no such file"},
		{"a file without root keys", []string{"publish", "--root-keys", d.path("trust.json")}, exitFile, "no root keys"},
		{"no local stack", []string{"--local", d.path("none"), "show"}, exitFile, "make run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { (&desk{T: t, dir: d.dir, now: d.now}).fails(tt.code, tt.says, tt.args...) })
	}
}

func TestNobodyThere(t *testing.T) {
	d := newDesk(t)
	d.stack(map[string]any{"dynamodbEndpoint": "http://127.0.0.1:1", "kmsEndpoint": "http://127.0.0.1:1", "table": "t"})
	d.fails(exitUnreachable, "127.0.0.1:1", "show")
	d.fails(exitUnreachable, "127.0.0.1:1", "show", "--root", "alias/root-1")
}

// AWS's own no is passed on, and is no reason to try again.
func TestDisabledKey(t *testing.T) {
	d := newDesk(t)
	d.founded()
	d.call("DisableKey", map[string]string{"KeyId": d.makeKey("alias/disabled", "ECC_NIST_P256", "SIGN_VERIFY")}, nil)
	d.fails(exitRefused, "(DisabledException)", "next", "--key", "alias/disabled")
}

func TestAnotherTable(t *testing.T) {
	d := newDesk(t)
	text, err := os.ReadFile(d.path("stack.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.path("stack.json"), []byte(strings.Replace(string(text), d.table, "mistyped", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.fails(exitRefused, "ResourceNotFoundException", "show")
}

// Without --local it is AWS that it works on, and nothing is guessed.
func TestAWS(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		t.Setenv(name, "")
	}
	d := &desk{T: t, dir: t.TempDir()}
	d.fails(exitUsage, "AWS_REGION is not set", "--local", "", "--table", "t", "show")
	d.fails(exitUsage, "Say which table", "--local", "", "show")
	t.Setenv("AWS_REGION", "us-east-1")
	d.fails(exitUsage, "AWS_ACCESS_KEY_ID is not set", "--local", "", "--table", "t", "show")

	d = newDesk(t)
	kid := d.founded()
	var stack struct{ DynamoDBEndpoint, KMSEndpoint string }
	text, err := os.ReadFile(d.path("stack.json"))
	if err == nil {
		err = json.Unmarshal(text, &stack)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_ENDPOINT_URL_DYNAMODB": stack.DynamoDBEndpoint, "AWS_ENDPOINT_URL_KMS": stack.KMSEndpoint,
	} {
		t.Setenv(name, value)
	}
	away := []string{"--local", "", "--table", d.table, "--file", d.path("trust.json")}
	d.fails(exitDone, kid+" signs now", append(away, "show")...)
	d.must(append(away, "next", "--create", "alias/signing-2")...)
	d.must(append(away, "sign", "--root", "alias/root-1")...)
	d.must(append(away, "publish")...)
	if p := d.published(); p.Version != 2 {
		t.Errorf("published: %+v", p)
	}
	if err := os.Remove(d.path("roots.json")); err != nil { // and so --root-keys
		t.Fatal(err)
	}
	d.fails(exitUsage, "Say which root keys", append(away, "publish")...)
	d.must("--local", "", "--file", d.path("trust.json"), "sign", "--root", "alias/root-1") // without the table
}

// Whoever edits a draft by hand is told what is wrong with it.
func TestDamagedDraft(t *testing.T) {
	d := newDesk(t)
	kid := d.founded()
	good, err := os.ReadFile(d.path("trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(good), `"keys": [`)
	entry, _, _ := strings.Cut(rest, "]\n}")
	tests := []struct{ name, old, new, says string }{
		{"no JSON", "{", "", "cannot be used"},
		{"a later format", `"format": 1`, `"format": 2`, "format is 2"},
		{"a slip in a name", `"notBefore"`, `"notbefore_"`, "notbefore_"},
		{"another ID", kid, "AAAAAAAAAAAAAAAAAAAAAA", "is not the ID"},
		{"no point", `"y": "`, `"y": "AAAA`, "P-256"},
		{"no beginning", `"notBefore": "2026-11-24T11:45:00Z"`, `"notBefore": "0001-01-01T00:00:00Z"`, "no notBefore"},
		{"an end before the beginning", `"notBefore"`, `"retiredAt": "2025-01-01T00:00:00Z", "notBefore"`, "before it begins"},
		{"a key twice", entry, entry + "," + entry, "there twice"},
	}
	for _, tt := range tests {
		bad := strings.Replace(string(good), tt.old, tt.new, 1)
		if bad == string(good) {
			t.Fatalf("%s: nothing to replace", tt.name)
		}
		if err := os.WriteFile(d.path("trust.json"), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		d.fails(exitFile, tt.says, "sign", "--root", "alias/root-1")
		if after, err := os.ReadFile(d.path("trust.json")); err != nil || string(after) != bad {
			t.Errorf("%s: the draft was changed, %v", tt.name, err)
		}
	}
}
