package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
)

// ErrUnpublished: there is no trust bundle yet. For a machine it is
// license.ErrUnavailable; an operator publishes one.
var ErrUnpublished = fmt.Errorf("no trust bundle is published: %w", license.ErrUnavailable)

// A Publication is the trust bundle as the operator publishes it. Beside the
// signed text it says, for the functions, which key signs now: so a rotation is
// one write, and no function ever signs with a key that the bundle lacks.
//
// Times are by the operator's clock, in whole seconds; zero means not known.
type Publication struct {
	// Bundle is the compact JWS by a root key, and Version what it says of itself.
	Bundle  string
	Version int64
	Trust   activation.Trust
	// PublishedAt is when Bundle took the place of the one before, and
	// SigningSince when the key of Trust began to sign: no other key did after it.
	PublishedAt, SigningSince time.Time
	// Announced is what the operator knows of the keys in Bundle. Nothing of it is
	// signed.
	Announced []AnnouncedKey
}

// An AnnouncedKey is a key of the trust bundle, as of the operator.
type AnnouncedKey struct {
	KeyID string
	// SigningKey names the key to its keeper; empty where that is not known.
	SigningKey string
	// At is when a bundle with this key was first published.
	At time.Time
}

// Publish stores a publication, whatever is there: it decides which key signs. It
// refuses with license.ErrStale if one of the same or a higher version is stored.
func (s *Licenses) Publish(ctx context.Context, p Publication) error {
	return s.putTrust(ctx, p, "attribute_not_exists(PK) OR version < :version", item{":version": number(p.Version)})
}

// Amend stores after in the place of before. It refuses with license.ErrStale if
// what is stored is not before: of two operators who read the same publication,
// one wins. One whose answer was lost may get license.ErrUnknown, or, from the
// SDK's repetition, license.ErrStale; read again to find what became of it.
func (s *Licenses) Amend(ctx context.Context, before, after Publication) error {
	return s.putTrust(ctx, after,
		"version = :version AND kid = :kid AND (signingSince = :since OR attribute_not_exists(signingSince))", item{
			":version": number(before.Version), ":kid": text(before.Trust.KeyID), ":since": number(before.SigningSince.Unix()),
		})
}

func (s *Licenses) putTrust(ctx context.Context, p Publication, condition string, values item) error {
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: s.table, Item: encodePublication(p),
		ConditionExpression: aws.String(condition), ExpressionAttributeValues: values,
	})
	return writeError(err)
}

// Publication reads what is published, as of every write that was acknowledged:
// a certificate by a new key must not reach a client before that key does. It
// fails with ErrUnpublished or license.ErrUnavailable.
func (s *Licenses) Publication(ctx context.Context) (*Publication, error) {
	r, err := s.get(ctx, trustKey())
	if err != nil {
		return nil, err
	}
	if len(r) == 0 {
		return nil, ErrUnpublished
	}
	return decodePublication(item(r)), nil
}

func encodePublication(p Publication) item {
	w := writer(trustKey())
	w.text("bundle", p.Bundle).number("version", p.Version).time("publishedAt", p.PublishedAt)
	w.text("signingKey", p.Trust.SigningKey).text("kid", p.Trust.KeyID).time("signingSince", p.SigningSince)
	w.texts("trusted", p.Trust.Trusted)
	keys := make([]types.AttributeValue, len(p.Announced))
	for i, k := range p.Announced {
		key := writer{}
		key.text("kid", k.KeyID).text("signingKey", k.SigningKey).time("at", k.At)
		keys[i] = &types.AttributeValueMemberM{Value: item(key)}
	}
	w["announced"] = list(keys)
	return item(w)
}

func decodePublication(it item) *Publication {
	r := reader(it)
	p := &Publication{
		Bundle: r.text("bundle"), Version: r.number("version"), Trust: decodeTrust(it),
		PublishedAt: r.time("publishedAt"), SigningSince: r.time("signingSince"),
	}
	for _, v := range r.list("announced") {
		if m, ok := v.(*types.AttributeValueMemberM); ok {
			key := reader(m.Value)
			p.Announced = append(p.Announced, AnnouncedKey{key.text("kid"), key.text("signingKey"), key.time("at")})
		}
	}
	return p
}

func decodeTrust(it item) activation.Trust {
	r := reader(it)
	return activation.Trust{SigningKey: r.text("signingKey"), KeyID: r.text("kid"), Trusted: r.texts("trusted")}
}

// Ping reads the publication, and says only whether the table answers.
func (s *Licenses) Ping(ctx context.Context) error {
	_, err := s.Publication(ctx)
	return err
}

// TrustBundle returns the signed trust bundle as it was published. It fails as
// Publication does.
func (s *Licenses) TrustBundle(ctx context.Context) (string, error) {
	p, err := s.Publication(ctx)
	if err != nil {
		return "", err
	}
	return p.Bundle, nil
}
