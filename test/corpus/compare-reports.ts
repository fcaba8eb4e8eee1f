import { isDeepStrictEqual } from 'node:util';
import type { NamedDefect } from './named-defects.ts';

export interface Difference {
  /** `comparisons[GET /items p95].pValue`: rows are called by what they are about. */
  readonly path: string;
  readonly frozen: unknown;
  readonly now: unknown;
}

/** Numbers closer than this are equal, relative to the larger one or absolutely. */
const tolerance = 1e-12;

/** Sentences, which golden files of their own watch over: what they are made of is compared. */
const prose = /^(?:headline|detail|hint|warnings)$/;

/** Where two reports differ; the order of rows counts, that of properties and the wording of sentences don't. */
export function compareReports(frozen: unknown, now: unknown, path = ''): Difference[] {
  if (prose.test(path)) return [];
  if (typeof frozen === 'number' && typeof now === 'number') {
    const reach = tolerance * Math.max(1, Math.abs(frozen), Math.abs(now));
    return Math.abs(frozen - now) <= reach ? [] : [{ path, frozen, now }];
  }
  if (Array.isArray(frozen) && Array.isArray(now)) return compareLists(frozen, now, path);
  if (!isObject(frozen) || !isObject(now)) return isDeepStrictEqual(frozen, now) ? [] : [{ path, frozen, now }];
  const keys = [...new Set([...Object.keys(frozen), ...Object.keys(now)])];
  return keys.flatMap((key) => compareReports(own(frozen, key), own(now, key), path === '' ? key : `${path}.${key}`));
}

function compareLists(frozen: readonly unknown[], now: readonly unknown[], path: string): Difference[] {
  const [before, after] = [namesOf(frozen), namesOf(now)];
  const beforeAt = new Map(before.map((name, i) => [name, frozen[i]]));
  const afterAt = new Map(after.map((name, i) => [name, now[i]]));
  const [common, still] = [before.filter((name) => afterAt.has(name)), after.filter((name) => beforeAt.has(name))];
  const order = isDeepStrictEqual(common, still) ? [] : [{ path: `${path}.order`, frozen: common, now: still }];
  const names = [...before, ...after.filter((name) => !beforeAt.has(name))];
  return [
    ...order,
    ...names.flatMap((name) => compareReports(beforeAt.get(name), afterAt.get(name), `${path}[${name}]`)),
  ];
}

/** What the items are called: rows by endpoint and metric, others by their place. */
function namesOf(items: readonly unknown[]): string[] {
  const seen = new Map<string, number>();
  return items.map((item, i) => {
    const name =
      isObject(item) && 'endpoint' in item ? [item['endpoint'], item['metric'] ?? ''].join(' ').trim() : `${i}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} #${times}`;
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Sorts out the differences that are meant, and remembers which of the named defects occurred. */
export function meantDifferences(defects: readonly NamedDefect[]) {
  const occurred = new Set<NamedDefect>();
  return {
    without(id: string, differences: readonly Difference[]): Difference[] {
      return differences.filter(({ path }) => {
        const meant = defects.filter((defect) => defect.builds.test(id) && defect.path.test(path));
        for (const defect of meant) occurred.add(defect);
        return meant.length === 0;
      });
    },
    neverOccurred: () => defects.filter((defect) => !occurred.has(defect)),
  };
}
