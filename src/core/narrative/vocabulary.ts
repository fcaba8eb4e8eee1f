/**
 * The words that a model may use beside its placeholders. A list of what is allowed holds where a list of what is
 * forbidden can't: no word outside it is published, so no number in letters, no negation, no praise, no cause that
 * nobody measured, no name, no link and no other language. What could turn a sentence round (not, but, than, before,
 * was, unless, less so) is missing on purpose, or stands only in a fixed phrase.
 */

/** What a word claims about a fact; a claim is checked against it. */
export type Claim =
  | 'neutral'
  | 'up'
  | 'down'
  | 'worse'
  | 'better'
  | 'slower'
  | 'faster'
  | 'latency'
  | 'failures'
  | 'together';

const wordsByClaim: Readonly<Record<Claim, string>> = {
  neutral: `
    a an the of for to in on at by with and as is are has have it its it's this that that's which who here so also now
    their they them your you
    user users people endpoint change measurement run result figure figures finding attention eye eyes look looks
    get gets getting got see sees shows show comes come goes go went moves move moved moving takes take took stands stand deserves deserve
    starts start begin begins notice notices feel feels matters matter reads puts measured found means
    clearly likely probably plainly reason behind`,
  up: `
    up rose rises risen rise rising grew grows grown growing climbed climbs climb climbing increased increases
    increase increasing higher`,
  down: `
    down fell falls fallen fall falling dropped drops drop dropping decreased decreases decrease decreasing lower sank
    shrank declined declines decline declining fewer less reduced shorter`,
  worse: 'worse worsened worsens worsening regressed regresses regression deteriorated degraded degrades',
  better: 'better improved improves improvement improving',
  slower: 'slower slow slowed slows slowing slowdown longer',
  faster: 'faster fast quicker quick sped speedup speeds',
  latency: 'latency wait waits waiting delay',
  failures: 'fail fails failed failing failure failures error errors',
  together: 'together',
};

/** Words that say nothing, or something else, by themselves. */
export const phrases: Readonly<Record<string, Claim>> = {
  'than in the baseline': 'neutral',
  'than before': 'neutral',
  'against the baseline': 'neutral',
  'compared with the baseline': 'neutral',
  'most likely': 'neutral',
  'as well': 'neutral',
  'above all': 'neutral',
  'worth a look': 'neutral',
  'stands out': 'neutral',
  'slowed down': 'slower',
  'slows down': 'slower',
  'slowing down': 'slower',
  'more slowly': 'slower',
  'more time': 'slower',
  'answers more slowly': 'slower',
  'responds more slowly': 'slower',
  'response time': 'latency',
  'response times': 'latency',
  'requests fail': 'failures',
  'more requests fail': 'failures',
  'more often': 'failures',
  'more failures': 'failures',
  'more errors': 'failures',
};

const claims: ReadonlyMap<string, Claim> = new Map(
  Object.entries(wordsByClaim).flatMap(([claim, words]) =>
    words
      .trim()
      .split(/\s+/)
      .map((word) => [word, claim as Claim] as const),
  ),
);

/** What `word` (in small letters) claims; undefined for a word that is not in the list. */
export function claimOf(word: string): Claim | undefined {
  return claims.get(word);
}

/** The list as a model is told it: words that can't be wrong, and words that have to suit the fact. */
export function vocabularyText(): string {
  const line = (claim: Claim) => {
    const fixed = Object.keys(phrases).filter((phrase) => phrases[phrase] === claim);
    return [...wordsByClaim[claim].trim().split(/\s+/), ...fixed.map((phrase) => `"${phrase}"`)].join(' ');
  };
  return [
    `For every fact: ${line('neutral')} ${line('worse')}`,
    `Where "moved" is up: ${line('up')}`,
    `Where "moved" is down: ${line('down')}`,
    `Where "kind" is latency: ${line('latency')} ${line('slower')}`,
    `Where "kind" is errors or checks: ${line('failures')}`,
    `For all endpoints together: ${line('together')}`,
  ].join('\n');
}

/** Only to say more exactly what is wrong with a word that isn't in the list. */
export function kindOfForbiddenWord(word: string): 'magnitude' | 'negation' | 'unknown' {
  if (magnitudeWord.test(word)) return 'magnitude';
  return negation.test(word) ? 'negation' : 'unknown';
}

const magnitudeWord =
  /^(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|.*teen|.*ty|hundreds?|thousands?|millions?|billions?|dozens?|first|second|third|fourth|fifth|tenth|half|halves|halved|halving|quarters?|once|twice|thrice|doubl.*|tripl.*|quadrupl.*|quintupl.*|.*fold|percent|percentage|times|several|couple|few|many|most|all|every|slightly|barely|hugely|massively|dramatically|sharply|significantly|roughly|nearly|almost|about|over|under)$/;

const negation = /^(?:not?|never|none|nothing|neither|nor|without|hardly|scarcely|unchanged|.*n't|cannot)$/;

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

/** Whether the word marks a sentence as a guess: one of them has to be in it. */
export function isHedge(word: string): boolean {
  return hedges.has(word);
}

/** The list as a model is told it. */
export function guessVocabularyText(): string {
  return [...list].join(' ');
}
