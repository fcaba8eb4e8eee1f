import { defined } from '../../defined.ts';
import { LatencySketch } from '../sketch/latency-sketch.ts';
import { otherName } from './block-series.ts';
import { joinUsualAnswers } from './counted-answers.ts';
import {
  atOtherHost,
  isOfPlace,
  manyValues,
  methodOf,
  nameOfNamed,
  templatePath,
  valuePlaces,
  withoutMethod,
} from './endpoint-name.ts';
import { type EndpointBlock, type EndpointSeries, requestsOf } from './run-record.ts';

/** A run record, or the series of a run that is under way. */
interface Labeled {
  readonly endpoints: readonly EndpointSeries[];
}

/** How many endpoints are judged; the others are joined as `other`. */
export const maxJudgedEndpoints = 200;

/** How a set of runs is labeled. */
interface Labeling {
  readonly limit: number;
  /**
   * Whether many endpoints of few requests that differ in one place only are one, since the place holds a value. Not while
   * a run is under way: at first everything has few requests.
   */
  readonly joinsValues: boolean;
}

const usual: Labeling = { limit: maxJudgedEndpoints, joinsValues: false };

/** Whole runs as they are compared: values in paths that have few requests are joined. */
export const wholeRuns: Labeling = { ...usual, joinsValues: true };

/** So small a part of the requests to one method and name is a stray, beside which nothing needs another label. */
const strayShare = 0.02;

/** One endpoint in all runs of a set. */
interface Endpoint {
  readonly protocol: 'http' | 'grpc';
  readonly method: string;
  readonly name: string;
  /** Absent for the target's. */
  readonly host?: string;
  /** As the first run that has it says. */
  readonly scenario?: string;
  readonly script?: string;
  /** Under which scenario and script any of the runs knows it. */
  readonly callers: Set<string>;
  readonly byRun: Map<number, EndpointSeries>;
}

/** Endpoints that differ in nothing but who calls them. */
type Family = Endpoint[];

/**
 * The runs with labels that mean the same in all of them, so that whatever is said of an endpoint can be looked up by its
 * label. What an endpoint is doesn't depend on what else is in a run: protocol, method, name, host, scenario and script of
 * its requests. Runs are matched by these; of what is then left over, the same method and name on both sides is one
 * endpoint where there is no choice: a scenario was renamed. With more than `limit` endpoints the same ones are joined as
 * `other` in every run.
 *
 * A label is for people: it tells scenario and script only where one method and name has several callers of more than a
 * few requests.
 */
export function labelTogether<R extends Labeled>(runs: readonly R[], { limit, joinsValues }: Labeling = usual): R[] {
  const hosts = matchHosts(runs);
  const matched = matchCallers(runs, hosts);
  const families = joinsValues ? joinValues(matched) : matched;
  const kept = chooseFamilies(families, runs, limit);
  const labels = labelsOf(families.filter((family) => kept.has(family)));
  return runs.map((run, i) => {
    const endpoints = [...labels]
      .flatMap(([endpoint, label]) => withLabel(endpoint.byRun.get(i), label))
      .sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
    const rest = families.flatMap((family) => (kept.has(family) ? [] : seriesIn(family, i)));
    const others = [...run.endpoints.filter(isJoined), ...rest];
    if (others.length > 0) endpoints.push(joinAsOther(others));
    const isUnchanged =
      endpoints.length === run.endpoints.length && endpoints.every((one, j) => run.endpoints[j] === one);
    return isUnchanged ? run : { ...run, endpoints };
  });
}

/** The endpoints of one run with labels of their own, all of them. */
export function labelAlone(endpoints: readonly EndpointSeries[]): readonly EndpointSeries[] {
  const all = { limit: Number.POSITIVE_INFINITY, joinsValues: false };
  const [{ endpoints: labeled }] = labelTogether([{ endpoints }], all) as [Labeled];
  return labeled;
}

/** The labels that an endpoint could have beside other runs or other callers, by the label that it has in `runs`. */
export function otherLabels(runs: readonly Labeled[]): Map<string, readonly string[]> {
  const labels = new Map<string, Set<string>>();
  for (const { endpoints } of runs) {
    for (const one of endpoints) {
      const { scenario, script } = one;
      const known = labels.get(one.endpoint) ?? new Set<string>();
      labels.set(one.endpoint, known);
      for (const plain of [plainLabel({ ...one, host: undefined }), plainLabel(one)]) {
        for (const callers of [[], [scenario], [script], [script, scenario]]) known.add(withCallers(plain, callers));
      }
    }
  }
  return new Map(Array.from(labels, ([label, names]) => [label, [...names]]));
}

/** The hosts to which the requests of files that don't tell the target went: the one that labels leave out, and the others. */
export function hostsOf(runs: readonly Labeled[]): { readonly target?: string; readonly others: readonly string[] } {
  const { target, all } = matchHosts(runs);
  return target === undefined ? { others: [] } : { target, others: all.filter((host) => host !== target).sort() };
}

/**
 * Which host of `run` is the target's, of which `targetHosts` are the names? Where none has such a name, as when a preview
 * has another one each time, that which is called alike, or else the busiest. Undefined where no host is known.
 */
export function findTarget(run: Labeled, targetHosts: readonly string[]): string | undefined {
  const hosts = hostsOfRun(run).map(({ host }) => host);
  const alike = new Set(targetHosts.map(templatePath));
  return (
    hosts.find((host) => targetHosts.includes(host)) ?? hosts.find((host) => alike.has(templatePath(host))) ?? hosts[0]
  );
}

/** `run` where only requests to `targetHosts` are the target's. */
export function withTarget<R extends Labeled>(run: R, targetHosts: readonly string[]): R {
  const isTarget = ({ host }: EndpointSeries) => host !== undefined && targetHosts.includes(host);
  const endpoints = run.endpoints.map((one) => {
    const { host, ...rest } = one;
    if (host === undefined || isTarget(one)) return rest;
    return { ...rest, ...atOtherHost(one.name, host) };
  });
  return { ...run, endpoints: labelAlone(endpoints) };
}

/** As records of before have them: a name that begins with its method became `POST POST /cart`. */
export function withPlainNames(endpoints: EndpointSeries[]): EndpointSeries[] {
  const renamed = endpoints.map((one) => {
    const method = methodOf(one.name, one.method);
    return { ...one, method, ...nameOfNamed(one.name, method, undefined) };
  });
  if (renamed.every(({ name }, i) => name === endpoints[i]?.name)) return endpoints;
  return [...labelAlone(renamed)];
}

/** Those of other hosts than the target's are kept and shown, and never compared. */
export function isOfTarget({ otherHost }: EndpointSeries): boolean {
  return otherHost === undefined;
}

function isJoined({ method, name }: EndpointSeries): boolean {
  return method === '' && name === otherName;
}

function withLabel(series: EndpointSeries | undefined, endpoint: string): EndpointSeries[] {
  if (series === undefined) return [];
  return [series.endpoint === endpoint ? series : { ...series, endpoint }];
}

function seriesIn(family: Family, run: number): EndpointSeries[] {
  return family.flatMap(({ byRun }) => byRun.get(run) ?? []);
}

/**
 * The endpoints of all runs, by method and name. A run's own are matched with those of the runs before it: first those that
 * have the same scenario and script, then the one that is left over on either side.
 */
function matchCallers(runs: readonly Labeled[], hosts: MatchedHosts): Family[] {
  const families = new Map<string, Family>();
  for (const [i, { endpoints }] of runs.entries()) {
    const list = endpoints.filter((one) => !isJoined(one));
    const keyOf = (one: EndpointSeries) =>
      JSON.stringify([one.protocol, one.method, one.name, hosts.of(one, i) ?? null, one.otherHost ?? null]);
    for (const [key, members] of Map.groupBy(list, keyOf)) {
      const family = families.get(key) ?? [];
      families.set(key, family);
      let left = Array.from(Map.groupBy(members, callerOf), ([caller, equal]) => ({
        caller,
        series: joinSeries(equal),
      }));
      // Their own scenario and script go before those that a run of another time called them by.
      for (const isSame of [hasCaller, wasCalledBy]) {
        left = left.filter(({ caller, series }) => {
          const known = family.find((endpoint) => isSame(endpoint, caller) && !endpoint.byRun.has(i));
          known?.byRun.set(i, series);
          return known === undefined;
        });
      }
      matchRest(family, left, i, hosts);
    }
  }
  return [...families.values()];
}

function hasCaller(endpoint: Endpoint, caller: string): boolean {
  return callerOf(endpoint) === caller;
}

function wasCalledBy({ callers }: Endpoint, caller: string): boolean {
  return callers.has(caller);
}

function callerOf({ scenario, script }: Pick<EndpointSeries, 'scenario' | 'script'>): string {
  return JSON.stringify([scenario ?? null, script ?? null]);
}

/** Series of one run whose scenario and script no endpoint of the family has. */
type Unmatched = readonly { readonly caller: string; readonly series: EndpointSeries }[];

function matchRest(family: Family, left: Unmatched, run: number, hosts: MatchedHosts): void {
  const inRun = [...seriesIn(family, run), ...left.map(({ series }) => series)];
  const missing = family.filter(({ byRun }) => !byRun.has(run));
  const candidates = left.filter(({ series }) => !isStray(series, inRun));
  const free = missing.filter(({ byRun }) =>
    [...byRun].some(([other, series]) => !isStray(series, seriesIn(family, other))),
  );
  const [only] = candidates;
  const [endpoint] = free;
  const isSure = candidates.length === 1 && free.length === 1;
  for (const { caller, series } of left) {
    if (isSure && series === only?.series) {
      endpoint?.callers.add(caller);
      endpoint?.byRun.set(run, series);
      continue;
    }
    const { protocol, method, name, scenario, script } = series;
    const host = hosts.of(series, run);
    family.push({
      ...{ protocol, method, name, callers: new Set([caller]), byRun: new Map([[run, series]]) },
      ...defined({ host, scenario, script }),
    });
  }
}

/** Whether `series` has no more than a few requests beside the busiest of its method and name. */
function isStray(series: EndpointSeries, all: readonly EndpointSeries[]): boolean {
  return requestsOf(series) < strayShare * Math.max(...all.map(requestsOf));
}

/** With fewer requests in a run nothing of an endpoint is judged, so joining it takes nothing away. */
const fewRequests = 50;

/**
 * The families, where many that no run has more than a few requests of differ in one place of their path only joined as
 * one: `/blog/how-to-bake` and `/blog/how-to-boil` as `/blog/:name`. Otherwise a slowdown of all of them would go unseen.
 */
function joinValues(families: readonly Family[]): Family[] {
  const isRare = (family: Family) =>
    family.every(({ name, byRun }) =>
      [...byRun.values()].every(
        (one) => name.startsWith('/') && one.otherHost === undefined && requestsOf(one) < fewRequests,
      ),
    );
  const joined: Family[] = [];
  const left = new Set(families);
  const groups = Map.groupBy(families.filter(isRare), ([first]) =>
    JSON.stringify([first?.protocol, first?.method, first?.host ?? null]),
  );
  for (const group of groups.values()) {
    for (const { path } of valuePlaces(group.map(([first]) => first?.name ?? ''))) {
      const members = group.filter((family) => left.has(family) && isOfPlace(family[0]?.name ?? '', path));
      if (members.length < manyValues) continue;
      for (const family of members) left.delete(family);
      joined.push([joinEndpoints(members.flat(), path)]);
    }
  }
  return [...left, ...joined];
}

function joinEndpoints(members: readonly Endpoint[], name: string): Endpoint {
  const [first] = members as [Endpoint];
  const runs = new Set(members.flatMap(({ byRun }) => [...byRun.keys()]));
  const seriesOf = (run: number) => {
    const list = members.flatMap(({ byRun }) => byRun.get(run) ?? []);
    const { scenario: _, script: __, ...series } = joinSeries(list);
    return { ...series, name };
  };
  return {
    ...{ protocol: first.protocol, method: first.method, name, ...defined({ host: first.host }) },
    callers: new Set(members.flatMap(({ callers }) => [...callers])),
    byRun: new Map([...runs].map((run) => [run, seriesOf(run)])),
  };
}

/** The families that keep their names: the busiest `limit`, as far as every run can tell them from what it joined. */
function chooseFamilies(families: readonly Family[], runs: readonly Labeled[], limit: number): Set<Family> {
  if (families.length <= limit && !runs.some(({ endpoints }) => endpoints.some(isJoined))) return new Set(families);
  const totals = runs.map(({ endpoints }) => Math.max(1, requestsOfAll(endpoints)));
  const shareIn = (family: Family, run: number) => requestsOfAll(seriesIn(family, run)) / (totals[run] as number);
  const smallest = runs.map(({ endpoints }, i) =>
    endpoints.some(isJoined) ? Math.min(...families.map((family) => shareIn(family, i) || 1)) : 0,
  );
  const ranked = families.map((family) => {
    const shares = runs.map((_, i) => shareIn(family, i));
    const largest = Math.max(...shares);
    // Where a run joined its rest, what it lacks may be in there, unless it would have been too busy for that.
    const isHidden = shares.some((share, i) => share === 0 && (smallest[i] as number) * hiddenFactor > largest);
    const first = family[0] as Endpoint;
    return { family, isHidden, share: shares.reduce((sum, share) => sum + share, 0), label: plainLabel(first) };
  });
  const known = ranked.filter(({ isHidden }) => !isHidden);
  known.sort((a, b) => b.share - a.share || (a.label < b.label ? -1 : 1));
  return new Set(known.slice(0, limit).map(({ family }) => family));
}

/** What has this many times the requests of the smallest that a run kept is not among what it joined. */
const hiddenFactor = 4;

/** `GET /items`, `GRPC /shop.Cart/Add`, `GET other.example/items`: what a label is without its callers. */
function plainLabel(one: Pick<EndpointSeries, 'method' | 'name'> & { readonly host?: string | undefined }): string {
  const name = `${one.host ?? ''}${withoutMethod(one.name, one.method)}`;
  return [one.method, name].filter((part) => part !== '').join(' ');
}

function withCallers(plain: string, callers: readonly (string | undefined)[]): string {
  const known = callers.filter((caller) => caller !== undefined);
  return known.length === 0 ? plain : `${plain} [${known.join(', ')}]`;
}

/** A label for each endpoint. Names may look like labels of other endpoints; such rare twins get a number. */
function labelsOf(families: readonly Family[]): Map<Endpoint, string> {
  const wanted = families.flatMap((family) =>
    family.map((endpoint) => ({ endpoint, label: labelOf(endpoint, family) })),
  );
  wanted.sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
  const taken = new Set<string>([otherName]);
  const labels = new Map<Endpoint, string>();
  for (const { endpoint, label } of wanted) {
    let unique = label;
    for (let i = 2; taken.has(unique); i++) unique = `${label} (${i})`;
    taken.add(unique);
    labels.set(endpoint, unique);
  }
  return labels;
}

function labelOf(endpoint: Endpoint, family: Family): string {
  const plain = plainLabel(endpoint);
  const busy = family.filter((one) => [...one.byRun].some(([run, series]) => !isStray(series, seriesIn(family, run))));
  if (busy.length === 1 && busy[0] === endpoint) return plain;
  const { script = 'no script', scenario = 'no scenario' } = endpoint;
  const sameScript = family.filter((one) => one.script === endpoint.script);
  const callers = [];
  if (sameScript.length < family.length) callers.push(script);
  if (sameScript.length > 1) callers.push(scenario);
  return withCallers(plain, callers);
}

/** Several series of one run as one, with the identity of the first. */
function joinSeries(list: readonly EndpointSeries[]): EndpointSeries {
  const [first, ...more] = list as [EndpointSeries, ...EndpointSeries[]];
  if (more.length === 0) return first;
  const { usualAnswers: _, ...identity } = first;
  const usualAnswers = joinUsualAnswers(list.map((one) => one.usualAnswers));
  const outcomes = new Map<string, number>();
  const blocks = new Map<number, EndpointBlock[]>();
  for (const one of list) {
    for (const [outcome, count] of Object.entries(one.outcomes)) {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
    }
    for (const block of one.blocks) blocks.set(block.index, [...(blocks.get(block.index) ?? []), block]);
  }
  return {
    ...identity,
    ...(usualAnswers && { usualAnswers }),
    outcomes: Object.fromEntries([...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
    blocks: [...blocks]
      .sort(([a], [b]) => a - b)
      .map(([index, parts]) => ({
        index,
        latency: LatencySketch.merged(parts.map(({ latency }) => latency)),
        failedRequests: parts.reduce((sum, { failedRequests }) => sum + failedRequests, 0),
      })),
  };
}

/** What is not judged by name, as one series. */
export function joinAsOther(list: readonly EndpointSeries[]): EndpointSeries {
  const [first] = list;
  if (list.length === 1 && first !== undefined && isJoined(first)) return first;
  const { outcomes, blocks } = joinSeries(list);
  return { endpoint: otherName, protocol: 'http', method: '', name: otherName, outcomes, blocks };
}

/** The hosts of a set of runs, each under one name. */
interface MatchedHosts {
  /** The busiest of all. */
  readonly target?: string;
  readonly all: readonly string[];
  /** The host of a series as the set knows it; undefined where that is the target's. */
  of(series: EndpointSeries, run: number): string | undefined;
}

interface HostOfRun {
  readonly host: string;
  readonly names: ReadonlySet<string>;
  readonly share: number;
}

/** Which host of one run is which of another? Those of one name are; of the others those that are called alike. */
function matchHosts(runs: readonly Labeled[]): MatchedHosts {
  const known = new Map<string, { readonly names: Set<string>; share: number }>();
  const names = runs.map((run) => {
    const own = hostsOfRun(run);
    const pairs = pairHosts(own, known);
    for (const { host, names: paths, share } of own) {
      const entry = known.get(pairs.get(host) ?? host) ?? { names: new Set<string>(), share: 0 };
      known.set(pairs.get(host) ?? host, entry);
      for (const path of paths) entry.names.add(path);
      entry.share += share;
    }
    return pairs;
  });
  const [target] = [...known].sort(([a, x], [b, y]) => y.share - x.share || (a < b ? -1 : 1))[0] ?? [];
  return {
    ...(target !== undefined && { target }),
    all: [...known.keys()],
    of({ host }, run) {
      const inSet = host === undefined ? undefined : (names[run]?.get(host) ?? host);
      return inSet === target ? undefined : inSet;
    },
  };
}

function hostsOfRun({ endpoints }: Labeled): HostOfRun[] {
  const groups = Map.groupBy(endpoints, ({ host }) => host);
  const total = requestsOfAll(endpoints);
  return [...groups]
    .flatMap(([host, list]) =>
      host === undefined ? [] : [{ host, names: new Set(list.map(pathOf)), share: requestsOfAll(list) / total }],
    )
    .sort((a, b) => b.share - a.share || (a.host < b.host ? -1 : 1));
}

/** Hosts with so large a part of their endpoints in common are one that was renamed. */
const alikeShare = 0.5;

/** By host of one run the host that earlier runs know instead; those of one name are left out. */
function pairHosts(
  own: readonly HostOfRun[],
  known: ReadonlyMap<string, { readonly names: ReadonlySet<string>; readonly share: number }>,
): Map<string, string> {
  const pairs = new Map<string, string>();
  const areAlone = own.length === 1 && known.size === 1;
  const left = own.filter(({ host }) => !known.has(host));
  const free = new Map([...known].filter(([host]) => !own.some((one) => one.host === host)));
  const choices = left.flatMap(({ host, names, share }) =>
    Array.from(free, ([other, { names: paths, share: busy }]) => ({
      ...{ host, other, share, busy },
      isAlike: templatePath(host) === templatePath(other),
      common: [...names].filter((path) => paths.has(path)).length / new Set([...names, ...paths]).size,
    })),
  );
  choices.sort(
    (a, b) =>
      Number(b.isAlike) - Number(a.isAlike) ||
      b.common - a.common ||
      b.share - a.share ||
      b.busy - a.busy ||
      (`${a.host} ${a.other}` < `${b.host} ${b.other}` ? -1 : 1),
  );
  const [busiest] = [...known].sort(([, x], [, y]) => y.share - x.share)[0] ?? [];
  for (const { host, other, isAlike, common } of choices) {
    const isTaken = pairs.has(host) || [...pairs.values()].includes(other);
    const areLeftOver = left.length === 1 && free.size === 1;
    const areBusiest = host === own[0]?.host && other === busiest;
    const isOne = isAlike || common >= alikeShare || (common > 0 && (areLeftOver || areBusiest)) || areAlone;
    if (!isTaken && isOne) pairs.set(host, other);
  }
  return pairs;
}

function pathOf({ method, name }: EndpointSeries): string {
  return `${method} ${name}`;
}

function requestsOfAll(list: readonly EndpointSeries[]): number {
  return list.reduce((sum, one) => sum + requestsOf(one), 0);
}
