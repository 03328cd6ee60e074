package search

import "zhigang/internal/script"

// Fold brings text to the form in which it is compared: see script.Fold. Both the documents and the queries go through it,
// for every engine.
func Fold(text string) string { return script.Fold(text) }
