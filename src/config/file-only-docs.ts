import type { FileOnlySettings } from './file-only-settings.ts';

/** What `docs/inputs.md` says of the keys that only `.tailgate.yml` has. */
export const fileOnlyDocs: Readonly<
  Record<keyof FileOnlySettings, { readonly default: string; readonly description: string; readonly example: string }>
> = {
  alpha: {
    default: '0.05',
    description: 'Share of builds of unchanged code that may fail, over all endpoints and metrics together.',
    example: 'alpha: 0.01',
  },
  'block-length': {
    default: '5s',
    description: 'Length of a time block, the unit of the statistics within a run.',
    example: 'block-length: 10s',
  },
  'error-rate-ceiling': {
    default: '5%',
    description: 'Share of failed requests above which an endpoint whose errors rose fails, however sure the rise is.',
    example: 'error-rate-ceiling: 2%',
  },
  metrics: {
    default: 'none',
    description: 'Custom k6 metrics that are judged too: unit, the direction that is worse, and the margin.',
    example: 'metrics:\n  cart_value: { unit: EUR, direction: down, margin: 5% }',
  },
  'group-by': {
    default: 'the request name',
    description: 'Tag of k6 samples that names endpoints instead, such as the operation of a GraphQL service.',
    example: 'group-by: operation',
  },
  endpoints: {
    default: 'none',
    description:
      'What holds for single endpoints (`*` stands for any text): `weight` in the ranking, `margins` with the keys of the inputs, `ignore`, `objective`.',
    example:
      'endpoints:\n  GET /checkout:\n    weight: 3\n    margins: { max-p95-increase: 5%, min-latency-increase: 20ms }\n    objective: p95 < 300ms\n  GET /health: { ignore: true }',
  },
  'judge-against': {
    default: 'baseline',
    description:
      'With `objective`, a slowdown that stays inside the objective of its endpoint is reported and does not fail.',
    example: 'judge-against: objective',
  },
  'anthropic-base-url': {
    default: 'https://api.anthropic.com',
    description:
      'Address of a gateway that speaks the Claude API, which gets the key of `anthropic-api-key`: https, or http to this machine.',
    example: 'anthropic-base-url: https://llm-gateway.example.com/anthropic',
  },
};
