//go:build tools

// Package tools pins the toxiproxy that the fault tests build from source.
package tools

import _ "github.com/Shopify/toxiproxy/v2/cmd/server"
