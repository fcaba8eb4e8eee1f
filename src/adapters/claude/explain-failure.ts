import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import { NoIdentity } from './claude-access.ts';

/** Why there is no answer, as half a sentence in words of ours: what the API or a proxy wrote could be anything. */
export function explainFailure(error: unknown, model: string): string {
  if (error instanceof APIConnectionTimeoutError) return 'the API did not answer in time';
  if (error instanceof APIConnectionError) return 'the API could not be reached';
  if (error instanceof APIError && typeof error.status === 'number') return explainStatus(error.status, model);
  // What fetch throws when a body ends before its time; the SDK hands it on as it is.
  if (error instanceof TypeError && error.message === 'terminated') return 'the connection to the API broke off';
  if (error instanceof SyntaxError) return 'what the API sent was cut off';
  if (error instanceof NoIdentity) return error.message;
  return 'the API could not be used';
}

function explainStatus(status: number, model: string): string {
  const reason = statuses[status] ?? (status >= 500 ? 'the API failed' : 'the API refused the request');
  return status === 404 ? `the API does not know the model ${model} (404)` : `${reason} (${status})`;
}

const statuses: Readonly<Record<number, string>> = {
  401: 'the API did not accept the credentials',
  402: 'the account can not be billed',
  403: 'the credentials have no permission for this',
  408: 'the API did not get the request in time',
  413: 'the request was too large',
  429: 'the rate limit of the API was reached',
  529: 'the API is overloaded',
};
