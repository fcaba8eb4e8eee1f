import { type CommentMarker, isNewer, readMarker } from './comment-marker.ts';

/** When a comment is written: always; once there is something to tell; once the build is red; never. */
export type CommentPolicy = 'always' | 'on-change' | 'on-failure' | 'never';

export interface ExistingComment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
}

export interface CommentFacts {
  readonly policy: CommentPolicy;
  readonly marker: CommentMarker;
  /** With the marker in its first line. */
  readonly body: string;
  /** Whether a reader has nothing to do or to know: a plain pass. */
  readonly isUneventful: boolean;
  /** All comments of the pull request, in any order. */
  readonly existing: readonly ExistingComment[];
  /** Who we are: a marker alone proves nothing, anyone can write one. */
  readonly self: string;
  /** The pull request's head now. */
  readonly currentHead: string;
}

/** What to do; `remove` lists further comments of ours that are then outdated, to be deleted after writing. */
export type CommentPlan =
  | { readonly kind: 'none'; readonly why: string; readonly remove: readonly number[] }
  | { readonly kind: 'create'; readonly remove: readonly number[] }
  | { readonly kind: 'update'; readonly id: number; readonly remove: readonly number[] };

/**
 * One comment per name: updated in place, because a new one each time notifies everybody; but when a pass turns into a
 * fail a new one is written and the old one removed, because an edit notifies nobody.
 */
export function planComment(facts: CommentFacts): CommentPlan {
  const { policy, marker, body, currentHead } = facts;
  if (policy === 'never') return nothing('comment is never');
  if (marker.head !== currentHead) {
    return nothing(
      `the pull request is at ${currentHead.slice(0, 7)} by now, this run measured ${marker.head.slice(0, 7)}`,
    );
  }
  const [latest, ...older] = findOwn(facts);
  const remove = older.map(({ id }) => id);
  if (latest === undefined) {
    const why = reasonForSilence(facts);
    return why === undefined ? { kind: 'create', remove } : nothing(why);
  }
  if (isNewer(latest.marker, marker)) {
    return nothing(
      `run ${latest.marker.runId} (attempt ${latest.marker.attempt}), which began later, has commented already`,
    );
  }
  if (latest.marker.outcome === 'passed' && marker.outcome === 'failed') {
    return { kind: 'create', remove: [latest.id, ...remove] };
  }
  if (sameText(latest.body, body)) return { kind: 'none', why: 'the comment says so already', remove };
  return { kind: 'update', id: latest.id, remove };
}

/** Our comments of this name, the one that speaks of the latest state first. */
export function findOwn({
  existing,
  self,
  marker,
}: Pick<CommentFacts, 'existing' | 'self' | 'marker'>): (ExistingComment & { readonly marker: CommentMarker })[] {
  return existing
    .flatMap((comment) => {
      const found = comment.author === self ? readMarker(comment.body) : undefined;
      return found?.name === marker.name ? [{ ...comment, marker: found }] : [];
    })
    .sort((a, b) => (isNewer(a.marker, b.marker) ? -1 : isNewer(b.marker, a.marker) ? 1 : b.id - a.id));
}

function nothing(why: string): CommentPlan {
  return { kind: 'none', why, remove: [] };
}

function reasonForSilence({ policy, marker, isUneventful }: CommentFacts): string | undefined {
  if (policy === 'on-failure' && marker.outcome === 'passed') return 'comment is on-failure and the build is not red';
  if (policy === 'on-change' && isUneventful) return 'comment is on-change and there is nothing to tell';
  return undefined;
}

/** GitHub stores line ends as it likes. */
function sameText(a: string, b: string): boolean {
  return a.replaceAll('\r\n', '\n').trimEnd() === b.replaceAll('\r\n', '\n').trimEnd();
}
