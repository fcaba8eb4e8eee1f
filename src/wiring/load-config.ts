import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { configError, configFilePath, parseConfig, type RawConfig } from '../config/parse-config.ts';
import { isErrno } from '../errors.ts';

type ConfigRequest = Pick<RawConfig, 'inputs' | 'isAction' | 'defaults' | 'needs'> & {
  /** How the file is read where it isn't the checkout's; undefined when it isn't there. */
  readonly readText?: (path: string) => Promise<string | undefined>;
};

/** Inputs and the configuration file as one typed configuration. Throws `GateError` with every problem of both. */
export async function loadConfig(request: ConfigRequest): Promise<Config> {
  const configFile = await readConfigFile(request);
  const parsed = parseConfig({ ...request, ...(configFile === undefined ? {} : { configFile }) });
  if ('problems' in parsed) throw configError(parsed.problems);
  return parsed.config;
}

/** The file's text; undefined when it isn't there and nobody asked for it by name. */
async function readConfigFile({ inputs, readText }: ConfigRequest): Promise<RawConfig['configFile']> {
  const { path, isRequired } = configFilePath(inputs);
  if (!isRequired) await refuseNearMisses(path);
  try {
    const text = await (readText ?? regularFile)(path);
    // Asked for by name and absent before the change: a change that brings the file is judged without it.
    return text === undefined ? undefined : { path, text };
  } catch (error) {
    const isMissing = isErrno(error, 'ENOENT');
    if (isMissing && !isRequired && !(await isLink(path))) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    const expected = isMissing ? "a file; it doesn't exist" : `a readable file: ${reason}`;
    throw configError([{ where: 'input config', got: JSON.stringify(path), expected }]);
  }
}

/** A link that leads nowhere is somebody's configuration all the same. */
async function isLink(path: string): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  return status?.isSymbolicLink() === true;
}

/** What people write for the name of the file, which is not read. */
const nearMiss = /^\.?tailgate\.(?:ya?ml|json)$/i;

/** A file that nobody reads would be taken for one that holds. Throws `GateError` CONFIG_INVALID. */
async function refuseNearMisses(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch((): string[] => []);
  const missed = names.filter((name) => nearMiss.test(name) && name !== basename(path));
  // A file of another tool may be called so; with ours beside it nobody takes it for ours.
  const doubted = names.includes(basename(path)) ? missed.filter((name) => /^\.tailgate\.ya?ml$/i.test(name)) : missed;
  const [name] = doubted;
  if (name === undefined) return;
  const got = JSON.stringify(name);
  throw configError(
    [{ where: 'configuration file', got, expected: `${basename(path)}, the only name that is looked for` }],
    `Rename it to ${basename(path)}, or name it with \`config\`.`,
  );
}

/** More than any configuration has; of an endless file no more is read. */
const maxBytes = 1_000_000;

/** A pipe or a device could keep its reader waiting for ever, so nothing but a file is read, and no more than its limit. */
async function regularFile(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (status.isDirectory()) throw new Error('it is a folder');
    if (!status.isFile()) throw new Error('it is a pipe or a device, not a file');
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(maxBytes + 1), position: 0 });
    if (bytesRead > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
