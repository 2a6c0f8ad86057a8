package fetch_test

import (
	"testing"

	"github.com/retrystream/retrystream/e2e/internal/browser"
)

func TestMain(m *testing.M) { browser.Main(m) }
