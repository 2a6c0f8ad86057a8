package failure

// typeFact knows no types: in a browser an error is a name and a text.
func typeFact(error) fact { return unknown }

var requestSayings []saying

func isPanic(error) bool { return false }
