package licensetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// sign makes a certificate as the use cases do.
func sign(ctx context.Context, s *Signer) (string, error) {
	payload := certificate.Certificate{
		LicenseID: "lic_1", ActivationID: "act_1", Fingerprint: "f", Deployment: license.Online,
		IssuedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}.Payload()
	signature, err := s.Sign(ctx, s.SigningKey(), certificate.SigningInput(certificate.Activation, s.KeyID(), payload))
	signed := license.Signed{KeyID: s.KeyID(), Payload: payload, Signature: signature}
	return certificate.Compact(certificate.Activation, signed), err
}

func TestSignaturesVerify(t *testing.T) {
	root, signer := NewSigner(t), NewSigner(t)
	bundle, err := certificate.VerifyBundle(root.Bundle(t, 3, signer.Trusted()), root.Roots(), 3)
	if err != nil {
		t.Fatal(err)
	}
	want := certificate.Expected{Kind: certificate.Activation, License: "lic_1", Machine: "f"}
	for range 20 { // half of them come with a high s
		compact, err := sign(t.Context(), signer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := certificate.Verify(compact, bundle, want); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCountsAndFails(t *testing.T) {
	signer := NewSigner(t)
	signer.Fail(5, license.ErrUnavailable)
	var calls sync.WaitGroup
	for range 12 {
		calls.Go(func() {
			if _, err := sign(t.Context(), signer); err != nil && !errors.Is(err, license.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
	calls.Wait()
	if n := signer.Signatures(); n != 7 {
		t.Errorf("%d signatures, want 7", n)
	}
}

func TestRefusesWhatTheKeeperWould(t *testing.T) {
	signer := NewSigner(t)
	if _, err := signer.Sign(t.Context(), signer.KeyID(), nil); err == nil {
		t.Error("it signs with a key that it does not keep")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sign(ctx, signer); !errors.Is(err, context.Canceled) || !errors.Is(err, license.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if n := signer.Signatures(); n != 0 {
		t.Errorf("%d signatures, want none", n)
	}
}
