package chariot

import "fmt"

// An AnswerError says that something answered, and not as a license server does:
// the URL is wrong, or there is something in between.
type AnswerError struct {
	Server string
	// Status is that of HTTP; 0 if what is wrong is in a good answer.
	Status int
	What   string
}

func (e *AnswerError) Error() string {
	status := ""
	if e.Status != 0 {
		status = fmt.Sprintf(" (status %d)", e.Status)
	}
	if isBusy(e.Status) {
		return fmt.Sprintf("The license server %s is out of order for a moment%s. Nothing is lost: try again in a few minutes.", e.Server, status)
	}
	return fmt.Sprintf("The answer of %s%s is of no use: %s. Check the license server's URL, and whether a proxy or a login page stands in between.", e.Server, status, e.What)
}
