package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
)

// A Publication is the trust bundle as the operator publishes it. Beside the
// signed text it says, for the functions, which key signs now: so a rotation is
// one write, and no function ever signs with a key that the bundle lacks.
type Publication struct {
	// Bundle is the compact JWS by a root key, and Version what it says of itself.
	Bundle  string
	Version int64
	Trust   activation.Trust
}

// Publish stores a publication. It refuses with license.ErrStale if one of the
// same or a higher version is stored.
func (s *Licenses) Publish(ctx context.Context, p Publication) error {
	w := writer(trustKey())
	w.text("bundle", p.Bundle).number("version", p.Version)
	w.text("signingKey", p.Trust.SigningKey).text("kid", p.Trust.KeyID).texts("trusted", p.Trust.Trusted)
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: s.table, Item: item(w),
		ConditionExpression:       aws.String("attribute_not_exists(PK) OR version < :version"),
		ExpressionAttributeValues: item{":version": number(p.Version)},
	})
	return writeError(err)
}

// Publication reads what is published. It fails with license.ErrUnavailable
// also where nothing is.
func (s *Licenses) Publication(ctx context.Context) (*Publication, error) {
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: s.table, Key: trustKey()})
	if err := readError(err); err != nil {
		return nil, err
	}
	if len(out.Item) == 0 {
		return nil, fmt.Errorf("no trust bundle is published: %w", license.ErrUnavailable)
	}
	r := reader(out.Item)
	return &Publication{Bundle: r.text("bundle"), Version: r.number("version"), Trust: decodeTrust(out.Item)}, nil
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

// TrustBundle returns the signed trust bundle as it was published. It fails with
// license.ErrUnavailable.
func (s *Licenses) TrustBundle(ctx context.Context) (string, error) {
	p, err := s.Publication(ctx)
	if err != nil {
		return "", err
	}
	return p.Bundle, nil
}
