type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const headerMarks: readonly { readonly header: string; readonly value: RegExp; readonly provider: string }[] = [
  { header: 'cf-mitigated', value: /challenge/i, provider: 'Cloudflare' },
  { header: 'x-vercel-mitigated', value: /challenge|deny/i, provider: 'Vercel' },
  { header: 'x-amzn-waf-action', value: /challenge|captcha/i, provider: 'AWS WAF' },
  { header: 'x-datadome', value: /./, provider: 'DataDome' },
  { header: 'x-sucuri-block', value: /./, provider: 'Sucuri' },
];

const bodyMarks: readonly { readonly text: RegExp; readonly provider: string }[] = [
  { text: /<title>Just a moment\.\.\.<\/title>|cdn-cgi\/challenge-platform/i, provider: 'Cloudflare' },
  { text: /_Incapsula_Resource/i, provider: 'Imperva' },
  { text: /Vercel Security Checkpoint/i, provider: 'Vercel' },
  { text: /errors\.edgesuite\.net/i, provider: 'Akamai' },
];

/** Which provider's bot protection gave this answer, if one did: only refusals count, whatever marks a page carries. */
export function recognizeChallenge(status: number, headers: Headers, body: string): string | undefined {
  if (![202, 401, 403, 405, 429, 503].includes(status)) return undefined;
  const byHeader = headerMarks.find(({ header, value }) => value.test([headers[header] ?? ''].flat().join(',')));
  const mark = byHeader ?? bodyMarks.find(({ text }) => text.test(body));
  return mark === undefined ? undefined : `${mark.provider}, status ${status}`;
}
