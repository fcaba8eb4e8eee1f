/** What stands in place of a pull request's number where a slowdown was accepted without one. */
export const noPullRequest = 0;

/** Where somebody accepted a slowdown, as a part of a sentence: `in pull request 7`, `on the command line`. */
export function acceptedWhere({ pullRequest }: { readonly pullRequest: number }): string {
  return pullRequest === noPullRequest ? 'on the command line' : `in pull request ${pullRequest}`;
}
