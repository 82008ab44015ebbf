// Command deactivate answers POST /v1/activations/{id}/deactivate: a machine gives
// its seat back.
package main

import (
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/api"
	"github.com/cirruslink/chariot-license/shared/awsenv"
	"github.com/cirruslink/chariot-license/shared/dynamo"
)

func main() {
	cloud, log := awsenv.Load(), awsenv.Log()
	db, table := cloud.DynamoDB(), awsenv.Must("LICENSES_TABLE")
	licenses := dynamo.NewLicenses(db, table)
	service := &activation.Service{Store: licenses, Now: time.Now}
	limit := &api.Limiter{Failed: dynamo.NewFailures(db, table), Now: time.Now, Log: log}
	awsenv.Warm(licenses.Ping)
	lambda.Start(api.Serve(log, api.Deactivate(service, limit)))
}
