// The shop as a program: `node examples/fastapi-shop/start.mjs --port 0`. Ends on SIGINT and SIGTERM, a second one at once.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPartner } from './partner.mjs';
import { pythonWith } from './python-environment.mjs';

const FAULTS = Array.from({ length: 17 }, (_, i) => `f${String(i + 1).padStart(2, '0')}`);
const here = import.meta.dirname;

async function main() {
  const { port } = parseArgs({ options: { port: { type: 'string', default: '3340' } } }).values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Error(`--port is ${port}, expected a number from 0 (any free port) to 65535`);
  }
  const fault = process.env.SHOP_FAULT ?? '';
  if (fault !== '' && !FAULTS.includes(fault)) {
    throw new Error(`SHOP_FAULT is ${fault}, expected nothing or one of f01 to ${FAULTS.at(-1)}`);
  }
  let shop;
  let ending = false;
  const installing = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      installing.abort();
      shop?.kill(ending ? 'SIGKILL' : 'SIGTERM');
      ending = true;
    });
  }
  const python = await pythonWith(join(here, 'requirements.txt'), installing.signal);
  if (ending) return;
  const partner = await startPartner(fault);
  // The shop ends when its standard input does, so it can't outlive this process. A group of its own, because Ctrl-C in a
  // terminal would else reach it twice.
  shop = spawn(python, [join(here, 'serve.py'), port], {
    env: { ...process.env, SHOP_PARTNER_URL: partner.url, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true,
  });
  shop.on('error', (error) => console.error(error.message));
  shop.on('close', (code) => {
    partner.close();
    process.exitCode = ending ? 0 : code || 1;
  });
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
