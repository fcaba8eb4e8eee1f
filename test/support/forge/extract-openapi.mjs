/**
 * Takes the operations that the forge serves out of GitHub's own API description:
 *
 *   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz package/generated/api.github.com.json
 *   node test/support/forge/extract-openapi.mjs package/generated/api.github.com.json
 *
 * (MIT, GitHub Inc. and contributors.) What only explains is left out; `nullable` is written as JSON Schema has it.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const r = '/repos/{owner}/{repo}';
const paths = [
  `${r}`,
  `${r}/git/ref/{ref}`,
  `${r}/git/refs`,
  `${r}/git/refs/{ref}`,
  `${r}/git/blobs`,
  `${r}/git/blobs/{file_sha}`,
  `${r}/git/trees`,
  `${r}/git/trees/{tree_sha}`,
  `${r}/git/commits`,
  `${r}/git/commits/{commit_sha}`,
  `${r}/compare/{basehead}`,
  `${r}/commits`,
  `${r}/commits/{ref}`,
  `${r}/commits/{commit_sha}/pulls`,
  `${r}/commits/{ref}/check-runs`,
  `${r}/commits/{ref}/status`,
  `${r}/statuses/{sha}`,
  `${r}/contents/{path}`,
  `${r}/issues/{issue_number}`,
  `${r}/issues/{issue_number}/comments`,
  `${r}/issues/comments/{comment_id}`,
  `${r}/issues/{issue_number}/events`,
  `${r}/issues/{issue_number}/timeline`,
  `${r}/issues/{issue_number}/labels`,
  `${r}/issues/{issue_number}/labels/{name}`,
  `${r}/check-runs`,
  `${r}/check-runs/{check_run_id}`,
  `${r}/check-runs/{check_run_id}/annotations`,
  `${r}/pulls`,
  `${r}/pulls/{pull_number}`,
  `${r}/pulls/{pull_number}/files`,
  `${r}/pulls/{pull_number}/commits`,
  `${r}/collaborators/{username}/permission`,
  `${r}/deployments`,
  `${r}/deployments/{deployment_id}`,
  `${r}/deployments/{deployment_id}/statuses`,
  `${r}/actions/artifacts`,
  `${r}/actions/artifacts/{artifact_id}`,
  `${r}/actions/artifacts/{artifact_id}/{archive_format}`,
  `${r}/actions/runs`,
  `${r}/actions/runs/{run_id}`,
  `${r}/actions/runs/{run_id}/artifacts`,
  `${r}/actions/runs/{run_id}/attempts/{attempt_number}`,
  `${r}/actions/runs/{run_id}/jobs`,
  `${r}/actions/workflows/{workflow_id}/runs`,
  `${r}/releases`,
  `${r}/releases/latest`,
  `${r}/releases/tags/{tag}`,
  `${r}/tags`,
  '/user',
  '/app',
  '/rate_limit',
];

const source = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const explains = new Set(['description', 'title', 'example', 'examples', 'externalDocs', 'x-github', 'deprecated']);
const schemas = {};

/** `isNamed`: the keys of `node` are names of properties, not keywords. */
function tidy(node, isNamed = false) {
  if (Array.isArray(node)) return node.map((item) => tidy(item));
  if (typeof node !== 'object' || node === null) return node;
  if (!isNamed && typeof node.$ref === 'string') return { $ref: reference(node.$ref) };
  const { nullable, ...rest } = isNamed ? { ...node, nullable: undefined } : node;
  const kept = {};
  for (const [key, value] of Object.entries(isNamed ? node : rest)) {
    if (!isNamed && (explains.has(key) || key.startsWith('x-') || key === 'discriminator' || key === 'format'))
      continue;
    if (!isNamed && (key === 'enum' || key === 'default')) kept[key] = value;
    else kept[key] = tidy(value, !isNamed && key === 'properties');
  }
  return nullable === true ? { anyOf: [kept, { type: 'null' }] } : kept;
}

function reference(pointer) {
  const name = pointer.split('/').at(-1);
  if (!(name in schemas)) {
    schemas[name] = null;
    schemas[name] = tidy(source.components.schemas[name]);
  }
  return `#/schemas/${name}`;
}

const resolved = (node) =>
  node?.$ref === undefined
    ? node
    : node.$ref
        .split('/')
        .slice(1)
        .reduce((at, key) => at[key], source);
const schemaOf = (content) => tidy(content?.['application/json']?.schema);

const operations = {};
for (const path of paths) {
  const item = source.paths[path];
  if (item === undefined) throw new Error(`the description has no ${path}`);
  for (const [method, operation] of Object.entries(item)) {
    if (!['get', 'post', 'patch', 'put', 'delete'].includes(method)) continue;
    const parameters = (operation.parameters ?? []).map(resolved);
    const responses = {};
    for (const [status, response] of Object.entries(operation.responses)) {
      responses[status] = schemaOf(resolved(response).content) ?? null;
    }
    operations[`${method.toUpperCase()} ${path}`] = {
      query: parameters.filter((parameter) => parameter.in === 'query').map((parameter) => parameter.name),
      ...(operation.requestBody && {
        request: schemaOf(resolved(operation.requestBody).content) ?? null,
        isRequestRequired: resolved(operation.requestBody).required === true,
      }),
      responses,
    };
  }
}
const target = new URL('./openapi-subset.json', import.meta.url);
writeFileSync(target, `${JSON.stringify({ source: '@octokit/openapi 23.0.2 api.github.com', operations, schemas })}\n`);
