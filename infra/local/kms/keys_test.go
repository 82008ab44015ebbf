package kms_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/cirruslink/chariot-license/infra/local/kms"
)

const arn = "arn:aws:kms:us-east-1:000000000000:"

func TestKeyIsFoundByEachOfItsNames(t *testing.T) {
	c := fresh(t)
	key := signingKey(t, c)
	must[*sdk.CreateAliasOutput](t)(c.CreateAlias(t.Context(), &sdk.CreateAliasInput{AliasName: aws.String("alias/a"), TargetKeyId: aws.String(arn + "key/" + key)}))
	for _, name := range []string{key, arn + "key/" + key, "alias/a", arn + "alias/a"} {
		out, err := c.DescribeKey(t.Context(), &sdk.DescribeKeyInput{KeyId: &name})
		if err != nil || *out.KeyMetadata.KeyId != key || *out.KeyMetadata.Arn != arn+"key/"+key {
			t.Errorf("%s: %v, %v", name, out, err)
		}
	}
	for _, name := range []string{key + "0", arn + "key/none", "alias/b", arn + "alias/b", "arn:aws:kms:eu-west-1:000000000000:key/" + key} {
		_, err := c.DescribeKey(t.Context(), &sdk.DescribeKeyInput{KeyId: &name})
		wantCode(t, err, "NotFoundException")
	}
}

func TestCreateKey(t *testing.T) {
	tests := []struct {
		name  string
		spec  types.KeySpec
		usage types.KeyUsageType
		want  string // an error code
	}{
		{"signing", types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, ""},
		{"encrypting", types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, ""},
		{"defaults", "", "", ""},
		{"usage left out of a signing key", types.KeySpecEccNistP256, "", "ValidationException"},
		{"usage that does not fit", types.KeySpecSymmetricDefault, types.KeyUsageTypeSignVerify, "ValidationException"},
		{"spec that is not built", types.KeySpecRsa2048, types.KeyUsageTypeSignVerify, "UnsupportedOperationException"},
	}
	c := fresh(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := c.CreateKey(t.Context(), &sdk.CreateKeyInput{KeySpec: tt.spec, KeyUsage: tt.usage})
			if tt.want != "" {
				wantCode(t, err, tt.want)
				return
			}
			if err != nil || !out.KeyMetadata.Enabled || out.KeyMetadata.KeyState != types.KeyStateEnabled || out.KeyMetadata.CreationDate.IsZero() {
				t.Fatalf("%+v, %v", out, err)
			}
		})
	}
}

func TestAliases(t *testing.T) {
	c := fresh(t)
	ctx := t.Context()
	one, two, other := signingKey(t, c), signingKey(t, c), sealingKey(t, c)
	create := func(name, key string) error {
		_, err := c.CreateAlias(ctx, &sdk.CreateAliasInput{AliasName: &name, TargetKeyId: &key})
		return err
	}
	update := func(name, key string) error {
		_, err := c.UpdateAlias(ctx, &sdk.UpdateAliasInput{AliasName: &name, TargetKeyId: &key})
		return err
	}
	for _, name := range []string{"alias/c", "alias/a", "alias/b"} {
		if err := create(name, one); err != nil {
			t.Fatal(err)
		}
	}
	if err := update("alias/b", two); err != nil {
		t.Fatal(err)
	}
	wantCode(t, create("alias/a", two), "AlreadyExistsException")
	wantCode(t, create("alias/d", "none"), "NotFoundException")
	wantCode(t, create("alias/d", "alias/a"), "ValidationException")
	wantCode(t, create("a", one), "ValidationException")
	wantCode(t, create("alias/aws/a", one), "ValidationException")
	wantCode(t, update("alias/d", one), "NotFoundException")
	wantCode(t, update("alias/a", other), "ValidationException")

	var names []string
	pages := sdk.NewListAliasesPaginator(c, &sdk.ListAliasesInput{Limit: aws.Int32(2)})
	for pages.HasMorePages() {
		page := must[*sdk.ListAliasesOutput](t)(pages.NextPage(ctx))
		for _, a := range page.Aliases {
			names = append(names, *a.AliasName)
		}
	}
	if got := strings.Join(names, " "); got != "alias/a alias/b alias/c" {
		t.Errorf("all: %s", got)
	}
	of := must[*sdk.ListAliasesOutput](t)(c.ListAliases(ctx, &sdk.ListAliasesInput{KeyId: &two}))
	if len(of.Aliases) != 1 || *of.Aliases[0].AliasName != "alias/b" || *of.Aliases[0].AliasArn != arn+"alias/b" {
		t.Errorf("of one key: %+v", of.Aliases)
	}
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kms.json")
	signingKey(t, connect(t, path))
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestDamagedFileIsNotOverwritten(t *testing.T) {
	for _, content := range []string{"", "{", `{"keys":[{"id":"1","spec":"ECC_NIST_P256","material":"AA=="}]}`, `{"keys":[{"id":"1","spec":"RSA"}]}`} {
		path := filepath.Join(t.TempDir(), "kms.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := kms.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Open of %q: %v", content, err)
		}
	}
}

func TestWhatCannotBeSavedDidNotHappen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c := connect(t, filepath.Join(dir, "kms.json"))
	key := signingKey(t, c)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	_, err := c.DisableKey(t.Context(), &sdk.DisableKeyInput{KeyId: &key})
	wantCode(t, err, "KMSInternalException")
	out := must[*sdk.DescribeKeyOutput](t)(c.DescribeKey(t.Context(), &sdk.DescribeKeyInput{KeyId: &key}))
	if !out.KeyMetadata.Enabled {
		t.Error("the key is disabled")
	}
}

func TestWhatIsNoCall(t *testing.T) {
	endpoint, err := kms.Open(filepath.Join(t.TempDir(), "kms.json"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, method, target, body, want string }{
		{"no target", "POST", "", "{}", "UnknownOperationException"},
		{"another service", "POST", "DynamoDB_20120810.PutItem", "{}", "UnknownOperationException"},
		{"GET", "GET", "TrentService.ListAliases", "", "UnknownOperationException"},
		{"not built", "POST", "TrentService.ScheduleKeyDeletion", "{}", "UnsupportedOperationException"},
		{"no JSON", "POST", "TrentService.Sign", "{", "SerializationException"},
		{"wrong type", "POST", "TrentService.Sign", `{"KeyId":1}`, "SerializationException"},
		{"too large", "POST", "TrentService.Sign", strings.Repeat(" ", 2<<20), "SerializationException"},
		{"no key", "POST", "TrentService.DescribeKey", "{}", "ValidationException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", strings.NewReader(tt.body))
			r.Header.Set("X-Amz-Target", tt.target)
			w := httptest.NewRecorder()
			endpoint.ServeHTTP(w, r)
			if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"__type":"`+tt.want+`"`) {
				t.Fatalf("%d %s, want %s", w.Code, w.Body, tt.want)
			}
		})
	}
}
