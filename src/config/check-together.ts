import type { FileOnlySettings } from './file-only-settings.ts';
import type { InputName, InputValues } from './inputs.ts';
import { inputs } from './inputs.ts';
import { formatDuration } from './parse-quantity.ts';
import type { Problem } from './problem.ts';

/** Problems that no single value shows: what is missing, and what contradicts what. */
export function checkTogether(
  values: InputValues,
  settings: FileOnlySettings,
  known: readonly Problem[],
  needs: 'load' | 'comparison',
): Problem[] {
  const problems: Problem[] = [];
  const makesLoad = needs === 'load' && values.mode !== 'publish';
  if (makesLoad) {
    for (const name of ['target-url', 'script'] as const) {
      if (values[name] === undefined && !isMentioned(known, name)) problems.push(missing(name));
    }
  }
  if (values.mode === 'duet' && values['baseline-url'] === undefined && !isMentioned(known, 'baseline-url')) {
    problems.push({ ...missing('baseline-url'), expected: 'the address to compare with in mode duet' });
  }
  if (values.rate !== undefined && values.duration === undefined && !isMentioned(known, 'duration')) {
    problems.push({ ...missing('duration'), expected: 'a duration beside rate' });
  }
  const warmUpMs = values['warm-up'];
  for (const name of ['duration', 'time-budget'] as const) {
    const limitMs = values[name];
    if (warmUpMs === undefined || limitMs === undefined || warmUpMs < limitMs) continue;
    const expected = `less than ${name}, which is ${formatDuration(limitMs)}`;
    problems.push({ where: 'input warm-up', got: formatDuration(warmUpMs), expected, example: '10s' });
  }
  const hasObjective = Object.values(settings.endpoints ?? {}).some(({ objective }) => objective !== undefined);
  if (settings['judge-against'] === 'objective' && !hasObjective) {
    const expected = 'at least one endpoint with an objective';
    problems.push({ where: 'judge-against', got: 'objective', expected, example: 'objective: p95 < 300ms' });
  }
  return problems;
}

function missing(name: InputName): Problem {
  const { description, example } = inputs[name];
  const meaning = description.split('. ')[0]?.replace(/\.$/, '') ?? name;
  return {
    where: `input ${name}`,
    got: 'nothing',
    expected: `${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`,
    example,
  };
}

function isMentioned(known: readonly Problem[], name: InputName): boolean {
  return known.some(({ where }) => where.endsWith(` ${name}`));
}
