/**
 * `files` that could have to do with latency, by their paths: code and configuration first, then tests and texts. Without
 * what nobody wrote by hand, what has no lines to read, and what holds secrets by its nature.
 */
export function mostTelling<File extends { readonly path: string }>(files: readonly File[]): File[] {
  const written = files.filter(({ path }) => !skipped.some((pattern) => pattern.test(path)));
  return [...written.filter(({ path }) => !late.test(path)), ...written.filter(({ path }) => late.test(path))];
}

const skipped = [
  /(?:^|\/)(?:dist|vendor|node_modules|third_party|bower_components|__snapshots__|\.yarn|\.next)\//,
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|packages\.lock\.json|go\.(?:sum|work\.sum)|\.pnp\.[cm]?js)$/,
  /\.(?:lock|lockb|lockfile)$/i,
  /[.-]min\.(?:js|css|mjs)$|\.(?:bundle|chunk)\.js$|\.map$|\.snap$/i,
  /\.(?:pb|generated|gen|g)\.\w+$|\.pb\.\w+\.\w+$|_pb2?(?:_grpc)?\.(?:py|js|ts|rb)$|\.designer\.cs$/i,
  /\.(?:svg|png|jpe?g|gif|ico|webp|avif|pdf|zip|gz|jar|wasm|woff2?|ttf|eot|mp[34]|csv|tsv|parquet|sqlite|db)$/i,
  /(?:^|\/)\.(?:env|npmrc|pypirc|netrc|htpasswd)(?:[./]|$)|\.(?:pem|key|p12|pfx|jks|keystore|asc|kdbx|tfvars|tfstate)$|(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)/i,
  /(?:^|\/)(?:secrets?|credentials?)(?:\.\w+)*$/i,
];

const late =
  /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|fixtures|docs?|examples?)\/|[._](?:test|spec)\.\w+$|\.(?:md|mdx|rst|adoc|txt)$|(?:^|\/)(?:LICENSE|CHANGELOG)/i;

/** Whether the lines themselves say that a program wrote them: by a remark, or by their length. */
export function looksGenerated(hunks: string): boolean {
  const lines = hunks.split('\n').filter((line) => /^[ +-]/.test(line));
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  return length > lines.length * longestUsualLine || lines.slice(0, 15).some((line) => remark.test(line));
}

/** Characters that hand-written lines stay under on average. */
const longestUsualLine = 200;

const remark =
  /@generated\b|\bdo not edit\b|\bauto(?:matically)?[ -]?generated\b|\bgenerated (?:by|from|automatically)\b/i;
