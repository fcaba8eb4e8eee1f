/**
 * What the HTML report uses of Preact. Preact's own types bring in the types of a browser, so that `document` or a
 * forgotten `name` would pass as known everywhere in a program that never runs in one.
 */
export type ComponentChild = VNode | string | number | boolean | null | undefined | readonly ComponentChild[];

export interface VNode {
  readonly type: unknown;
  readonly props: unknown;
}

export function h(
  tag: string | typeof Fragment,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> | null,
  ...children: readonly ComponentChild[]
): VNode;

export function Fragment(): VNode;
