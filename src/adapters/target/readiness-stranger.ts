import type { HttpAnswer } from './readiness-http.ts';

const signInHosts =
  /(^|\.)(login\.microsoftonline\.com|accounts\.google\.com|okta\.com|oktapreview\.com|auth0\.com|onelogin\.com|cloudflareaccess\.com|amazoncognito\.com)$|^(login|signin|sso|auth|idp|iam|id|accounts)\./i;
const signInSegment =
  /^(login|log-in|signin|sign-in|sso|sso-api|saml2?|oauth2?|authorize|auth|adfs|cas|openid-connect)$/i;

/** Does `url` look like the place where a person proves who they are? */
export function isSignInAddress(url: URL): boolean {
  const query = url.searchParams;
  return (
    signInHosts.test(url.hostname) ||
    isSignInPath(url.pathname) ||
    query.has('SAMLRequest') ||
    (query.has('client_id') && (query.has('redirect_uri') || query.has('response_type')))
  );
}

export function isSignInPath(path: string): boolean {
  return path.split('/').some((segment) => signInSegment.test(segment));
}

const passwordField = /<input\b[^>]*\b(type|name)\s*=\s*["']?password\b/i;
const signInTitle =
  /<title[^>]*>[^<]*\b(sign[ -]?in|log[ -]?in|single sign-on|authentication required|password[ -]protect(ed|ion))\b/i;

/**
 * What shows that an answer is a page to log in at, whoever made it; undefined when nothing does. Only pages count: a
 * service's own refusal of an unknown caller is an answer of the service.
 */
export function recognizeLoginPage({ status, headers, body }: HttpAnswer): string | undefined {
  if (status >= 500 || status === 404) return undefined;
  const type = [headers['content-type'] ?? ''].flat()[0] ?? '';
  if (!(type === '' ? /^\s*</.test(body) : /html/i.test(type))) return undefined;
  if (passwordField.test(body)) return `a password field, status ${status}`;
  return signInTitle.test(body) ? `by its title, status ${status}` : undefined;
}
