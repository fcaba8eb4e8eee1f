import type { Narrative } from '../../narrative/narrative.ts';
import { type Child, el, nameOf } from './element.ts';

/** The findings in plain English, and who worded them where that isn't the template as usual. */
export function narrativeParagraph(narrative: Narrative | undefined): Child {
  if (narrative === undefined) return null;
  const { spans, model, note } = narrative;
  const origin = model === undefined ? note : `Worded by ${model}; every number and name was filled in by Tailgate.`;
  return [
    el('p', { class: 'narrative' }, ...spans.map(({ kind, text }) => (kind === 'name' ? nameOf(text) : text))),
    origin === undefined ? null : el('p', { class: 'quiet' }, el('small', null, origin)),
  ];
}
