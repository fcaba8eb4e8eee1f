/** The page that is asked whether a target is ready, and who it is. */
export function readinessUrl(targetUrl: string, path: string): URL {
  return new URL(`${targetUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);
}

const mostBodyBytes = 1 << 20;

/** An answer's body as text, of a very long one its beginning. */
export async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > mostBodyBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
