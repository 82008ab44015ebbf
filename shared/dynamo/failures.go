package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Failures counts failed look-ups of license keys by the network they come from.
type Failures struct {
	db    Client
	table *string
}

// NewFailures returns the counters in a table.
func NewFailures(db Client, table string) *Failures {
	return &Failures{db: db, table: aws.String(table)}
}

// Count adds one failure of a network in the minute of at, and returns how many
// that makes. Counters delete themselves within days.
func (f *Failures) Count(ctx context.Context, network string, at time.Time) (int64, error) {
	minute := at.UTC().Truncate(time.Minute)
	out, err := f.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 f.table,
		Key:                       keyOf("R#"+network, minute.Format(time.RFC3339)),
		UpdateExpression:          aws.String("ADD failures :one SET #ttl = :ttl"),
		ExpressionAttributeNames:  map[string]string{"#ttl": TTL},
		ExpressionAttributeValues: item{":one": number(1), ":ttl": number(minute.Add(time.Hour).Unix())},
		ReturnValues:              types.ReturnValueUpdatedNew,
	})
	if err != nil {
		return 0, fmt.Errorf("counting a failed look-up: %w", readError(err))
	}
	return reader(out.Attributes).number("failures"), nil
}
