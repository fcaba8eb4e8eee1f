#!/usr/bin/env node

// src/cli.ts
var oldest = [22, 12];
var parts = process.versions.node.split(".").map(Number);
var major = parts[0] || 0;
var minor = parts[1] || 0;
if (major < oldest[0] || major === oldest[0] && minor < oldest[1]) {
  process.stderr.write(
    `tailgate needs Node ${oldest[0]}.${oldest[1]} or newer; this is ${process.versions.node} (${process.execPath}).
Install a newer one (https://nodejs.org/en/download) or put it first on the PATH. (NODE_TOO_OLD)
`
  );
  process.exitCode = 2;
} else {
  import("./program.mjs").catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}
`);
    process.exitCode = 3;
  });
}
