/**
 * The entry of the command line. It holds nothing that a Node of 2020 could not read, since its one work is to say which
 * Node is needed; the program itself is loaded where that works.
 */
const oldest = [22, 12] as const;
const parts = process.versions.node.split('.').map(Number);
const major = parts[0] || 0;
const minor = parts[1] || 0;

if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  process.stderr.write(
    `tailgate needs Node ${oldest[0]}.${oldest[1]} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer one (https://nodejs.org/en/download) or put it first on the PATH. (NODE_TOO_OLD)\n',
  );
  process.exitCode = 2;
} else {
  import('./commands/program.ts').catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    // A fault of our own must not look like a failed gate.
    process.exitCode = 3;
  });
}
