import { describe, expect, it } from 'vitest';
import { K6Log, readableMessage } from '../../../../src/adapters/k6/output/k6-log.ts';
import { recordedLog } from '../../../support/recorded-log.ts';

const line = (entry: object) => `${JSON.stringify({ level: 'info', msg: '', ...entry })}\n`;
const thrown = line({
  level: 'error',
  source: 'stacktrace',
  scenario: 'default',
  msg: "TypeError: Cannot read property 'x'\n\tat default (file:///work/a.js:4:7(12))\n",
});

function read(...chunks: string[]) {
  const log = recordedLog();
  const k6Log = new K6Log(log, '/work');
  for (const chunk of chunks) k6Log.push(chunk);
  k6Log.end();
  return { log, k6Log };
}

describe('K6Log', () => {
  it('counts iterations that throw, wherever the stream is cut', () => {
    const text = thrown.repeat(5);
    const { k6Log } = read(text.slice(0, 37), text.slice(37, 400), text.slice(400));
    expect(k6Log.thrownIterations).toBe(5);
    expect(k6Log.message).toBe("TypeError: Cannot read property 'x' (a.js:4:7)");
  });

  it('does not take an error in setup() for an iteration, and prefers it as the reason', () => {
    const setup = line({
      level: 'error',
      source: 'stacktrace',
      msg: 'Error: no login\n\tat setup (file:///work/a.js:1:2(3))\n',
    });
    const { k6Log } = read(thrown, setup);
    expect(k6Log.thrownIterations).toBe(1);
    expect(k6Log.message).toBe('Error: no login (a.js:1:2)');
  });

  it('knows a run that a threshold ended', () => {
    const { k6Log } = read(
      line({
        level: 'error',
        msg: "thresholds on metrics 'checks, http_reqs' were crossed; at least one has abortOnFail enabled, stopping test prematurely",
      }),
    );
    expect(k6Log).toMatchObject({
      crossedMetrics: ['checks', 'http_reqs'],
      endedByThreshold: true,
      message: undefined,
    });
  });

  it("reads crossed thresholds, and takes neither them nor the script's own errors for the reason", () => {
    const { k6Log } = read(
      line({ level: 'error', msg: "thresholds on metrics 'checks, http_req_duration{name:x}' have been crossed" }),
      line({ level: 'error', source: 'console', msg: 'my own' }),
    );
    expect(k6Log.crossedMetrics).toEqual(['checks', 'http_req_duration{name:x}']);
    expect(k6Log.message).toBeUndefined();
  });

  it('does not take the signal that stopped k6 for the reason of anything', () => {
    const signal = line({ level: 'error', msg: "test run was aborted because k6 received a 'interrupt' signal" });
    expect(read(signal).k6Log.message).toBeUndefined();
    expect(read(thrown, signal).k6Log.message).toContain('TypeError');
  });

  it('shows each kind of line three times and counts the rest', () => {
    const failed = (id: number) =>
      line({ level: 'warning', msg: 'Request Failed', error: `Get "http://a/${id}": refused` });
    const { log } = read(...Array.from({ length: 500 }, (_, id) => failed(id)));
    expect(log.lines).toEqual([
      'warn: k6: Request Failed: Get "http://a/0": refused',
      'warn: k6: Request Failed: Get "http://a/1": refused',
      'warn: k6: Request Failed: Get "http://a/2": refused',
      "info: k6: 497 more lines of the log aren't shown",
    ]);
  });

  it('stops showing when a script prints something new in each iteration', () => {
    const { log } = read(
      ...Array.from({ length: 500 }, (_, id) => line({ source: 'console', msg: `iteration ${id}` })),
    );
    expect(log.lines.length).toBeLessThan(50);
    expect(log.lines.at(-1)).toMatch(/\d+ more lines/);
  });

  it('passes lines that are no JSON, and a last one without an end', () => {
    expect(read('panic: oh no\n', 'half').log.lines).toEqual(['info: k6: panic: oh no', 'info: k6: half']);
  });
});

describe('readableMessage', () => {
  it('keeps the list that a line announces', () => {
    const intro = 'There were problems with the specified script configuration:';
    const msg = `${intro}\n\t- scenario a|b has configuration errors: its name\n\t- executor c: no VUs\n`;
    expect(readableMessage({ msg }, '/work')).toBe(
      `${intro} scenario a|b has configuration errors: its name; executor c: no VUs`,
    );
  });

  it.each([
    [
      "could not initialize 't.js': could not load JS test 'file:///work/t.js': file:///work/t.js: Line 2:1 Unexpected end of input",
      't.js: Line 2:1 Unexpected end of input',
    ],
    [
      "could not initialize 't.js': could not load JS test 'file:///work/t.js': no exported functions in script",
      't.js: no exported functions in script',
    ],
    [
      'test aborted: enough at default (file:///elsewhere/t.js:1:76(6))',
      'test aborted: enough at default (/elsewhere/t.js:1:76(6))',
    ],
  ])('reads %s', (msg, text) => {
    expect(readableMessage({ msg }, '/work')).toBe(text);
  });
});
