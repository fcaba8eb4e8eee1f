import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parsePlatformEvent } from '../../src/core/platform/parse-platform-event.ts';
import type { PlatformEvent } from '../../src/core/platform/platform-event.ts';

const file = resolve(import.meta.dirname, '../fixtures/github-events/payloads.json');

/** GitHub's own examples of event payloads, by event name; `push.tag` and `pull_request.labeled` are further kinds. */
export const payloads = JSON.parse(readFileSync(file, 'utf8'));

/** The event as the runner tells of it; `kind` is a key of `payloads`, or an event without a payload of its own. */
export function anEvent(kind: string, environment: Readonly<Record<string, string>> = {}): PlatformEvent {
  const name = kind.split('.')[0] ?? kind;
  const payload =
    payloads[kind] ?? (name === 'pull_request_target' ? payloads.pull_request : payloads.workflow_dispatch);
  return parsePlatformEvent({ GITHUB_EVENT_NAME: name, GITHUB_SHA: 'c'.repeat(40), ...environment }, payload);
}

/** The same event, its head in another repository. */
export function fromFork(event: PlatformEvent): PlatformEvent {
  return { ...event, headRepository: 'stranger/Hello-World' };
}
