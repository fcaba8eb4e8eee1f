import { parseArgs } from 'node:util';
import { startShop } from './start-shop.ts';
import { parseSwitches } from './switches.ts';

/** The shop as a program: `node examples/demo-shop/server.ts --port 0`. Ends on SIGINT and SIGTERM, a second one at once. */
async function main(): Promise<void> {
  const { port } = parseArgs({ options: { port: { type: 'string', default: '3333' } } }).values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Error(`--port is ${port}, expected a number from 0 (any free port) to 65535`);
  }
  const shop = await startShop({ port: Number(port), switches: parseSwitches(process.env) });
  console.log(`listening on ${shop.url}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(1));
      shop.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
