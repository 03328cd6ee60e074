// Package migrations holds the schema: numbered files, applied in order, never edited once released.
package migrations

import "embed"

// FS holds the files.
//
//go:embed *.sql
var FS embed.FS
