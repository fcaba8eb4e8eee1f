import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  redactError,
  redactLog,
  redactMeasurement,
  redactor,
  redactSamples,
  secretForms,
} from '../../../src/adapters/target/redact-secret.ts';
import type { Sample } from '../../../src/core/run-record/sample.ts';
import { GateError } from '../../../src/errors.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { recordedLog } from '../../support/recorded-log.ts';

const secret = 'pa"ss\\wörd <1>&2';

const aRequest: Sample = {
  kind: 'request',
  protocol: 'http',
  method: 'GET',
  name: '/a',
  isNamed: true,
  endedAtMs: 1,
  durationMs: 1,
  status: '200',
  isExpected: true,
};

function redacted(sample: Sample): Sample {
  const taken: Sample[] = [];
  redactSamples(redactor(secret), (one) => void taken.push(one))(sample);
  return taken[0] as Sample;
}

describe('redactor', () => {
  it.each([
    ['as it is', secret],
    ["in JavaScript's JSON", 'pa\\"ss\\\\wörd <1>&2'],
    ["in Go's JSON", 'pa\\"ss\\\\wörd \\u003c1\\u003e\\u00262'],
    ['in ASCII-only JSON', 'pa\\"ss\\\\w\\u00f6rd \\u003c1\\u003e\\u00262'],
    ['in a path', 'pa%22ss%5Cw%C3%B6rd%20%3C1%3E%262'],
    ['in a query', 'pa%22ss%5Cw%C3%B6rd+%3C1%3E%262'],
  ])('blots out a value %s', (_, text) => {
    expect(redactor(secret)(`before ${text} after ${text}`)).toBe('before *** after ***');
  });

  it.each(['true', 'test', '1', '', 'on'])('leaves %j, which can be no secret', (value) => {
    expect(secretForms(value)).toEqual([]);
    expect(redactor(value)('test 1 is true, on it')).toBe('test 1 is true, on it');
  });

  test.prop([
    fc.string({ minLength: 6, maxLength: 30 }).filter((value) => !value.includes('*')),
    fc.string(),
    fc.string(),
  ])('leaves no form of any value', (value, before, after) => {
    for (const form of secretForms(value)) {
      expect(redactor(value)(`${before}${form}${after}`)).not.toContain(value);
    }
  });
});

describe('redactSamples', () => {
  it.each<[string, Sample, object]>([
    ['a name', { ...aRequest, name: `/a/${secret}` }, { name: '/a/***' }],
    ['a URL', { ...aRequest, name: `/a?t=${encodeURIComponent(secret)}` }, { name: '/a?t=***' }],
    ['a group', { ...aRequest, group: secret, scenario: secret }, { group: '***', scenario: '***' }],
    ['a status', { ...aRequest, status: secret, errorCode: secret }, { status: '***', errorCode: '***' }],
    ['a check', { kind: 'check', check: `tok ${secret}`, atMs: 1, passed: true }, { check: 'tok ***' }],
    ['a trend', { kind: 'trend', metric: secret, unit: 'ms', atMs: 1, value: 1 }, { metric: '***' }],
    ['a rate', { kind: 'rate', metric: secret, atMs: 1, isTrue: true }, { metric: '***' }],
  ])('blots the secret out of %s', (_, sample, expected) => {
    expect(redacted(sample)).toEqual({ ...sample, ...expected });
  });

  it('leaves a sample without it as it is', () => {
    expect(redacted(aRequest)).toEqual(aRequest);
  });
});

describe('redactLog', () => {
  it('blots the secret out of every line', () => {
    const log = recordedLog();
    const quiet = redactLog(log, redactor(secret));
    quiet.info(`a ${secret}`);
    quiet.warn(`b ${JSON.stringify(secret)}`);
    quiet.debug(`c ${secret}`);
    expect(log.lines).toEqual(['info: a ***', 'warn: b "***"', 'debug: c ***']);
  });
});

describe('redactMeasurement', () => {
  it('blots the secret out of what k6 and the configuration said, and keeps the rest', () => {
    const record = aMeasuredRun(undefined, {
      fingerprint: { hard: { name: secret }, soft: { cores: '4' } },
      provenance: { branch: secret, pair: { id: secret, side: 'baseline', order: 1 } },
      exit: {
        class: 'ran',
        code: 99,
        crossedThresholds: [`checks{t:${secret}}: x`],
        thrownIterations: 1,
        message: secret,
      },
      warnings: [`a ${secret}`],
    });
    expect(redactMeasurement({ kind: 'measured', record }, redactor(secret))).toEqual({
      kind: 'measured',
      record: {
        ...record,
        fingerprint: { hard: { name: '***' }, soft: { cores: '4' } },
        provenance: { branch: '***', pair: { id: '***', side: 'baseline', order: 1 } },
        exit: { ...record.exit, crossedThresholds: ['checks{t:***}: x'], message: '***' },
        warnings: ['a ***'],
      },
    });
  });

  it('blots it out of why nothing was measured', () => {
    const measurement = { kind: 'not-measured', reason: 'k6-could-not-run', detail: secret, hint: secret } as const;
    expect(redactMeasurement(measurement, redactor(secret))).toMatchObject({ detail: '***', hint: '***' });
  });
});

describe('redactError', () => {
  it('makes an error anew that holds the secret', () => {
    const error = new GateError('K6_UNUSABLE', `bad ${secret}`, `see ${secret}`, new Error(secret));
    const clean = redactError(error, redactor(secret));
    expect(clean).toMatchObject({ code: 'K6_UNUSABLE', message: 'bad ***', hint: 'see ***' });
    expect(clean).not.toHaveProperty('cause');
  });

  it('passes any other error on', () => {
    for (const error of [new GateError('K6_UNUSABLE', 'bad', 'see'), new Error('other')]) {
      expect(redactError(error, redactor(secret))).toBe(error);
    }
  });
});
