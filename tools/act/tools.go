//go:build tools

// Package tools pins the act that runs whole workflows in the tests.
package tools

import _ "github.com/nektos/act"
