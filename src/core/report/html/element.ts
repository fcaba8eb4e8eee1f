import { type ComponentChild, h, type VNode } from 'preact';

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export type Child = ComponentChild;

/** An element of the page; texts among the children are escaped when it is rendered. */
export function el(tag: string, attributes: Attributes | null, ...children: Child[]): VNode {
  return h(tag, attributes, ...children);
}
