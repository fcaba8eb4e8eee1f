import { type ScriptedTarget, startScriptedTarget } from './scripted-target.ts';

/** A service that answers at once, and one of whose answers waits for the rows that it would have to read. */
const leastMs = 40;
const perRowMs = 0.8;

/**
 * A shop in which each `POST /carts` leaves a row behind and `GET /carts` reads all rows. `keptRows`: how many it keeps, as
 * with a job that clears old carts away; without it nothing is ever cleared away.
 */
export function startGrowingCarts({ keptRows = Number.POSITIVE_INFINITY } = {}): Promise<ScriptedTarget> {
  let rows = 0;
  return startScriptedTarget({ kind: 'ok' }, ({ method, url }, response) => {
    if (url !== '/carts') return false;
    if (method === 'POST') {
      rows = Math.min(rows + 1, keptRows);
      response.writeHead(201).end('{}');
    } else {
      const read = rows;
      setTimeout(() => response.end(`{"rows":${read}}`), leastMs + perRowMs * read);
    }
    return true;
  });
}
