// Package catalog is what the seller sells, as data.
package catalog

import "github.com/cirruslink/chariot-license/shared/license"

// The features of the catalog's products. A feature has the name of the product
// that grants it.
const (
	MQTTServer         = "mqtt-server"
	MQTTServerSupport  = "mqtt-server-support"
	IoTBridgeSnowflake = "iot-bridge-snowflake"
)

// Metered returns the features with each marked that is billed by use.
func Metered(features []license.Feature) []license.Feature {
	marked := make([]license.Feature, len(features))
	for i, feature := range features {
		feature.Metered = feature.Name == IoTBridgeSnowflake
		marked[i] = feature
	}
	return marked
}
