import { type ComponentChild, h, type VNode } from 'preact';
import { toPlainText } from '../escape.ts';

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export type Child = ComponentChild;

/** An element of the page; texts among the children are escaped when it is rendered. */
export function el(tag: string, attributes: Attributes | null, ...children: Child[]): VNode {
  return h(tag, attributes, ...children);
}

/** Longest name shown whole: what matters of a name is at its beginning. */
export const longestName = 160;

/** A name from outside, such as an endpoint's. */
export function nameOf(name: string): Child {
  return el('code', null, toPlainText(name, longestName).trim() || '(empty)');
}
