import { resolve } from 'node:path';
import { GateError } from '../../errors.ts';
import type { BaselineStore } from '../../ports.ts';
import { localDirectoryStore } from './local-directory-store.ts';

/** Every kind of store by its prefix: a new one is a row. */
const stores: Readonly<Record<string, (location: string) => BaselineStore>> = {
  dir: (path) => localDirectoryStore(resolve(path)),
};

/** Opens what `baseline-store` names, such as `dir:baselines`. Throws `GateError` for an unknown kind. */
export function openBaselineStore(location: string): BaselineStore {
  const separator = location.indexOf(':');
  const open = separator > 0 ? stores[location.slice(0, separator)] : undefined;
  const path = location.slice(separator + 1);
  if (open === undefined || path === '') {
    throw new GateError(
      'CONFIG_INVALID',
      `baseline-store: got ${JSON.stringify(location)}, expected one of ${Object.keys(stores)
        .map((kind) => `${kind}:…`)
        .join(', ')}`,
      'For example: baseline-store: dir:.tailgate/baselines',
    );
  }
  return open(path);
}
