import type { RunRecord } from '../../core/run-record/run-record.ts';
import type { Sample } from '../../core/run-record/sample.ts';
import { GateError } from '../../errors.ts';
import type { Log, Measurement } from '../../ports.ts';

/** Replaces what must not be read by anyone. */
export type Redact = (text: string) => string;

/** Nobody keeps a secret in `true`, `test` or `1`, and blotting those out would garble what has nothing to do with them. */
const noSecret = /^(?:[a-z]{0,5}|\d{0,3}|.{0,2})$/is;

/**
 * The spellings in which a secret value may be met: as it is, in JSON as JavaScript, Go and ASCII-only writers escape it,
 * and in a URL. Longest first; empty for a value that can't be a secret.
 */
export function secretForms(value: string): readonly string[] {
  if (noSecret.test(value)) return [];
  const json = JSON.stringify(value).slice(1, -1);
  const goJson = json.replaceAll(/[<>&\u2028\u2029]/g, unicodeEscape);
  const asciiJson = goJson.replaceAll(/[^\x20-\x7e]/g, unicodeEscape);
  const query = new URLSearchParams({ '': value }).toString().slice(1);
  const forms = [value, json, goJson, asciiJson, query, percentEncoded(value), encodeURI(value.toWellFormed())];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

function percentEncoded(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Puts `***` in place of the secret, however it is spelt. */
export function redactor(secret: string): Redact {
  const forms = secretForms(secret);
  return (text) => forms.reduce((left, form) => left.replaceAll(form, '***'), text);
}

/** How many texts are remembered; names repeat, but one with an id in it must not cost memory for ever. */
const maxTexts = 4096;

/** Hands samples on with the secret blotted out of every name, status and code, so that it gets no further. */
export function redactSamples(redact: Redact, take: (sample: Sample) => void): (sample: Sample) => void {
  const known = new Map<string, string>();
  const clean = (text: string) => {
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    if (known.size >= maxTexts) known.clear();
    const redacted = redact(text);
    known.set(text, redacted);
    return redacted;
  };
  return (sample) => take(redactSample(sample, clean));
}

function redactSample(sample: Sample, clean: Redact): Sample {
  switch (sample.kind) {
    case 'request': {
      const { method, name, status, scenario, script, group, query, errorCode } = sample;
      return {
        ...sample,
        method: clean(method),
        name: clean(name),
        status: clean(status),
        ...(scenario !== undefined && { scenario: clean(scenario) }),
        ...(script !== undefined && { script: clean(script) }),
        ...(group !== undefined && { group: clean(group) }),
        ...(query !== undefined && { query: clean(query) }),
        ...(errorCode !== undefined && { errorCode: clean(errorCode) }),
      };
    }
    case 'check':
      return { ...sample, check: clean(sample.check) };
    case 'trend':
    case 'rate':
      return { ...sample, metric: clean(sample.metric) };
    default:
      return sample satisfies never;
  }
}

/** A log into which nothing is written that `redact` hasn't seen. */
export function redactLog(log: Log, redact: Redact): Log {
  return {
    info: (message) => log.info(redact(message)),
    warn: (message) => log.warn(redact(message)),
    debug: (message) => log.debug(redact(message)),
  };
}

/** A measurement whose samples were redacted already: what k6, its log and the configuration added to them. */
export function redactMeasurement(measurement: Measurement, redact: Redact): Measurement {
  return measurement.kind === 'measured'
    ? { ...measurement, record: redactRecord(measurement.record, redact) }
    : { ...measurement, detail: redact(measurement.detail), hint: redact(measurement.hint) };
}

/** A record whose samples were redacted already. */
export function redactRecord(record: RunRecord, redact: Redact): RunRecord {
  const { exit } = record;
  return {
    ...record,
    fingerprint: redactTexts(record.fingerprint, redact),
    provenance: redactTexts(record.provenance, redact),
    exit: {
      ...exit,
      crossedThresholds: exit.crossedThresholds.map(redact),
      ...(exit.message !== undefined && { message: redact(exit.message) }),
    },
    warnings: record.warnings.map(redact),
  };
}

/** Plain objects of texts, numbers and such objects. */
function redactTexts<T extends object>(value: T, redact: Redact): T {
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => {
    if (typeof item === 'string') return [key, redact(item)];
    return [key, typeof item === 'object' && item !== null ? redactTexts(item, redact) : item];
  });
  return Object.fromEntries(entries) as T;
}

/** What was thrown, without the secret: an error that holds it anywhere is made anew, its cause left out. */
export function redactError(error: unknown, redact: Redact): unknown {
  if (!(error instanceof GateError)) return error;
  const [message, hint] = [redact(error.message), redact(error.hint)];
  const cause = String(error.cause);
  const isClean = message === error.message && hint === error.hint && redact(cause) === cause;
  return isClean ? error : new GateError(error.code, message, hint);
}
