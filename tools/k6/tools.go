//go:build tools

// Package tools pins the k6 that is built from source where releases can't be reached.
package tools

import _ "go.k6.io/k6/v2"
