import { isExposed } from '../evidence/outside/answer.ts';
import type { AskedEndpoint, SideInspection } from '../evidence/outside/inspection.ts';
import type { InspectionSummary } from '../run-record/inspection-summary.ts';

/** Something about an endpoint's answers that may hurt its users, however fast it makes them. */
export interface Danger {
  /** By its label. */
  readonly endpoint: string;
  /**
   * `personal-and-shared`: an answer to somebody's own request, which caches that many people share may keep.
   * `stale-after-write`: what was just written is not in the answer.
   */
  readonly kind: 'personal-and-shared' | 'stale-after-write';
  /** Answers that show it, of how many. */
  readonly seen: number;
  readonly of: number;
  /** The header that allows it; from outside. */
  readonly header?: string;
}

/** Fewer answers prove nothing; all of them have to agree. */
const minAnswers = 2;

/**
 * Which endpoints of `candidate` became dangerous to cache? Those that weren't before: with a `baseline`, on its side, else in
 * what was kept of earlier runs; with neither, all that are. A gain in speed by such a change is none.
 */
export function dangersOf(
  candidate: SideInspection,
  baseline?: SideInspection,
  earlier: readonly InspectionSummary[] = [],
): Danger[] {
  const before = new Map((baseline?.alone ?? []).map((asked) => [asked.endpoint, exposureOf(asked)]));
  const wasExposed = (endpoint: string) =>
    (before.get(endpoint)?.seen ?? 0) > 0 ||
    earlier.some((run) => run.endpoints.some((one) => one.endpoint === endpoint && (one.means['exposed'] ?? 0) > 0));
  const exposed = candidate.alone.flatMap((asked): Danger[] => {
    const { seen, of, header } = exposureOf(asked);
    if (of < minAnswers || seen < of || wasExposed(asked.endpoint)) return [];
    return [
      { endpoint: asked.endpoint, kind: 'personal-and-shared', seen, of, ...(header !== undefined && { header }) },
    ];
  });
  return [...exposed, ...staleAfterWrites(candidate, baseline)];
}

/** Fewer reads after writes may have been unlucky. */
const minReads = 5;
const nearlyAll = 0.8;
const atMostHalf = 0.5;

/** Where what was just written is read in the baseline and isn't in the candidate. What never shows is none of it. */
function staleAfterWrites({ afterWrites = [] }: SideInspection, baseline: SideInspection | undefined): Danger[] {
  return afterWrites.flatMap(({ endpoint, unchanged, of }): Danger[] => {
    const before = baseline?.afterWrites?.find((other) => other.endpoint === endpoint);
    if (before === undefined || before.of < minReads || of < minReads) return [];
    const isStale = unchanged >= nearlyAll * of && before.unchanged <= atMostHalf * before.of;
    return isStale ? [{ endpoint, kind: 'stale-after-write', seen: unchanged, of }] : [];
  });
}

function exposureOf({ answers }: AskedEndpoint) {
  const there = answers.flatMap((answer) => answer ?? []);
  const exposed = there.filter(isExposed);
  return { seen: exposed.length, of: there.length, header: exposed[0]?.headers['cache-control'] };
}
