import { readFile } from 'node:fs/promises';
import type { ClientOptions } from '@anthropic-ai/sdk';
import { oidcFederationProvider } from '@anthropic-ai/sdk/lib/credentials/oidc-federation';
import { defined } from '../../defined.ts';

/** How the API is entered: with a key, or with a token that the workload's own identity is exchanged for. */
export type ClaudeAccess = { readonly kind: 'key'; readonly key: string } | WorkloadIdentity;

interface WorkloadIdentity {
  readonly kind: 'workload-identity';
  readonly federationRuleId: string;
  readonly organizationId: string;
  readonly serviceAccountId?: string;
  readonly workspaceId?: string;
  /** A fresh token of the identity provider. */
  readonly identityToken: () => Promise<string>;
}

const ownAddress = 'https://api.anthropic.com';

/** The audience that an identity token for the API is made for. */
export const identityAudience = ownAddress;

/**
 * The access that `environment` offers beside a key that was given: `ANTHROPIC_API_KEY`, or workload identity federation
 * by the variables of Anthropic's SDKs. `runnerToken` gets an identity token from the CI runner, where it has one to give.
 */
export function findAccess(
  givenKey: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  runnerToken: (() => Promise<string>) | undefined,
): ClaudeAccess | undefined {
  const read = (name: string) => environment[name]?.trim() || undefined;
  const key = givenKey ?? read('ANTHROPIC_API_KEY');
  if (key !== undefined) return { kind: 'key', key };
  const federationRuleId = read('ANTHROPIC_FEDERATION_RULE_ID');
  const organizationId = read('ANTHROPIC_ORGANIZATION_ID');
  const [token, file] = [read('ANTHROPIC_IDENTITY_TOKEN'), read('ANTHROPIC_IDENTITY_TOKEN_FILE')];
  const identityToken = token ? async () => token : file ? () => readToken(file) : runnerToken;
  if (federationRuleId === undefined || organizationId === undefined || identityToken === undefined) return undefined;
  const serviceAccountId = read('ANTHROPIC_SERVICE_ACCOUNT_ID');
  const workspaceId = read('ANTHROPIC_WORKSPACE_ID');
  return {
    kind: 'workload-identity',
    federationRuleId,
    organizationId,
    identityToken,
    ...defined({ serviceAccountId, workspaceId }),
  };
}

async function readToken(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim();
}

/** The options by which the SDK's client uses `access`, and nothing else that the environment may hold. */
export function clientOptions(access: ClaudeAccess, baseUrl = ownAddress, fetchBy = fetch): ClientOptions {
  const baseURL = baseUrl.replace(/\/+$/, '');
  if (access.kind === 'key') return { apiKey: access.key, baseURL, fetch: fetchBy };
  const exchange = oidcFederationProvider({
    identityTokenProvider: access.identityToken,
    federationRuleId: access.federationRuleId,
    organizationId: access.organizationId,
    serviceAccountId: access.serviceAccountId,
    workspaceId: access.workspaceId,
    baseURL,
    fetch: fetchBy,
  });
  return {
    baseURL,
    fetch: fetchBy,
    credentials: async () => {
      try {
        return await exchange();
      } catch (cause) {
        throw new NoIdentity(cause);
      }
    },
  };
}

/** The workload's identity could not be shown, or was not exchanged for access. */
export class NoIdentity extends Error {
  constructor(cause: unknown) {
    super('the workload identity was not exchanged for access', { cause });
    this.name = 'NoIdentity';
  }
}
