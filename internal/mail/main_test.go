package mail_test

import (
	"testing"

	"zhigang/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }
