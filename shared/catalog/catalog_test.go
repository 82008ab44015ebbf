package catalog_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/catalog"
	"github.com/cirruslink/chariot-license/shared/license"
)

func TestMetered(t *testing.T) {
	end := time.Date(2027, time.November, 23, 0, 0, 0, 0, time.UTC)
	in := []license.Feature{
		{Name: "mqtt-server", Metered: true}, {Name: "mqtt-server-support", Until: end},
		{Name: "iot-bridge-snowflake", Until: end}, {Name: "something-else"},
	}
	want := []license.Feature{
		{Name: "mqtt-server"}, {Name: "mqtt-server-support", Until: end},
		{Name: "iot-bridge-snowflake", Until: end, Metered: true}, {Name: "something-else"},
	}
	if got := catalog.Metered(in); !reflect.DeepEqual(got, want) {
		t.Errorf("Metered = %+v, want %+v", got, want)
	}
	if !in[0].Metered || in[2].Metered {
		t.Error("Metered changed what it was given")
	}
	if got := catalog.Metered(nil); len(got) != 0 {
		t.Errorf("Metered(nil) = %+v", got)
	}
}

// The names are on licenses that are out there: they never change.
func TestNamesStay(t *testing.T) {
	got := []string{catalog.MQTTServer, catalog.MQTTServerSupport, catalog.IoTBridgeSnowflake}
	want := []string{"mqtt-server", "mqtt-server-support", "iot-bridge-snowflake"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	for _, name := range got {
		if !license.FeatureName(name) {
			t.Errorf("%q is no name of a feature", name)
		}
	}
}
