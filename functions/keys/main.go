// Command keys answers GET /v1/keys, /v1/openapi.json and /v1/health, and every
// request that no other route takes.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/cirruslink/chariot-license/shared/api"
	"github.com/cirruslink/chariot-license/shared/awsenv"
	"github.com/cirruslink/chariot-license/shared/dynamo"
)

func main() {
	cloud := awsenv.Load()
	licenses := dynamo.NewLicenses(cloud.DynamoDB(), awsenv.Must("LICENSES_TABLE"))
	awsenv.Warm(licenses.Ping)
	lambda.Start(api.Serve(awsenv.Log(), api.Keys(licenses)))
}
