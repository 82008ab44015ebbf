// Command support answers /v1/support/…: the seller's people issue, look up,
// change and suspend licenses, replace leaked keys, and restore lost seats. It is
// never public.
package main

import (
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/cirruslink/chariot-license/shared/api"
	"github.com/cirruslink/chariot-license/shared/awsenv"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/kms"
	"github.com/cirruslink/chariot-license/shared/support"
)

func main() {
	cloud := awsenv.Load()
	licenses := dynamo.NewLicenses(cloud.DynamoDB(), awsenv.Must("LICENSES_TABLE"))
	service := &support.Service{
		Reader: licenses,
		Writer: licenses,
		Cipher: kms.NewCipher(cloud.KMS(), awsenv.Must("MAIL_KEY_ID")),
		Now:    time.Now,
	}
	awsenv.Warm(licenses.Ping)
	awsenv.Warm(cloud.ConnectKMS)
	lambda.Start(api.Serve(awsenv.Log(), api.Support(service)))
}
