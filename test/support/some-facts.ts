import type { Fact, NarrativeFacts } from '../../src/core/narrative/narrative-facts.ts';

/** p95 of one endpoint that got half as slow again. */
export function aFact(overrides: Partial<Fact> = {}): Fact {
  return {
    id: 'f1',
    kind: 'latency',
    name: 'GET /search',
    metric: 'p95',
    moved: 'up',
    values: 'from 120 to 183 ms',
    change: '+52 %',
    range: 'between +40 and +65 %',
    also: [],
    ...overrides,
  };
}

/** A build that failed on `findings`. */
export function someFacts(...findings: readonly Fact[]): NarrativeFacts {
  return { situation: 'regressed', findings: findings.length === 0 ? [aFact()] : findings, quietEndpoints: 3 };
}

/** An answer that says of each fact what is true of it. */
export function aTrueAnswer(facts: NarrativeFacts): string {
  const sentences = facts.findings.map(({ id, kind }) => ({
    fact: id,
    text:
      kind === 'latency'
        ? `{{${id}.name}} answers more slowly than before ({{${id}.change}}).`
        : `{{${id}.name}} is worse, {{${id}.change}}.`,
  }));
  return JSON.stringify({ sentences, next: 'none' });
}
