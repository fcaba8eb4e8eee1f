import { judgedQuantiles, type Quantile } from '../core/thresholds/quantiles.ts';
import type { EndpointRule, Objective } from '../core/thresholds/thresholds.ts';
import { parseDuration, parsePercent, parsePercentagePoints } from './parse-quantity.ts';
import { invalid, type Parsed, valid } from './parsed.ts';

const choice = judgedQuantiles.join('|');

const expectedOverride = `ENDPOINT [${choice}]: then any of a percentage, a duration, percentage points`;

const overrideLine = new RegExp(`^(\\S.*?)(?:\\s+(${choice}))?\\s*:\\s+([^:]+)$`);

const objectiveText = new RegExp(`^(${choice})\\s*<\\s*(\\S+)$`);

/**
 * One line such as `GET /checkout p95: 5% 20ms`. Without a quantile, the percentage and the duration hold for all
 * of them. The endpoint may contain colons; the last one followed by a blank ends it.
 */
export function parseOverride(line: string): Parsed<EndpointRule> {
  const match = overrideLine.exec(line);
  if (match === null) return invalid(expectedOverride);
  const [, pattern = '', quantile, values = ''] = match;
  const affected =
    quantile === undefined ? judgedQuantiles : judgedQuantiles.filter((candidate) => candidate === quantile);
  const margins: { -readonly [K in keyof Margins]: Margins[K] } = {};
  for (const value of values.trim().split(/\s+/)) {
    const relative = parsePercent(value);
    const latency = parseDuration(value, 0);
    const points = parsePercentagePoints(value);
    if (relative.isValid) margins.relativeIncrease = sameFor(affected, relative.value);
    else if (latency.isValid) margins.latencyIncreaseMs = sameFor(affected, latency.value);
    else if (points.isValid && quantile === undefined) margins.errorRateIncrease = points.value;
    else if (points.isValid) return invalid(`percentage points on a line without ${quantile}`, line);
    else return invalid(expectedOverride, `${value} in ${line}`);
  }
  return valid({ pattern, margins });
}

type Margins = NonNullable<EndpointRule['margins']>;

function sameFor(affected: readonly Quantile[], value: number) {
  return Object.fromEntries(affected.map((quantile) => [quantile, value]));
}

/** An absolute promise such as `p95 < 300ms`. */
export function parseObjective(text: string): Parsed<Objective> {
  const match = objectiveText.exec(text.trim());
  const limit = parseDuration(match?.[2] ?? '');
  const quantile = judgedQuantiles.find((candidate) => candidate === match?.[1]);
  if (quantile === undefined || !limit.isValid) return invalid('a quantile, < and a duration');
  return valid({ quantile, limitMs: limit.value });
}
