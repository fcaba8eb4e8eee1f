/** One paragraph in plain English, in pieces that each surface escapes in its own way. */
export interface Narrative {
  readonly spans: readonly Span[];
  /** The model that worded it; absent for the template's wording. */
  readonly model?: string;
  /** Why the template had to word it although a model was to: one sentence without names or values from outside. */
  readonly note?: string;
}

/** `text` is ours or has been checked word by word, `value` a finished number, `name` raw text from outside. */
export interface Span {
  readonly kind: 'text' | 'value' | 'name';
  readonly text: string;
}

/** Pieces of a sentence: texts and spans, which are put together as they stand. */
export type Phrase = readonly (string | Span)[];

/** Joins neighboring texts and drops empty ones, so that equal sentences are equal spans. */
export function spansOf(phrase: Phrase): Span[] {
  const spans: Span[] = [];
  for (const piece of phrase) {
    const span: Span = typeof piece === 'string' ? { kind: 'text', text: piece } : piece;
    const last = spans.at(-1);
    if (span.text === '') continue;
    if (last?.kind === 'text' && span.kind === 'text')
      spans[spans.length - 1] = { ...last, text: last.text + span.text };
    else spans.push(span);
  }
  return spans;
}

/** Sentences one after another, parted by blanks; empty ones are left out. */
export function joinSentences(sentences: readonly Phrase[]): Phrase {
  return sentences
    .filter((sentence) => sentence.length > 0)
    .flatMap((sentence, i) => (i === 0 ? sentence : [' ', ...sentence]));
}

/** `a, b and c`. */
export function listOf(items: readonly Phrase[]): Phrase {
  return items.flatMap((item, i) => (i === 0 ? item : [i === items.length - 1 ? ' and ' : ', ', ...item]));
}
