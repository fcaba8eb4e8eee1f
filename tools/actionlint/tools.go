//go:build tools

// Package tools pins the actionlint that checks workflows in the tests.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
