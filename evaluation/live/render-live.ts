import { type Asked, type BuildOrder, type LiveCase, liveCases } from './live-cases.ts';
import { findsChanged, type LiveRow, namesOnlyChanged } from './live-row.ts';
import { binomialInterval, quantile } from './live-statistics.ts';

const orders: readonly BuildOrder[] = ['concurrent', 'alternating'];

const columns = [
  'case',
  'order',
  'builds',
  'fails',
  'finds what changed',
  'names only what changed',
  'other verdicts',
  'measured p95 change',
  'judged s a side: median (10-90 %)',
  'asked',
];

/** One line per case and order; builds that could not be judged are counted apart. */
export function renderCases(rows: readonly LiveRow[]): string {
  const lines = liveCases.flatMap((liveCase) =>
    orders.flatMap((order) => {
      const own = rows.filter((row) => row.case === liveCase.id && row.order === order);
      return own.length === 0 ? [] : [`| ${cellsOf(liveCase, order, own).join(' | ')} |`];
    }),
  );
  return [`| ${columns.join(' | ')} |`, `| ${columns.map(() => '---').join(' | ')} |`, ...lines].join('\n');
}

function cellsOf(liveCase: LiveCase, order: BuildOrder, own: readonly LiveRow[]): string[] {
  const judged = own.filter(({ verdict }) => verdict !== 'invalid');
  const invalid = own.length - judged.length;
  const isChanged = liveCase.changed > 0;
  const share = (holds: (row: LiveRow) => boolean) => shareText(judged.filter(holds).length, judged.length);
  const changes = judged.flatMap(({ measuredP95Change: change }) => (change === undefined ? [] : [change]));
  return [
    liveCase.title,
    order,
    `${judged.length}${invalid > 0 ? ` (and ${invalid} invalid)` : ''}`,
    share(({ verdict }) => verdict === 'fail'),
    isChanged ? share(findsChanged) : '',
    isChanged ? share((row) => row.verdict === 'fail' && namesOnlyChanged(row)) : '',
    otherVerdicts(judged),
    changes.length === 0 ? '' : percent(quantile(changes, 0.5)),
    spread(
      judged.map(({ judgedS }) => judgedS),
      0,
    ),
    liveCase.asked === undefined ? '' : askedText(liveCase.asked),
  ];
}

function askedText({ count, comparison, builds: [least, of], medianS }: Asked): string {
  const what = { fails: 'fails', finds: 'finds it', 'names-only-changed': 'fails, names no healthy one' }[count];
  const median = medianS === undefined ? '' : `, median at most ${medianS} s`;
  return `${what} in at ${comparison === 'at-most' ? 'most' : 'least'} ${least} of ${of}${median}`;
}

function shareText(count: number, builds: number): string {
  if (builds === 0) return '';
  const [low, high] = binomialInterval(count, builds);
  return `${count} of ${builds} (${low.toFixed(2)}-${high.toFixed(2)})`;
}

function otherVerdicts(rows: readonly LiveRow[]): string {
  const counts = new Map<string, number>();
  for (const { verdict, reason } of rows) {
    if (verdict === 'fail' && reason === 'regressed') continue;
    const name = reason === '' ? verdict : `${verdict}: ${reason}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

/** What whole builds cost beside their load. */
export function renderCosts(rows: readonly LiveRow[]): string {
  const head = [
    'order',
    'builds',
    'wall beyond load, s',
    "gate's CPU / k6's CPU",
    'the same while there is load',
    'start lateness, ms',
  ];
  const lines = orders.flatMap((order) => {
    const own = rows.filter((row) => row.order === order && row.verdict !== 'invalid' && row.k6CpuS > 0);
    if (own.length === 0) return [];
    const cells = [
      order,
      String(own.length),
      spread(own.map(({ wallS, loadS }) => wallS - loadS)),
      spread(
        own.map(({ tailgateCpuS, k6CpuS }) => (100 * tailgateCpuS) / k6CpuS),
        1,
        ' %',
      ),
      spread(
        own.map(({ tailgateLoadCpuS, k6CpuS }) => (100 * tailgateLoadCpuS) / k6CpuS),
        1,
        ' %',
      ),
      spread(own.map(({ startLatenessMs }) => startLatenessMs)),
    ];
    return [`| ${cells.join(' | ')} |`];
  });
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines].join('\n');
}

/** Median with the 10 and 90 % quantiles. */
function spread(values: readonly number[], digits = 1, unit = ''): string {
  if (values.length === 0) return '';
  const text = (probability: number) => quantile(values, probability).toFixed(digits);
  return `${text(0.5)}${unit} (${text(0.1)}-${text(0.9)})`;
}

function percent(change: number): string {
  return `${change < 0 ? '' : '+'}${(100 * change).toFixed(0)} %`;
}
