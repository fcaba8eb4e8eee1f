import { Anthropic, APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import type { StopReason } from '@anthropic-ai/sdk/resources/messages/messages';
import * as v from 'valibot';
import type { NarrativeRequest } from '../../core/narrative/prompt.ts';
import type { Ask, Reply } from '../../core/narrative/tell-with-model.ts';
import type { Log } from '../../ports.ts';
import { type ClaudeAccess, clientOptions, NoIdentity } from './claude-access.ts';

export interface ClaudeSettings {
  readonly access: ClaudeAccess;
  readonly model: string;
  /** Address of the API or of a proxy before it; absent: Anthropic's own. */
  readonly baseUrl?: string;
  /** The way out to the network; absent: Node's own, which knows no proxy. */
  readonly fetch?: typeof fetch;
  readonly log: Log;
  readonly limits?: Partial<ClaudeLimits>;
}

/** What one paragraph may cost at most; beyond it the template's wording is good enough. */
export interface ClaudeLimits {
  /** Longest wait for the headers of one try. */
  readonly tryMs: number;
  /** Longest time for everything together: both questions, and every try of each. */
  readonly totalMs: number;
  /** Tokens that an answer may take, thinking included. */
  readonly answerTokens: number;
  /** Tokens in and out after which there is no second question. */
  readonly totalTokens: number;
  /** Longest question; facts are few, so that a longer one is a mistake. */
  readonly questionCharacters: number;
}

const usualLimits: ClaudeLimits = {
  tryMs: 20_000,
  totalMs: 60_000,
  answerTokens: 4000,
  totalTokens: 16_000,
  questionCharacters: 40_000,
};

/** Further tries of the SDK after a network error or an answer of 408, 409, 429 or 5xx. */
const retries = 2;

/**
 * Questions about one paragraph, put to the Messages API with structured output. Each is answered or explained, never
 * thrown; `signal` ends them at once. Neither key nor token nor any text of the API gets into a log.
 */
export function askClaude(settings: ClaudeSettings, signal: AbortSignal): Ask {
  const limits = { ...usualLimits, ...settings.limits };
  const deadline = AbortSignal.timeout(limits.totalMs);
  const either = AbortSignal.any([signal, deadline]);
  let tokens = 0;
  return async (request) => {
    if (lengthOf(request) > limits.questionCharacters) return noAnswer('the facts are too many for one question');
    if (tokens > limits.totalTokens) return noAnswer('its first answer had used up the tokens');
    try {
      const sent = v.safeParse(messageSchema, await send(settings, limits, request, either));
      if (!sent.success) return noAnswer('what the API sent is no message');
      const message = sent.output;
      tokens += message.usage.input_tokens + message.usage.output_tokens;
      settings.log.debug(`Claude: ${message.usage.input_tokens} tokens in, ${message.usage.output_tokens} out.`);
      return replyOf(message, settings.model);
    } catch (error) {
      if (deadline.aborted) return noAnswer(`there was no answer within ${limits.totalMs / 1000} s`);
      if (signal.aborted) return noAnswer('the run was interrupted');
      return noAnswer(explainNoAnswer(error, settings.model));
    }
  };
}

async function send(
  settings: ClaudeSettings,
  limits: ClaudeLimits,
  { system, messages, schema }: NarrativeRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const client = new Anthropic({
    ...clientOptions(settings.access, settings.baseUrl, settings.fetch),
    timeout: limits.tryMs,
    maxRetries: retries,
    // The SDK would log requests when a variable of the environment says so.
    logLevel: 'off',
    openTelemetry: false,
    // A redirect would take the credentials to another place than the one that was configured.
    fetchOptions: { redirect: 'error' },
  });
  return client.messages.create(
    {
      model: settings.model,
      max_tokens: limits.answerTokens,
      system,
      messages: messages.map(({ role, content }) => ({ role, content })),
      output_config: { format: { type: 'json_schema', schema: { ...schema } } },
    },
    { signal },
  );
}

/** What is looked at of a message; the SDK hands on whatever came, a gateway's page included. */
const messageSchema = v.object({
  stop_reason: v.nullable(v.string()),
  content: v.array(v.object({ type: v.string(), text: v.optional(v.string()) })),
  usage: v.object({ input_tokens: v.number(), output_tokens: v.number() }),
});

/** Only an answer that came to its own end is looked at. */
function replyOf({ stop_reason: reason, content }: v.InferOutput<typeof messageSchema>, model: string): Reply {
  if (reason !== 'end_turn') return noAnswer(stopReasons.get(reason ?? '') ?? 'its answer did not come to an end');
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text ?? ''] : [])).join('');
  return { kind: 'answer', text, model };
}

const stopReasons: ReadonlyMap<string, string> = new Map<StopReason, string>([
  ['refusal', 'the model declined to answer'],
  ['max_tokens', 'its answer was cut off at the token limit'],
  ['model_context_window_exceeded', 'its answer was cut off at the token limit'],
]);

function lengthOf({ system, messages, schema }: NarrativeRequest): number {
  return messages.reduce((sum, { content }) => sum + content.length, system.length + JSON.stringify(schema).length);
}

function noAnswer(why: string): Reply {
  return { kind: 'no-answer', why };
}

/** Why there is no answer, as half a sentence in words of ours: what the API or a proxy wrote could be anything. */
function explainNoAnswer(error: unknown, model: string): string {
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
