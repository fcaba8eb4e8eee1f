import type { ClaudeLimits } from '../adapters/claude/ask-claude.ts';
import { findAccess, identityAudience } from '../adapters/claude/claude-access.ts';
import { outgoingFetch } from '../adapters/http/outgoing-http.ts';
import type { Config } from '../config/config.ts';
import { excerptChanges } from '../core/narrative/diff-excerpt.ts';
import { tellByTemplate } from '../core/narrative/tell-by-template.ts';
import { isWorthAsking, tellWithModel } from '../core/narrative/tell-with-model.ts';
import type { Log, Narrator } from '../ports.ts';
import type { ChangedFiles } from './changed-files.ts';

interface NarratorSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Gets an identity token for `audience` from the CI runner, where it has one to give. */
  readonly runnerToken?: (audience: string) => Promise<string>;
  /** What `include-diff` shows the model; read only when it is asked. */
  readonly changedFiles?: ChangedFiles;
  readonly limits?: Partial<ClaudeLimits>;
}

/** The narrator that `config` asks for: none, the template, or a model where there is access to one. */
export function narrator({ narrative }: Config, surroundings: NarratorSurroundings): Narrator {
  const { mode, model, apiKey, baseUrl } = narrative;
  if (mode === 'off') return { tell: async () => undefined };
  const { environment, log, runnerToken, changedFiles, limits } = surroundings;
  const identityToken = runnerToken && (() => runnerToken(identityAudience));
  const access = mode === 'auto' ? findAccess(apiKey, environment, identityToken) : undefined;
  if (access === undefined) return { tell: async (facts) => tellByTemplate(facts) };
  const fetch = outgoingFetch(environment, log);
  const settings = { access, model, fetch, log, ...(baseUrl !== undefined && { baseUrl }), ...(limits && { limits }) };
  return {
    tell: async (facts, signal) => {
      if (!isWorthAsking(facts)) return tellByTemplate(facts);
      log.info(`Asking ${model} to word the findings.`);
      // Loading the SDK takes longer than most commands; only who asks waits for it.
      const { askClaude } = await import('../adapters/claude/ask-claude.ts');
      const diff = narrative.includesDiff ? excerptChanges((await changedFiles?.()) ?? []) : [];
      return tellWithModel(facts, askClaude(settings, signal), diff);
    },
  };
}
