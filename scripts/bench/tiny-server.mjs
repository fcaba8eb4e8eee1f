// Answers every request at once, in a process of its own: node tiny-server.mjs; prints its port.
import { createServer } from 'node:http';

const body = JSON.stringify({ ok: true, text: 'x'.repeat(600) });
const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(body));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.once('disconnect', () => process.exit());
