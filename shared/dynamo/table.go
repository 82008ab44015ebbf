// Package dynamo keeps everything in one DynamoDB table.
//
// All items of one license share a partition. A change of seats is one
// transaction of conditional writes to META, A# and E#. Nothing scans, and there
// is no index: what support searches by has items of its own.
//
//	L#<license>   META          seats, used, state, deployment, features, revision, key hash; ≤ 1 KB
//	              A#<machine>   its activation, never deleted; ≤ 1 KB
//	              E#<ulid>      an audit event, immutable
//	              G#<ulid>      a grant, immutable
//	              KEY           the present license key, encrypted under the mail key
//	              ABOUT         whom the license belongs to: all personal data
//	K#<hash>      LICENSE       the license of a key that replaced another (or was
//	                            imported); of others, the key tells the license ID
//	F#<hash>      <license>     finds licenses by address or reference
//	I#<hash>      CALL          an idempotency key of support; ends by itself
//	R#<network>   <minute>      failed look-ups of license keys; ends by itself
//	TRUST         BUNDLE        the signed trust bundle, and which key signs
package dynamo

import (
	"context"
	"encoding/hex"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cirruslink/chariot-license/shared/license"
)

// The names of the key attributes, and of the one that ends an item's life.
const (
	PartitionKey = "PK"
	SortKey      = "SK"
	// TTL is in Unix seconds.
	TTL = "ttl"
)

// Client is what this package uses of *dynamodb.Client. Its own retries are
// part of the design: they repeat a transaction under the same token.
type Client interface {
	TransactGetItems(context.Context, *dynamodb.TransactGetItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactGetItemsOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// Schema describes the table, for whoever creates it: the local stack and the
// tests. The CDK stack describes it again, with what only AWS has.
func Schema(table string) *dynamodb.CreateTableInput {
	key := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: aws.String(name), KeyType: kind}
	}
	text := func(name string) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS}
	}
	return &dynamodb.CreateTableInput{
		TableName:            aws.String(table),
		BillingMode:          types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{key(PartitionKey, types.KeyTypeHash), key(SortKey, types.KeyTypeRange)},
		AttributeDefinitions: []types.AttributeDefinition{text(PartitionKey), text(SortKey)},
	}
}

// item is a row as the SDK has it.
type item = map[string]types.AttributeValue

func keyOf(partition, sort string) item {
	return item{PartitionKey: text(partition), SortKey: text(sort)}
}

func metaKey(id license.ID) item  { return keyOf("L#"+string(id), "META") }
func aboutKey(id license.ID) item { return keyOf("L#"+string(id), "ABOUT") }
func secretKey(id license.ID) item {
	return keyOf("L#"+string(id), "KEY")
}
func activationKey(id license.ID, machine license.Fingerprint) item {
	return keyOf("L#"+string(id), "A#"+string(machine))
}
func eventKey(id license.ID, event license.ULID) item {
	return keyOf("L#"+string(id), "E#"+string(event))
}
func grantKey(id license.ID, grant string) item { return keyOf("L#"+string(id), "G#"+grant) }
func trustKey() item                            { return keyOf("TRUST", "BUNDLE") }
func ownerKey(keyHash [32]byte) item {
	return keyOf("K#"+hex.EncodeToString(keyHash[:]), "LICENSE")
}
