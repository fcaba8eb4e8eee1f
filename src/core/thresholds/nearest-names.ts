import { distance } from 'fastest-levenshtein';

/** More suggestions than this help nobody. */
const maxNames = 3;

/**
 * The names among `known` that `wanted` was most likely meant to be, nearest first: a few letters are other ones, whatever
 * their case, or one name is a part of the other. Empty where none is near.
 */
export function nearestNames(wanted: string, known: readonly string[]): string[] {
  const text = wanted.toLowerCase();
  const limit = Math.max(2, Math.floor(text.length / 3));
  return known
    .map((name) => ({ name, edits: editsBetween(text, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, maxNames)
    .map(({ name }) => name);
}

/** Smaller parts of a name than this are in too many names. */
const minPartShare = 0.5;

function editsBetween(a: string, b: string): number {
  const [part, whole] = a.length < b.length ? [a, b] : [b, a];
  const isPart = part.length >= minPartShare * whole.length && whole.includes(part);
  return isPart ? Math.min(1, distance(a, b)) : distance(a, b);
}
