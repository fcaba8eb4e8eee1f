import { type Answer, quantitiesOf } from '../evidence/outside/answer.ts';
import { meansOf } from '../evidence/outside/contrast.ts';
import type { AskedEndpoint, SideInspection } from '../evidence/outside/inspection.ts';

/** Something that takes time in a service that did not change, and what leaving it out would give back. */
export interface Opportunity {
  /** By its label. */
  readonly endpoint: string;
  readonly kind:
    | 'repeated-calls'
    | 'unbounded-list'
    | 'nobody-may-keep'
    | 'never-compressed'
    | 'slow-part'
    | 'blocks-others';
  /** About so many ms of a mean request. */
  readonly savesMs: number;
  /** What it is about: calls, items, bytes or ms. */
  readonly value: number;
  /** The part that the service times; from outside. */
  readonly part?: string;
}

/** So many calls for one answer, items or bytes in one are more than anybody reads. */
const manyCalls = 10;
const manyItems = 200;
const manyBytes = 200_000;
const textWorthPacking = 10_000;
/** From so many ms on others notice that they wait. */
const longStallMs = 20;
const slowPartMs = 50;

const maxOpportunities = 3;

/**
 * Where does the time of one service go, and what could be given back? The three that give most back to all users
 * (ms saved times the endpoint's share of the requests), with no judgement on them.
 */
export function audit({ alone }: SideInspection, shares: ReadonlyMap<string, number>): Opportunity[] {
  return alone
    .flatMap(opportunitiesOf)
    .sort((a, b) => b.savesMs * (shares.get(b.endpoint) ?? 0) - a.savesMs * (shares.get(a.endpoint) ?? 0))
    .slice(0, maxOpportunities);
}

function opportunitiesOf({ endpoint, answers }: AskedEndpoint): Opportunity[] {
  const there = answers.flatMap((answer) => answer ?? []);
  if (there.length < 3) return [];
  const means = meansOf(there.map(quantitiesOf));
  const of = (name: string) => means[name] ?? 0;
  const parts = Object.keys(means).flatMap((name) => /^timing:(.*):ms$/.exec(name)?.[1] ?? []);
  const found: Opportunity[] = parts.flatMap((part): Opportunity[] => {
    const [ms, calls] = [of(`timing:${part}:ms`), of(`timing:${part}:calls`)];
    if (calls >= manyCalls) {
      return [{ endpoint, kind: 'repeated-calls', part, value: calls, savesMs: ms * (1 - 2 / calls) }];
    }
    return ms >= Math.max(slowPartMs, of('totalMs') / 2)
      ? [{ endpoint, kind: 'slow-part', part, value: ms, savesMs: ms / 2 }]
      : [];
  });
  if (of('items') >= manyItems || of('decodedBytes') >= manyBytes) {
    const value = of('items') >= manyItems ? of('items') : of('decodedBytes');
    found.push({ endpoint, kind: 'unbounded-list', value, savesMs: of('totalMs') * 0.8 });
  }
  if (of('stallMs') >= longStallMs)
    found.push({ endpoint, kind: 'blocks-others', value: of('stallMs'), savesMs: of('stallMs') });
  if (isStable(there) && of('keepable') === 0 && of('validated') === 0 && there.every(isNobodys)) {
    found.push({ endpoint, kind: 'nobody-may-keep', value: 0, savesMs: of('totalMs') / 2 });
  }
  if (
    of('compressed') === 0 &&
    of('decodedBytes') >= textWorthPacking &&
    there.every(acceptsPacked) &&
    there.every(isText)
  ) {
    found.push({ endpoint, kind: 'never-compressed', value: of('decodedBytes'), savesMs: of('receiveMs') * 0.7 });
  }
  return found;
}

/** Whether what was asked twice was answered alike each time. */
function isStable(answers: readonly Answer[]): boolean {
  const byPath = [...Map.groupBy(answers, ({ path }) => path).values()].filter((same) => same.length > 1);
  return (
    byPath.length > 0 &&
    byPath.every((same) => new Set(same.map(({ bodyHash }) => bodyHash)).size === 1 && same[0]?.bodyHash !== '')
  );
}

function isNobodys({ requestHeaders }: Answer): boolean {
  return requestHeaders['authorization'] === undefined && requestHeaders['cookie'] === undefined;
}

function acceptsPacked({ requestHeaders }: Answer): boolean {
  return /\b(?:gzip|br|zstd|deflate)\b/.test(requestHeaders['accept-encoding'] ?? '');
}

function isText({ headers }: Answer): boolean {
  return /json|text|xml|javascript/.test(headers['content-type'] ?? '');
}
