import { randomBytes } from 'node:crypto';
import { usedSecret } from '../kept-output.ts';
import type { Level, Permission, Scope } from './route.ts';

export interface TokenGrant {
  /** `permissions:` of the job; a scope that isn't named is none. */
  readonly permissions: Readonly<Partial<Record<Scope, Level>>>;
  /** Login of whom it acts for; the Actions bot unless given. */
  readonly login?: string;
}

export interface Token extends Required<TokenGrant> {
  readonly value: string;
}

/** The tokens that this forge has given out. */
export class Tokens {
  readonly #byValue = new Map<string, Token>();

  issue(grant: TokenGrant): Token {
    const value = usedSecret(`ghs_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`);
    const token = { login: 'github-actions[bot]', ...grant, value };
    this.#byValue.set(value, token);
    return token;
  }

  /** All values, so that a test can search its output for them. */
  values(): string[] {
    return [...this.#byValue.keys()];
  }

  /** The token of an `Authorization` header: `token X`, `bearer X`, or the basic form that git sends. */
  ofHeader(header: string | undefined): Token | undefined {
    const [scheme = '', credentials = ''] = (header ?? '').split(' ');
    if (/^(token|bearer)$/i.test(scheme)) return this.#byValue.get(credentials);
    if (!/^basic$/i.test(scheme)) return undefined;
    const [user, password = ''] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
    return user === 'x-access-token' ? this.#byValue.get(password) : undefined;
  }
}

/** Does `token` hold one of `permissions`? Writing includes reading. */
export function isAllowed(token: Token, permissions: readonly Permission[]): boolean {
  return permissions.some((permission) => {
    const [scope, level] = permission.split(': ') as [Scope, Level];
    const granted = token.permissions[scope];
    return granted === 'write' || granted === level;
  });
}
