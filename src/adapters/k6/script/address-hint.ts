import { composesAddresses, environmentNames, findLine } from './script-code.ts';
import type { SourceFile } from './script-sources.ts';

/** Environment variables by which the scripts learn the address, unless others are named. */
export const defaultUrlVariables: readonly string[] = ['BASE_URL', 'TARGET_URL'];

/** What to change in a script, or in the settings, so that its requests go to the target. */
export function addressHint(facts: {
  /** What the script called instead: hosts, or in quotes what is no URL. */
  readonly hosts: readonly string[];
  readonly sources: readonly SourceFile[];
  readonly directory: string;
  readonly urlVariables: readonly string[];
  /** What the script got. */
  readonly environment: Readonly<Record<string, string>>;
}): string {
  const { hosts, sources, directory, urlVariables, environment } = facts;
  const read = environmentNames(sources);
  const given = read.filter((name) => urlVariables.includes(name));
  const isComposed = composesAddresses(sources);
  const parts = read.filter((name) => isComposed && partOf(name, read) !== undefined && !given.includes(name));
  // The whole address was put where a part was expected: `http://http://…`.
  if (hosts.some((host) => /^https?$/.test(host)) && given.length > 0) {
    const holds = `${given.join(', ')} held the whole address where the script expects a part of it`;
    return `${holds}. Give it that part: ${settings([...given, ...parts], read)}.`;
  }
  const unset = read.filter((name) => environment[name] === undefined);
  if (hosts.some((host) => /^"undefined/.test(host)) && parts.length === 0 && unset.length > 0) {
    return `The script reads ${unset.join(', ')}, which nobody sets. If it is the address, name it in \`url-variable\`.`;
  }
  const part = parts.length > 0 ? parts : hosts.some((host) => /^undefined\b/.test(host)) ? unset : [];
  if (part.length > 0) {
    return `The script takes parts of the address from ${part.join(', ')}. Give it those: ${settings(part, read)}.`;
  }
  const line = hosts
    .map((host) => findLine(sources, host, directory) ?? findLine(sources, host.replace(/:\d+$/, ''), directory))
    .find((found) => found !== undefined);
  const change =
    line === undefined ? '' : `${line.place}: \`${line.text}\` should take the address from __ENV.${urlVariables[0]}. `;
  const others = read.filter(
    (name) => /URL|HOST|BASE|API|ENDPOINT|TARGET|SERVER|ORIGIN/i.test(name) && !given.includes(name),
  );
  const reads = others.length === 0 ? '' : ` (it reads ${others.join(', ')})`;
  return `${change}If the script learns the address from another variable${reads}, name that in \`url-variable\`.`;
}

/** The placeholder for a variable of this name, by what its name says it holds; undefined where it says nothing. */
function partOf(name: string, read: readonly string[]): string | undefined {
  if (/PORT$/i.test(name)) return '{port}';
  if (/(?:SCHEME|PROTOCOL|PROTO)$/i.test(name)) return '{scheme}';
  if (!/(?:HOST|HOSTNAME|DOMAIN|ADDR|ADDRESS|AUTHORITY)$/i.test(name)) return undefined;
  return read.some((other) => /PORT$/i.test(other)) ? '{hostname}' : '{host}';
}

function settings(names: readonly string[], read: readonly string[]): string {
  const values = names.map((name) => `${name}=${partOf(name, read) ?? '{host}'}`);
  return `${values.map((value) => `--env '${value}'`).join(' ')} (in a workflow ${values.map((value) => `\`${value}\``).join(', ')} under \`env\`, one a line)`;
}
