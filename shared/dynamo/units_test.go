package dynamo_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// A change of seats costs six write units, with as many as six features and a
// long host name: each of its three items fits into one KB.
func TestWriteUnits(t *testing.T) {
	client, table := licensetest.DynamoDB(t)
	meter := &metered{Client: client}
	store, _ := published(t, meter, table)
	until := licensetest.Noon().AddDate(1, 0, 0)
	l, _ := licensetest.Issue(t, store, 1, func(l *license.License) {
		l.Features = nil
		for _, name := range []string{"mqtt-server", "mqtt-server-support", "iot-bridge-snowflake", "feature-four", "feature-five", "feature-six"} {
			l.Features = append(l.Features, license.Feature{Name: name, Until: until, Metered: name == "iot-bridge-snowflake"})
		}
	})
	a := fullyCertified(l)
	steps := []struct {
		name   string
		effect license.SeatEffect
		before *license.Activation
	}{{"activate", license.TakeSeat, nil}, {"reactivate", license.KeepSeats, &a}, {"deactivate", license.FreeSeat, &a}}
	for _, step := range steps {
		meter.units = 0
		if err := store.Commit(t.Context(), change(l, step.effect, step.before, a)); err != nil {
			t.Fatal(err)
		}
		if meter.units != 6 && meter.counts {
			t.Errorf("%s costs %v write units, want 6", step.name, meter.units)
		}
	}
}

// metered sums up the write units of transactions.
type metered struct {
	dynamo.Client
	units  float64
	counts bool
}

func (m *metered) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	out, err := m.Client.TransactWriteItems(ctx, in, o...)
	if out != nil {
		for _, c := range out.ConsumedCapacity {
			m.units += *c.CapacityUnits
			// DynamoDB Local counts transactions wrongly: 2 units for three items.
			m.counts = m.counts || *c.CapacityUnits >= 6
		}
	}
	return out, err
}

// fullyCertified is an activation with a real certificate, a long host name and
// all that goes with it.
func fullyCertified(l license.License) license.Activation {
	a := holding(l, licensetest.Fingerprint('a'))
	a.Sequence = 1_795_520_918_488
	a.Machine = license.Machine{Hostname: strings.Repeat("h", 63), Version: "3.10.12"}
	payload := certificate.Certificate{
		LicenseID: l.ID, ActivationID: a.ID, Fingerprint: a.Fingerprint, Deployment: l.Deployment,
		Features: l.Features, Revision: 1000, IssuedAt: licensetest.Noon(),
	}.Payload()
	a.Certificate = license.Signed{KeyID: strings.Repeat("k", 22), Payload: payload, Signature: make([]byte, 64)}
	return a
}
