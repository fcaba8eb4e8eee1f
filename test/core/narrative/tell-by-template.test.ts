import { describe, expect, it } from 'vitest';
import type { NarrativeFacts } from '../../../src/core/narrative/narrative-facts.ts';
import { tellByTemplate } from '../../../src/core/narrative/tell-by-template.ts';
import { aFact, someFacts } from '../../support/some-facts.ts';

const read = (facts: NarrativeFacts) =>
  tellByTemplate(facts)
    ?.spans.map(({ text }) => text)
    .join('');

describe('tellByTemplate', () => {
  it('tells one slow endpoint as a colleague would', () => {
    const fact = aFact({ also: [{ metric: 'p50', change: '+33 %' }], reach: 'usual-requests' });
    expect(read(someFacts(fact))).toBe(
      'GET /search got slower: p95 rose from 120 to 183 ms (+52 %, most likely between +40 and +65 %), and so did p50 (+33 %). The usual request takes longer, not only the slow ones. The other 3 endpoints show nothing beyond their margins. Look for work that every one of these requests now does.',
    );
  });

  it('tells a slow tail from a slow service', () => {
    expect(read(someFacts(aFact({ reach: 'slow-requests' })))).toContain(
      'The usual request takes about as long as before; the slow ones got slower. The other 3 endpoints show nothing beyond their margins. Look for what only some of these requests meet',
    );
  });

  it('begins with failures, and with all endpoints where all got slower', () => {
    const errors = aFact({
      kind: 'errors',
      name: 'POST /cart',
      metric: 'errors',
      values: 'from 0.12 to 4.2 %',
      change: '+4.1 pp',
    });
    expect(read(someFacts(errors, aFact({ id: 'f2' })))).toMatch(
      /^POST \/cart fails more often: errors rose from 0\.12 to 4\.2 % .* Slower as well: GET \/search \(p95 \+52 %\)\. .*Look at the failures before the latencies/,
    );
    const { name: _, values: __, ...common } = aFact({ isBroad: true });
    expect(read(someFacts(common, aFact({ id: 'f2' })))).toMatch(
      /^All endpoints got slower together \(p95 \+52 %, most likely .*\), which points to something that they share\. Also slower: /,
    );
  });

  it('puts a shift of all that few endpoints account for at the end', () => {
    const { name: _, values: __, ...common } = aFact({ isBroad: false });
    expect(read(someFacts(common, aFact({ id: 'f2' })))).toMatch(
      /^GET \/search got slower: .*Taken together all endpoints are slower too \(p95 \+52 %\), which these may well account for\./,
    );
  });

  it('counts what is left over, in words that suit the number', () => {
    const facts = { ...someFacts(), furtherFindings: '1 further regression', quietEndpoints: 1 };
    expect(read(facts)).toContain(
      'The report file has 1 further regression. The other endpoint shows nothing beyond its margins.',
    );
  });

  it('claims no direction where the figures disagree', () => {
    const text = read(someFacts(aFact({ moved: 'unclear' })));
    expect(text).toMatch(/^GET \/search got worse: p95 went from/);
  });

  it('says nothing where the verdict says it all', () => {
    expect(tellByTemplate({ situation: 'no-baseline', findings: [] })).toBeUndefined();
  });

  it('tells a pass without alarm, and what to keep an eye on', () => {
    expect(read({ situation: 'nothing-found', findings: [], suspectName: 'POST /cart' })).toBe(
      'Nothing here asks for action: what moved, moved no more than runs of the same code do. If anything, keep an eye on POST /cart.',
    );
    expect(read({ situation: 'within-objective', findings: [aFact()] })).toMatch(
      /^GET \/search got slower: .* It stays inside the objective that was promised, so it does not fail\.$/,
    );
  });
});
