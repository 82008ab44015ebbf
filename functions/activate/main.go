// Command activate answers POST /v1/activations: it gives a machine a seat and
// returns the signed certificate that proves it.
package main

import (
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/api"
	"github.com/cirruslink/chariot-license/shared/awsenv"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/kms"
)

func main() {
	cloud, log := awsenv.Load(), awsenv.Log()
	db, table := cloud.DynamoDB(), awsenv.Must("LICENSES_TABLE")
	licenses := dynamo.NewLicenses(db, table)
	service := &activation.Service{Store: licenses, Signer: kms.NewSigner(cloud.KMS()), Now: time.Now}
	limit := &api.Limiter{Failed: dynamo.NewFailures(db, table), Now: time.Now, Log: log}
	awsenv.Warm(licenses.Ping)
	awsenv.Warm(cloud.ConnectKMS)
	lambda.Start(api.Serve(log, api.Activate(service, limit)))
}
