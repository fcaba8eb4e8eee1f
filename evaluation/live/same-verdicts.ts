import type { LiveRow } from './live-row.ts';

/** A later version of the code that repeats an earlier one's verdicts from the same samples, bit for bit. */
interface Succession {
  readonly from: string;
  readonly to: string;
  /** What changed, so that a reader can doubt it. */
  readonly change: string;
  /** Builds that it would judge otherwise, or at another time. */
  readonly except?: (row: LiveRow) => boolean;
}

/** What is said of all endpoints together, and of the load. */
function isTotal(name: string): boolean {
  return name.startsWith('(') || /^(?:requestRate|iterationRate|unendedIterations)\b/.test(name);
}

/** Only what a reader of the difference can see to be so: what is reported, or what the same answer costs. */
const successions: readonly Succession[] = [
  {
    from: '1a684a2fdca7',
    to: 'fed68f84168b',
    change:
      'the report is told the paths of the scripts; certificates are read for https alone; counting permutations and finding the last block leave out work whose result is known',
  },
  {
    from: 'fed68f84168b',
    to: '2c9f9353d2d5',
    change:
      'a side with 1 to 9 failures and no answer in two or more of its last blocks is dead where the other side answered; no build of a row that is asked for has such an end',
  },
  {
    from: '2c9f9353d2d5',
    to: '44e1b4467993',
    change:
      'what was judged is handed on, for jobs that decide from it; modes that only measure; which stored runs are compared; the test of a slow creep, which no duet asks',
  },
  {
    from: '44e1b4467993',
    to: '69004813a2d3',
    change: 'against stored runs, all endpoints together are held against the least increase in ms; duets always were',
  },
  {
    from: '69004813a2d3',
    to: 'd3b5d870c798',
    change:
      'a candidate that leaves too few requests for a median, or holds two seconds of iterations, fails by that; data that grew on one side alone let nothing pass; messages, the distance of the sides and who answers at an address are read better; against stored runs a shift of all must be one by both margins: here each endpoint kept its ten requests a second, requests took tenths of a second, and no data grew',
  },
  {
    from: 'd3b5d870c798',
    to: 'e62aa2ac301f',
    change:
      'rows, verdicts and rooms are ordered anew (`npm run corpus` held 60 frozen duets equal); answers of one unexpected status, clocks that jump and endpoints with two modes are judged, of which these builds have none; a total alone ends no duet: builds that ended by one are left out',
    except: ({ named }) => named.length > 0 && named.every(isTotal),
  },
  {
    from: 'e62aa2ac301f',
    to: '44fbe41cf90c',
    change:
      'repeats against stored runs; across separate hosts the share of slow requests is shown only; intervals that say nothing are clamped: these builds are duets on one host',
  },
  {
    from: '44fbe41cf90c',
    to: '49e398395577',
    change: 'one name for the two families that tell of latency, and one for the level of what is shown',
  },
];

/**
 * Whether the build `row` shows what `code` would have said. Hours of load needn't be repeated for a change that no verdict
 * depends on; what the gate costs is shown from `code` alone.
 */
export function saysTheSame(code: string, row: LiveRow, known: readonly Succession[] = successions): boolean {
  const seen = new Set<string>();
  for (let at = row.code; !seen.has(at); ) {
    if (at === code) return true;
    seen.add(at);
    const next = known.find(({ from, except }) => from === at && except?.(row) !== true);
    at = next?.to ?? at;
  }
  return false;
}
