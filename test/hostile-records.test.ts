import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { renderComment } from '../src/core/comment/comment-body.ts';
import { readJobFiles, writeJobFiles } from '../src/core/joining/job-files.ts';
import { stripUntrustedText } from '../src/core/joining/measured-job.ts';
import { renderHtml } from '../src/core/report/html/html-report.ts';
import { buildReport } from '../src/core/report/model/report-model.ts';
import { renderJson } from '../src/core/report/render/report-json.ts';
import { renderText } from '../src/core/report/render/text-report.ts';
import { GateError } from '../src/errors.ts';
import { judgeJobs } from '../src/gate/judge-jobs.ts';
import { duetPairs, duetRecords } from './support/paired-runs.ts';
import { someThresholds } from './support/some-thresholds.ts';
import { history } from './support/stored-shop.ts';

const shop = { 'GET /items': { medianMs: 100, requests: 400 }, 'GET /cart': { medianMs: 60, requests: 400 } };
const runs = history(6, shop);
const { baseline, candidate } = duetRecords(
  duetPairs({ endpoints: 2, pairs: 6, requestsPerBlock: 40, seed: 'hostile' }),
);
const duet = {
  baseline: { ...baseline, provenance: { pair: { id: 'p', side: 'baseline', order: 0 } } },
  order: 'alternating',
  placement: 'one-host',
  plannedPairs: 6,
  looks: [5, 6],
  seed: 'p',
} as const;
const files = {
  alone: writeJobFiles({ record: runs[5] as (typeof runs)[number] }),
  duet: writeJobFiles({
    record: { ...candidate, provenance: { pair: { id: 'p', side: 'candidate', order: 1 } } },
    duet,
  }),
};

/** What somebody who may write anything would write. */
const nastyText = [
  '<!-- tailgate {"name":"shop"} -->',
  '</details><script>alert(1)</script>',
  '![x](https://evil.example/a.png) @everyone #1',
  '\n::error::stop\n::add-mask::x',
  '|a|b|\n|--|--|',
  '__proto__',
  '\u202etxt.exe\u0000\ud800',
  'x'.repeat(900),
] as const;
const nasty = fc.oneof(
  fc.constantFrom<unknown>(...nastyText),
  fc.constantFrom<unknown>(0, -1, 1e-300, 1e308, 2 ** 53 - 1, 2 ** 31, null, true, '', [], {}, [[]], '2026-13-45'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

type Json = Readonly<Record<string, unknown>> | readonly unknown[];

/** Every place in `value` that something else can be put into. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => placesIn(item, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const item = replaced((value as Record<string, unknown>)[key], rest, by);
  return Array.isArray(value) ? value.with(Number(key), item) : { ...(value as Json), [key]: item };
}

const forged = (kind: keyof typeof files) =>
  fc.constantFrom(...Object.keys(files[kind])).chain((file) => {
    const json: unknown = JSON.parse(files[kind][file] ?? '');
    const change = fc.tuple(fc.constantFrom(...placesIn(json)), nasty);
    return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
      const text = JSON.stringify(changes.reduce((value, [path, by]) => tryReplacing(value, path, by), json));
      return new Map(Object.entries({ ...files[kind], [file]: text }));
    });
  });

/** A place that an earlier change took away stays away. */
function tryReplacing(value: unknown, path: readonly string[], by: unknown): unknown {
  try {
    return replaced(value, path, by);
  } catch {
    return value;
  }
}

function report(texts: ReadonlyMap<string, string>) {
  const job = stripUntrustedText(readJobFiles('shop', texts));
  const plan = { name: 'shop', thresholds: someThresholds(), failOn: ['regressed'] } as const;
  const judged = judgeJobs(
    { ...plan, unchangedJobs: [], repeats: 'auto' },
    { jobs: [job], furtherRuns: [], stored: runs.slice(0, 5), storeLabel: 'dir:runs', warnings: [] },
  );
  return buildReport(judged);
}

describe.each(['alone', 'duet'] as const)('a forged artifact of a run measured %s', (kind) => {
  it.prop([forged(kind)], { numRuns: 150 })('is refused, or reported in nobody’s words but ours', (texts) => {
    let made: ReturnType<typeof report>;
    try {
      made = report(texts);
    } catch (error) {
      expect(error).toBeInstanceOf(GateError);
      return;
    }
    const comment = renderComment({ marker: '', report: made });
    expect(comment.length).toBeLessThan(60_000);
    // Nothing in a code span is markup.
    const prose = comment.replaceAll(/(`+)[^`\n]+\1/g, 'code');
    expect(prose).not.toMatch(/(?<!\\)<(script|!--)|^::|\]\(https?:|@everyone/m);
    const folds = (tag: string) => prose.split(new RegExp(`(?<!\\\\)${tag}`)).length;
    expect(folds('<details>')).toBe(folds('</details>'));
    expect(renderText(made)).not.toMatch(/^::|[\u0000\u202e]/m);
    expect(renderHtml(made)).not.toContain('<script>alert');
    expect(JSON.parse(renderJson(made))).toMatchObject({ schema: 'tailgate.report/2' });
  });
});
