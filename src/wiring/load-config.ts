import { readFile } from 'node:fs/promises';
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
  try {
    const text = readText === undefined ? await readFile(path, 'utf8') : await readText(path);
    // Asked for by name and absent before the change: a change that brings the file is judged without it.
    return text === undefined ? undefined : { path, text };
  } catch (error) {
    const isMissing = isErrno(error, 'ENOENT');
    if (isMissing && !isRequired) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    const expected = isMissing ? "a file; it doesn't exist" : `a readable file: ${reason}`;
    throw configError([{ where: 'input config', got: JSON.stringify(path), expected }]);
  }
}
