package certificate

// For the tests outside, which import package licensetest: that imports this one.
var (
	Trials      = trials
	FailureName = failureName
	VerifyES256 = verifyES256

	WycheproofECDSA = wycheproofECDSA
)

// Spoilings are the names of all ways to spoil.
func Spoilings() (names []string) {
	for _, s := range append(bundleSpoilings(), certificateSpoilings()...) {
		names = append(names, s.class)
	}
	return names
}
