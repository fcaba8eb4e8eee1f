import { GateError } from '../../errors.ts';

export const currentSchema = 'tailgate.run/1';

/** Version n -> how its JSON becomes version n + 1. Empty while there has been one version only; entries stay for ever. */
const upgrades: ReadonlyMap<number, (json: object) => object> = new Map();

/**
 * The JSON of a run record of any known version, brought to the current one.
 * Throws `GateError` RECORD_INVALID when it isn't a run record, RECORD_FROM_THE_FUTURE when a newer Tailgate wrote it.
 */
export function upgradeRunRecord(json: unknown, source: string): object {
  const version = versionOf(json, source);
  const current = Number(currentSchema.split('/')[1]);
  if (version > current) {
    throw new GateError(
      'RECORD_FROM_THE_FUTURE',
      `${source} was written by a newer Tailgate: its schema is "tailgate.run/${version}", this one reads up to "${currentSchema}"`,
      'Use the same or a newer Tailgate for reading as for recording.',
    );
  }
  let upgraded = version === 1 ? withLoadModel(json as JsonObject) : (json as object);
  for (let from = version; from < current; from++) upgraded = upgrades.get(from)?.(upgraded) ?? upgraded;
  return upgraded;
}

type JsonObject = { readonly [key: string]: unknown };

/** The first records of version 1 told the model of their load only by its text: `browse: constant-arrival-rate 50/1s for 1m`. */
function withLoadModel(json: JsonObject): object {
  const { fingerprint } = json as { readonly fingerprint?: { readonly hard?: { readonly load?: unknown } } };
  const load = fingerprint?.hard?.load;
  if ('loadModel' in json || typeof load !== 'string') return json;
  const isOpen = load.split(/;\s|\}\s|\n/).every((scenario) => scenario.includes('arrival-rate'));
  return { ...json, loadModel: isOpen ? 'open' : 'closed' };
}

function versionOf(json: unknown, source: string): number {
  const schema = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  const version = typeof schema === 'string' ? /^tailgate\.run\/([1-9]\d{0,8})$/u.exec(schema)?.[1] : undefined;
  if (version !== undefined) return Number(version);
  throw new GateError(
    'RECORD_INVALID',
    `${source} isn't a run record: its schema is ${JSON.stringify(schema) ?? 'missing'}, expected "${currentSchema}"`,
    'Give a file that `tailgate record`, `tailgate run` or `tailgate import` wrote.',
  );
}
