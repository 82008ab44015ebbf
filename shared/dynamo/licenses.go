package dynamo

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
)

// Licenses is the store of licenses and activations.
type Licenses struct {
	db    Client
	table *string
}

// NewLicenses returns the store in a table.
func NewLicenses(db Client, table string) *Licenses {
	return &Licenses{db: db, table: aws.String(table)}
}

// Find implements activation.Store: one TransactGetItems, so that license,
// machines and trust are of one moment. Where K# is there, the key does not tell the
// license, and a second one reads them all.
func (s *Licenses) Find(ctx context.Context, key license.Key, machines ...license.Fingerprint) (*activation.Snapshot, error) {
	hash := key.Hash()
	items, err := read(ctx, s.db, s.table, append(snapshotKeys(key.ID(), machines), ownerKey(hash)))
	if err != nil {
		return nil, err
	}
	var snap *activation.Snapshot
	last := len(items) - 1
	if owner := decodeOwner(items[last]); owner != "" {
		snap, err = s.Machines(ctx, owner, machines...)
	} else {
		snap, err = decodeSnapshot(items[:last])
	}
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(hash[:], snap.License.KeyHash[:]) != 1 {
		return nil, license.ErrNotFound
	}
	if snap.Trust.KeyID == "" {
		return nil, fmt.Errorf("no trust bundle is published: %w", license.ErrUnavailable)
	}
	return snap, nil
}

// Machines is Find for support, who names a license by its ID.
func (s *Licenses) Machines(ctx context.Context, id license.ID, machines ...license.Fingerprint) (*activation.Snapshot, error) {
	items, err := read(ctx, s.db, s.table, snapshotKeys(id, machines))
	if err != nil {
		return nil, err
	}
	return decodeSnapshot(items)
}

func snapshotKeys(id license.ID, machines []license.Fingerprint) []item {
	keys := []item{metaKey(id), trustKey()}
	for _, machine := range machines {
		keys = append(keys, activationKey(id, machine))
	}
	return keys
}

// decodeSnapshot reads the items of snapshotKeys.
func decodeSnapshot(items []item) (*activation.Snapshot, error) {
	if len(items[0]) == 0 {
		return nil, license.ErrNotFound
	}
	snap := &activation.Snapshot{
		License:     decodeLicense(items[0]),
		Trust:       decodeTrust(items[1]),
		Activations: map[license.Fingerprint]*license.Activation{},
	}
	for _, it := range items[2:] {
		if len(it) > 0 {
			a := decodeActivation(it)
			snap.Activations[a.Fingerprint] = a
		}
	}
	return snap, nil
}

// Commit implements activation.Store: one TransactWriteItems, three conditional
// writes of at most 1 KB each for a change of one machine.
func (s *Licenses) Commit(ctx context.Context, change license.SeatChange) error {
	return write(ctx, s.db, s.seatWrites(change))
}

func (s *Licenses) seatWrites(change license.SeatChange) []types.TransactWriteItem {
	writes := []types.TransactWriteItem{s.seats(change)}
	for _, a := range change.Activations {
		writes = append(writes, s.activation(change.License, a))
	}
	return append(writes, s.create(encodeEvent(change.License, &change.Event)))
}

// seats is the write, or the mere check, of META.
func (s *Licenses) seats(change license.SeatChange) types.TransactWriteItem {
	key := metaKey(change.License)
	revision := item{":revision": number(change.Revision)}
	switch change.Effect {
	case license.TakeSeat:
		return types.TransactWriteItem{Update: &types.Update{
			TableName: s.table, Key: key,
			UpdateExpression:          aws.String("SET used = used + :one"),
			ConditionExpression:       aws.String("revision = :revision AND used < seats"),
			ExpressionAttributeValues: merged(revision, item{":one": number(1)}),
		}}
	case license.FreeSeat:
		return types.TransactWriteItem{Update: &types.Update{
			TableName: s.table, Key: key,
			UpdateExpression:          aws.String("SET used = used - :one"),
			ConditionExpression:       aws.String("used >= :one"),
			ExpressionAttributeValues: item{":one": number(1)},
		}}
	}
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: s.table, Key: key,
		ConditionExpression:       aws.String("revision = :revision"),
		ExpressionAttributeValues: revision,
	}}
}

// activation replaces A#. Its condition names every attribute that a decision
// rests on: the ID is new with each opening, the sequence with each closing, the
// signature with each certificate.
func (s *Licenses) activation(id license.ID, change license.ActivationChange) types.TransactWriteItem {
	put := &types.Put{TableName: s.table, Item: encodeActivation(id, &change.After)}
	if before := change.Before; before == nil {
		put.ConditionExpression = aws.String("attribute_not_exists(PK)")
	} else {
		put.ConditionExpression = aws.String("#state = :state AND id = :id AND seq = :seq AND sig = :sig")
		put.ExpressionAttributeNames = map[string]string{"#state": "state"}
		put.ExpressionAttributeValues = item{
			":state": text(string(before.State)), ":id": text(string(before.ID)),
			":seq": number(before.Sequence), ":sig": binary(before.Certificate.Signature),
		}
	}
	return types.TransactWriteItem{Put: put}
}

// create puts an item that must not be there yet.
func (s *Licenses) create(it item) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{
		TableName: s.table, Item: it,
		ConditionExpression: aws.String("attribute_not_exists(PK)"),
	}}
}

// put puts an item, whatever was in its place.
func (s *Licenses) put(it item) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{TableName: s.table, Item: it}}
}

// remove deletes an item, which need not be there.
func (s *Licenses) remove(key item) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: s.table, Key: key}}
}

// page reads up to limit items of a license under a sort key prefix, and returns
// the sort key to go on after; empty at the end.
func (s *Licenses) page(ctx context.Context, partition, prefix, after string, limit int32, newestFirst bool) ([]item, string, error) {
	in := &dynamodb.QueryInput{
		TableName: s.table, ConsistentRead: aws.Bool(true), Limit: aws.Int32(limit),
		ScanIndexForward:       aws.Bool(!newestFirst),
		KeyConditionExpression: aws.String("PK = :partition AND begins_with(SK, :prefix)"),
		ExpressionAttributeValues: item{
			":partition": text(partition), ":prefix": text(prefix),
		},
	}
	if after != "" {
		in.ExclusiveStartKey = keyOf(partition, prefix+after)
	}
	out, err := s.db.Query(ctx, in)
	if err := readError(err); err != nil {
		return nil, "", err
	}
	next := ""
	if len(out.LastEvaluatedKey) > 0 {
		next = strings.TrimPrefix(reader(out.LastEvaluatedKey).text(SortKey), prefix)
	}
	return out.Items, next, nil
}
