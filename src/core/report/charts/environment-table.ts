import type { RunRecord } from '../../run-record/run-record.ts';
import { formatMs, formatSeconds, formatShare } from '../format-quantity.ts';

/** On what was it measured, and was that the same on both sides? */
export interface EnvironmentRow {
  readonly label: string;
  readonly candidate: string;
  /** Every value that occurs on the other side; empty without one. */
  readonly baseline: string;
  readonly differs: boolean;
  /** Runs that differ here are never compared. */
  readonly isHardKey: boolean;
}

/** Values of one side beyond which the rest is counted. */
const maxValues = 3;

const unknown = 'not known';

type Read = (record: RunRecord) => string | undefined;

const hardKeyReaders: readonly (readonly [label: string, read: Read])[] = [
  ['name', ({ fingerprint }) => fingerprint.hard.name],
  ['environment', ({ fingerprint }) => fingerprint.hard.environment],
  ['load', ({ fingerprint }) => fingerprint.hard.load],
  ["how k6's samples were read", ({ fingerprint }) => fingerprint.hard.outputMode],
  ['k6, major version', ({ fingerprint }) => fingerprint.hard.k6Major],
];

const softKeyReaders: readonly (readonly [label: string, read: Read])[] = [
  ['k6', ({ fingerprint }) => fingerprint.soft.k6Version],
  ['script', ({ fingerprint }) => fingerprint.soft.scriptHash?.slice(0, 12)],
  ['processor', ({ fingerprint }) => fingerprint.soft.cpu],
  ['cores', ({ fingerprint }) => fingerprint.soft.cores],
  ['runner image', ({ fingerprint }) => fingerprint.soft.image],
  ['region', ({ fingerprint }) => fingerprint.soft.region],
  ['length of the load', ({ durationMs }) => formatSeconds(durationMs)],
  ['warm-up, left out', ({ warmUpMs }) => formatSeconds(warmUpMs)],
];

/** What is different from run to run by its nature: shown, never marked. */
const circumstances: readonly (readonly [label: string, read: Read])[] = [
  ['commit', ({ provenance }) => provenance.commit?.slice(0, 12)],
  ['branch', ({ provenance }) => provenance.branch],
  ['began', ({ startedAt }) => startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')],
  ['deployment', ({ provenance }) => provenance.deployment],
  ['machine', ({ provenance }) => provenance.machine],
  ['file', ({ provenance }) => provenance.source?.split(/[\\/]/).slice(-2).join('/')],
  ['dropped iterations', ({ droppedIterations }) => String(droppedIterations)],
  ['most CPU of the load generator', ({ generator }) => share(generator.peakCpuShare)],
  ['iterations started late by', ({ generator }) => milliseconds(generator.startLatenessMs)],
];

/** Rows that neither side knows are left out. */
export function environmentTable(candidate: RunRecord, baseline: readonly RunRecord[]): EnvironmentRow[] {
  return [
    ...hardKeyReaders.flatMap(([label, read]) =>
      toRow(label, read, candidate, baseline, { isHardKey: true, isEqual: true }),
    ),
    ...softKeyReaders.flatMap(([label, read]) =>
      toRow(label, read, candidate, baseline, { isHardKey: false, isEqual: true }),
    ),
    ...circumstances.flatMap(([label, read]) =>
      toRow(label, read, candidate, baseline, { isHardKey: false, isEqual: false }),
    ),
  ];
}

function toRow(
  label: string,
  read: Read,
  candidate: RunRecord,
  baseline: readonly RunRecord[],
  { isHardKey, isEqual }: { readonly isHardKey: boolean; readonly isEqual: boolean },
): EnvironmentRow[] {
  const value = read(candidate);
  const others = [...new Set(baseline.map(read).filter((other) => other !== undefined))];
  if (value === undefined && others.length === 0) return [];
  return [
    {
      label,
      candidate: value ?? unknown,
      baseline: baseline.length === 0 ? '' : listed(others),
      differs: isEqual && value !== undefined && others.some((other) => other !== value),
      isHardKey,
    },
  ];
}

function listed(values: readonly string[]): string {
  if (values.length === 0) return unknown;
  if (values.length <= maxValues) return values.join(', ');
  return `${values[0]} … ${values.at(-1)} (${values.length} different)`;
}

function share(value: number | undefined): string | undefined {
  return value === undefined ? undefined : formatShare(value);
}

function milliseconds(value: number | undefined): string | undefined {
  return value === undefined ? undefined : formatMs(value);
}
