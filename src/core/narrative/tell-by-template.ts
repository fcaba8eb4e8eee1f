import { readSlot, type Slot } from './answer.ts';
import { joinSentences, listOf, type Narrative, type Phrase, spansOf } from './narrative.ts';
import type { Fact, NarrativeFacts, Situation } from './narrative-facts.ts';
import { nextSteps, suitableSteps } from './next-step.ts';

/**
 * The paragraph that needs no model: what pull requests from forks and everybody without a key read, and what is shown
 * whenever a model's wording is in doubt. Undefined where the verdict's own line and its next steps say everything.
 */
export function tellByTemplate(facts: NarrativeFacts): Narrative | undefined {
  const phrase = joinSentences(
    facts.findings.length > 0 && facts.situation !== 'within-objective' && facts.situation !== 'accepted'
      ? tellFindings(facts)
      : tellSituation(facts),
  );
  return phrase.length === 0 ? undefined : { spans: spansOf(phrase) };
}

function tellFindings(facts: NarrativeFacts): Phrase[] {
  const { findings } = facts;
  // A shift of all together that a few endpoints account for is told after them.
  const isMinor = (fact: Fact) => fact.isBroad === false;
  const [lead, ...others] = [...findings.filter((fact) => !isMinor(fact)), ...findings.filter(isMinor)] as [
    Fact,
    ...Fact[],
  ];
  const [step] = suitableSteps(findings);
  return [
    tellLead(lead),
    ...tellOthers(lead, others),
    ...tellRest(facts),
    nextSteps[step] === '' ? [] : [nextSteps[step]],
  ];
}

function tellLead(fact: Fact): Phrase {
  const name = slot(fact, 'name');
  switch (fact.kind) {
    case 'errors':
      return [
        ...capital(name),
        fact.name === undefined ? ' fail' : ' fails',
        ' more often: errors ',
        verb(fact),
        ' ',
        ...figures(fact),
        '.',
      ];
    case 'checks':
      return ['The check ', ...name, ' fails more often, ', ...figures(fact), '.'];
    case 'metric':
      return ['The metric ', ...name, ' got worse: it ', verb(fact), ' ', ...figures(fact), '.'];
    case 'latency':
      return fact.name === undefined ? tellShared(fact) : tellSlower(fact);
  }
}

function tellSlower(fact: Fact): Phrase {
  const also = slot(fact, 'also');
  const together: Phrase = also.length === 0 ? [] : [', and so did ', ...also];
  return [
    ...slot(fact, 'name'),
    fact.moved === 'up' ? ' got slower: ' : ' got worse: ',
    ...slot(fact, 'metric'),
    ` ${verb(fact)} `,
    ...figures(fact),
    ...together,
    '.',
    reachText(fact),
    ...reasonText(fact),
  ];
}

function reasonText(fact: Fact): Phrase {
  const cause = slot(fact, 'cause');
  return cause.length === 0 ? [] : [' The reason: ', ...cause, '.'];
}

function reachText({ reach }: Fact): string {
  if (reach === 'usual-requests') return ' The usual request takes longer, not only the slow ones.';
  return reach === 'slow-requests' ? ' The usual request takes about as long as before; the slow ones got slower.' : '';
}

function tellShared(fact: Fact): Phrase {
  const metric = slot(fact, 'metric');
  if (fact.isBroad === false) {
    return [
      'Taken together all endpoints are slower too (',
      ...metric,
      ' ',
      ...slot(fact, 'change'),
      '), which these may well account for.',
    ];
  }
  return [
    'All endpoints got slower together (',
    ...metric,
    ' ',
    ...change(fact),
    '), which points to something that they share.',
  ];
}

/** The others by what they are about, in the order of their importance. */
function tellOthers(lead: Fact, others: readonly Fact[]): Phrase[] {
  const minor = others.filter((fact) => fact.isBroad === false);
  const broad = others.filter((fact) => fact.isBroad === true);
  const single = others.filter((fact) => fact.isBroad === undefined);
  const sentences = (['errors', 'checks', 'latency', 'metric'] as const).map((kind): Phrase => {
    const ofKind = single.filter((fact) => fact.kind === kind);
    if (ofKind.length === 0) return [];
    const opening = openings[kind][kind === lead.kind ? 'further' : 'other'];
    return [opening, ' ', ...listOf(ofKind.map(inList)), '.'];
  });
  return [...broad.map(tellShared), ...sentences, ...minor.map(tellShared)];
}

const openings = {
  errors: { further: 'Also failing more often:', other: 'Failing more often:' },
  checks: { further: 'Further checks that fail more often:', other: 'Checks that fail more often:' },
  latency: { further: 'Also slower:', other: 'Slower as well:' },
  metric: { further: 'Further metrics that got worse:', other: 'Metrics that got worse:' },
} as const;

/** `GET /g (p95 +52 %)`: the table has both sides. */
function inList(fact: Fact): Phrase {
  const metric: Phrase = fact.kind === 'latency' ? [...slot(fact, 'metric'), ' '] : [];
  return [...slot(fact, 'name'), ' (', ...metric, ...slot(fact, 'change'), ')'];
}

/** `from 120 to 183 ms (+52 %, most likely between +40 and +65 %)`. */
function figures(fact: Fact): Phrase {
  const values = slot(fact, 'values');
  return values.length === 0 ? ['by ', ...change(fact)] : [...values, ' (', ...change(fact), ')'];
}

/** `+52 %, most likely between +40 and +65 %`. */
function change(fact: Fact): Phrase {
  const range = slot(fact, 'range');
  return [...slot(fact, 'change'), ...(range.length === 0 ? [] : [', most likely ', ...range])];
}

function verb({ moved }: Fact): string {
  return { up: 'rose', down: 'fell', unclear: 'went' }[moved];
}

function tellSituation(facts: NarrativeFacts): Phrase[] {
  const { tolerated, improved, suspectName } = facts;
  const [accepted] = facts.findings;
  return [
    (facts.situation === 'within-objective' || facts.situation === 'accepted') && accepted !== undefined
      ? tellLead(accepted)
      : [],
    facts.situation === 'within-margin' && tolerated !== undefined ? tellTolerated(tolerated) : [],
    [situationTexts[facts.situation]].filter((text) => text !== ''),
    facts.situation !== 'nothing-found' || suspectName === undefined
      ? []
      : ['If anything, keep an eye on ', { kind: 'name', text: suspectName }, '.'],
    !isPass(facts.situation) || improved === undefined ? [] : tellImproved(improved),
  ];
}

function tellTolerated(fact: Fact): Phrase {
  return [
    ...capital(slot(fact, 'name')),
    ' did get worse (',
    ...slot(fact, 'metric'),
    ' ',
    ...slot(fact, 'change'),
    ').',
  ];
}

function tellImproved(fact: Fact): Phrase {
  return [
    ...capital(slot(fact, 'name')),
    ' got better: ',
    ...slot(fact, 'metric'),
    ' ',
    ...slot(fact, 'values'),
    ' (',
    ...slot(fact, 'change'),
    ').',
  ];
}

const situationTexts: Readonly<Record<Situation, string>> = {
  regressed: '',
  'all-failed': 'A service that fails like this has no latency worth judging. Find out first why it did.',
  'k6-thresholds': "These limits are the script's own and hold with or without a baseline.",
  invalid:
    'This is no verdict on the change: the measurement itself did not work, and figures of such a run would mislead. Put that right and run again.',
  'no-baseline': '',
  'nothing-judged': 'This run says nothing about the change, neither good nor bad.',
  'metric-not-judged':
    'What the configuration asks to judge was not there to be judged, so this is no pass. The other figures are below.',
  'environments-differ':
    'The two sides differ as a whole, and that can be the machines as well as the code; until equal code was measured on both, nobody can tell.',
  unsettled:
    'Something looks slower, and measuring ended before it was sure. Measuring again will most likely settle it.',
  'too-weak': 'A pass would have meant nothing here: the measurement was too coarse to see even a large slowdown.',
  'no-access':
    'What this run would have needed is kept from it, as from every run that may read no secrets, so nothing was compared.',
  accepted: 'The slowdown was accepted, so it does not fail; a further one will.',
  'within-margin': 'That is less than this gate is set to mind. Several such changes add up, so it is worth knowing.',
  'within-objective': 'It stays inside the objective that was promised, so it does not fail.',
  doubtful:
    'Nothing got worse, but something is faster than can be believed. See the warning, and whether the work is still done.',
  'nothing-found': 'Nothing here asks for action: what moved, moved no more than runs of the same code do.',
  shown: 'This is more than having found nothing: for each judged endpoint a slowdown beyond its margin is ruled out.',
};

function isPass(situation: Situation): boolean {
  return ['accepted', 'within-margin', 'within-objective', 'nothing-found', 'shown'].includes(situation);
}

function slot(fact: Fact, name: Slot): Phrase {
  return readSlot(fact, name) ?? [];
}

/** A sentence that begins with words of ours begins with a capital letter; a name stays as it is. */
function capital(phrase: Phrase): Phrase {
  const [first, ...rest] = phrase;
  return typeof first === 'string' ? [first.charAt(0).toUpperCase() + first.slice(1), ...rest] : phrase;
}

/** What there is beside the findings that are told one by one. */
export function tellRest({ furtherFindings, quietEndpoints }: NarrativeFacts): Phrase[] {
  return [
    furtherFindings === undefined ? [] : ['The report file has ', { kind: 'value', text: furtherFindings }, '.'],
    tellQuiet(quietEndpoints ?? 0),
  ];
}

function tellQuiet(count: number): Phrase {
  if (count === 0) return [];
  if (count === 1) return ['The other endpoint shows nothing beyond its margins.'];
  return ['The other ', { kind: 'value', text: `${count} endpoints` }, ' show nothing beyond their margins.'];
}
