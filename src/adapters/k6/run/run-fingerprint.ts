import { createHash } from 'node:crypto';
import { cpus } from 'node:os';
import { relative } from 'node:path';
import type { Fingerprint } from '../../../core/run-record/run-record.ts';
import type { K6Binary } from '../binary/k6-command.ts';
import type { SourceFile } from '../script/script-sources.ts';

/** What must, and what should, agree with other runs; see `Fingerprint`. */
export function runFingerprint(facts: {
  readonly name: string;
  readonly environmentLabel?: string;
  readonly load: string;
  readonly k6: K6Binary;
  readonly scriptHash: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Fingerprint {
  const processors = cpus();
  const cpu = processors[0]?.model.trim();
  const image = facts.environment['ImageOS'];
  const imageVersion = facts.environment['ImageVersion'];
  return {
    hard: {
      name: facts.name,
      ...(facts.environmentLabel === undefined ? {} : { environment: facts.environmentLabel }),
      load: facts.load,
      outputMode: 'json-stdout',
      k6Major: String(facts.k6.major),
    },
    soft: {
      k6Version: facts.k6.version,
      scriptHash: facts.scriptHash,
      ...(cpu === undefined || cpu === '' ? {} : { cpu }),
      cores: String(processors.length),
      ...(image === undefined ? {} : { image: imageVersion === undefined ? image : `${image} ${imageVersion}` }),
    },
  };
}

/** Hash of the scripts and everything local that they import, independent of where they lie. */
export function hashScripts(scripts: readonly (readonly SourceFile[])[], directory: string): string {
  const hash = createHash('sha256');
  for (const sources of scripts) {
    for (const { path, text } of sources) hash.update(`${relative(directory, path)}\0${text}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}
