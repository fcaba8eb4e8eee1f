import { resolve } from 'node:path';
import type { BaselineStore } from '../../ports.ts';
import { localDirectoryStore } from './local-directory-store.ts';

/** Where stored runs are kept; a new kind of store is a new member here and a row below. */
export type StoreLocation = { readonly kind: 'directory'; readonly path: string };

type Opener<Location extends StoreLocation> = (location: Location) => BaselineStore;

const stores: { readonly [Kind in StoreLocation['kind']]: Opener<Extract<StoreLocation, { kind: Kind }>> } = {
  directory: ({ path }) => localDirectoryStore(resolve(path), `dir:${path}`),
};

/** The store at `location`; nothing is read or made yet. */
export function openBaselineStore(location: StoreLocation): BaselineStore {
  return stores[location.kind](location);
}
