package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cirruslink/chariot-license/shared/license"
)

const (
	// contention bounds how long one transaction repeats itself because others
	// overlap it. Callers bound the sum by their context.
	contention = 8 * time.Second
	// The pauses between, drawn at random up to a bound that doubles.
	firstPause = 10 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// errContended: canceled, certainly not applied, and worth repeating.
var errContended = errors.New("transaction was canceled by another")

// write commits a transaction, and tells apart the four ends that callers must
// tell apart: nil, license.ErrStale, license.ErrUnknown, license.ErrUnavailable.
func write(ctx context.Context, db Client, items []types.TransactWriteItem) error {
	return rideOut(ctx, func() error {
		_, err := db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
		return writeError(err)
	})
}

// read reads items as of one moment. An absent one comes back without attributes.
func read(ctx context.Context, db Client, table *string, keys []item) (items []item, err error) {
	gets := make([]types.TransactGetItem, len(keys))
	for i, key := range keys {
		gets[i] = types.TransactGetItem{Get: &types.Get{TableName: table, Key: key}}
	}
	err = rideOut(ctx, func() error {
		out, err := db.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: gets})
		if err != nil {
			return readError(err)
		}
		items = items[:0]
		for _, response := range out.Responses {
			items = append(items, response.Item)
		}
		return nil
	})
	return items, err
}

// rideOut repeats a transaction while others overlap it, which the SDK does not.
func rideOut(ctx context.Context, transaction func() error) error {
	deadline := time.Now().Add(contention)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := transaction()
		if !errors.Is(err, errContended) {
			return err
		}
		wait := rand.N(pause)
		if time.Now().Add(wait).After(deadline) {
			return fmt.Errorf("%w: %w", license.ErrUnavailable, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", license.ErrUnavailable, ctx.Err())
		case <-time.After(wait):
		}
	}
}

// writeError says what an error of a conditional write means. Without an answer
// the write may have happened.
func writeError(err error) error { return meaning("writing", err, license.ErrUnknown) }

// readError says what an error of a read means. Without an answer it may be
// repeated.
func readError(err error) error { return meaning("reading", err, license.ErrUnavailable) }

// meaning sorts the errors of the SDK; unanswered is what no answer, or a fault on
// the other side, means for the caller.
func meaning(doing string, err, unanswered error) error {
	var canceled *types.TransactionCanceledException
	var failed *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return nil
	case errors.As(err, &canceled):
		return canceledError(canceled)
	case errors.As(err, &failed):
		return license.ErrStale
	case isThrottle(err):
		return fmt.Errorf("%w: %w", license.ErrUnavailable, err)
	case isRefusal(err):
		return fmt.Errorf("%s: %w", doing, err) // a mistake of ours, or of the permissions
	}
	return fmt.Errorf("%w: %w", unanswered, err)
}

// canceledError reads the reasons of a cancellation: a failed condition wins,
// since repeating cannot help; anything but contention and throttling is a
// mistake of ours.
func canceledError(canceled *types.TransactionCanceledException) error {
	contended := false
	for _, reason := range canceled.CancellationReasons {
		switch aws.ToString(reason.Code) {
		case "ConditionalCheckFailed":
			return license.ErrStale
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded":
			contended = true
		}
	}
	if contended {
		return errContended
	}
	return fmt.Errorf("transaction: %w", canceled)
}

// isRefusal reports an answer that says no, as opposed to none (its status is 0),
// or to a fault on the other side.
func isRefusal(err error) bool {
	var response *smithyhttp.ResponseError
	return errors.As(err, &response) && response.HTTPStatusCode()/100 == 4
}

func isThrottle(err error) bool {
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.ErrorCode() {
	case "ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
		"TransactionInProgressException", "TransactionConflictException", "LimitExceededException":
		return true
	}
	return false
}
