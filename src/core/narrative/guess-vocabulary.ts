/**
 * The words of a guess: what code does, what it talks to, and that it only may be so. None of them says how much, which
 * way a number went, how it used to be, that something is in order, or what anybody should do: a misled model has no word
 * for it.
 */
const words = `
  a an the of for to in on at by with and as is are it its that this which who here so also now when where while inside
  within into from through per each because between around across during
  may might could perhaps possibly maybe 
  make makes making do does doing add adds added adding remove removes removed removing replace replaces replaced
  change changes changed move moves moved moving use uses using need needs take takes call calls called calling
  read reads reading write writes writing load loads loading fetch fetches fetching send sends sending open opens
  wait waits waiting block blocks blocking sleep sleeps sleeping lock locks locking hold holds
  parse parses parsing sort sorts sorting filter filters filtering search searches scan scans scanning copy copies copying
  serialize serializes serialise serialises encode encodes decode decodes compress compresses compression hash hashes
  hashing encrypt encryption sign signs render renders rendering validate validates validation compute computes
  computation calculate calculates log logs logging trace tracing retry retries retrying repeat repeats repeated
  repeatedly run runs running start starts create creates created allocate allocates allocation build builds built building
  skip skips bypass bypasses return returns returned await awaits awaited
  new more extra further additional another separate own whole large larger 
  expensive synchronous synchronously asynchronous sequential sequentially serial serially parallel nested inner outer
  row rows record records item items entry entries list lists array map object page pages pagination limit size field
  fields column columns table tables index indexes join joins subquery query queries database transaction statement
  select cursor cache cached caching hit hits miss misses key keys entry ttl expiry invalidation
  request requests response responses answer answers payload body header headers cookie session connection connections
  pool socket network service services server client upstream downstream api http tls dns file files disk memory
  cpu thread threads worker workers queue process event-loop loop loops iteration recursion regex regular expression
  json xml html text string strings image images template module library package dependency version middleware handler
  handlers route routes endpoint endpoints controller model function functions method code line lines logic branch
  condition check checks configuration setting settings option options timeout timeouts interval batch batches batching
  stream streams streaming buffer buffers garbage collection lookup lookups round-trip round-trips work step steps path
  user users data result results`;

const list: ReadonlySet<string> = new Set(words.trim().split(/\s+/));

/** One of them has to be in a guess, so that it reads as one even where it is quoted alone. */
const hedges: ReadonlySet<string> = new Set(['may', 'might', 'could', 'perhaps', 'possibly', 'maybe']);

/** Whether `word` (in small letters) may stand in a guess. */
export function isWordOfGuess(word: string): boolean {
  return list.has(word) || (word.includes('-') && word.split('-').every((part) => list.has(part)));
}

export function isHedge(word: string): boolean {
  return hedges.has(word);
}

/** The list as a model is told it. */
export function guessVocabularyText(): string {
  return [...list].join(' ');
}
