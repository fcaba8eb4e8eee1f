import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAllowed, type Tokens } from './tokens.ts';

interface GitSurroundings {
  readonly url: URL;
  /** Directory above `owner/repo.git`. */
  readonly root: string;
  readonly tokens: Tokens;
}

/** `git fetch` and `git push` over HTTP, answered by git's own `http-backend`. */
export async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  { url, root, tokens }: GitSurroundings,
): Promise<void> {
  const token = tokens.ofHeader(request.headers.authorization);
  const isPush = url.pathname.endsWith('/git-receive-pack') || url.searchParams.get('service') === 'git-receive-pack';
  if (token === undefined) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end('Invalid username or token.');
    return;
  }
  if (!isAllowed(token, [isPush ? 'contents: write' : 'contents: read'])) {
    response
      .writeHead(isPush ? 403 : 404)
      .end(isPush ? 'Write access to repository not granted.' : 'Repository not found.');
    return;
  }
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      REMOTE_USER: token.login,
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined);
  const chunks: Buffer[] = [];
  for await (const chunk of backend.stdout) chunks.push(chunk as Buffer);
  const output = Buffer.concat(chunks);
  const end = output.indexOf('\r\n\r\n');
  const headers: Record<string, string> = {};
  for (const line of output.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const status = Number.parseInt(headers['status'] ?? '200', 10);
  delete headers['status'];
  response.writeHead(status, headers).end(output.subarray(end + 4));
}
