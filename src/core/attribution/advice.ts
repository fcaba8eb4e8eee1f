import type { Attribution, Cause, Evidence } from './cause.ts';

/** What to do about a cause, and where to read on. */
export interface Advice {
  readonly text: string;
  readonly readOn: string;
}

type Advisor = (about: Pick<Attribution, 'evidence' | 'operation' | 'mistakenFor' | 'platform'>) => Advice;

const links = {
  eagerLoading: 'https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html',
  nestedLoops: 'https://use-the-index-luke.com/sql/join/nested-loops-join-n1-problem',
  explainPlans: 'https://use-the-index-luke.com/sql/explain-plan',
  eventLoop: 'https://nodejs.org/en/learn/asynchronous-work/dont-block-the-event-loop',
  fastApi: 'https://fastapi.tiangolo.com/async/',
  poolSize: 'https://github.com/brettwooldridge/HikariCP/wiki/About-Pool-Sizing',
  pagination: 'https://use-the-index-luke.com/no-offset',
  compression: 'https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/Compression',
  caching: 'https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/Caching',
  streams: 'https://nodejs.org/api/stream.html#backpressuring-in-streams',
  keepAlive: 'https://nodejs.org/api/http.html#class-httpagent',
  retries: 'https://sre.google/sre-book/handling-overload/',
  profiles: 'https://nodejs.org/en/learn/getting-started/profiling',
  traces: 'https://opentelemetry.io/docs/concepts/signals/traces/',
  gather: 'https://docs.python.org/3/library/asyncio-task.html#asyncio.gather',
  together: 'https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/Promise/all',
} as const;

/**
 * What an experienced engineer would do about exactly this, given what was seen; never what the evidence rules out (an index
 * where the calls multiplied).
 */
export function adviceOn(attribution: Attribution): Advice {
  return advisors[attribution.cause](attribution);
}

const advisors: Readonly<Record<Cause, Advisor>> = {
  'more-calls': ({ evidence, platform }) => {
    const calls = find(evidence, 'timed-calls');
    const few = calls !== undefined && calls.candidate < 2 * calls.baseline;
    return {
      text: few
        ? 'Find the call that was added, and whether its result is at hand already or can be fetched together with another one.'
        : 'Load what belongs to all items in one query (a join, IN, eager loading, a batching loader) and test how many queries a request makes.',
      readOn: platform === 'asyncio' ? links.eagerLoading : links.nestedLoops,
    };
  },
  'slow-call': ({ operation, mistakenFor }) => ({
    text:
      operation === undefined
        ? `Something is waited for in each request, with or without load${mistakenFor.length > 0 ? '; traces would say what' : ''}. Look at the queries and calls of this endpoint first: compare the plans (EXPLAIN) and the rows read, and the time of each dependency.`
        : `Compare on both sides what "${operation}" does: of a query the plan (EXPLAIN) and the rows read, since an index that is missing or unused reads many; of a call to another service its own latency and the timeout it is given.`,
    readOn: operation === undefined ? links.traces : links.explainPlans,
  }),
  'event-loop-blocked': ({ operation, platform }) => ({
    text: [
      operation === undefined
        ? 'Nothing else is answered while this request is worked on.'
        : 'The time is lost elsewhere: nothing is answered while that endpoint works.',
      platform === 'asyncio'
        ? 'A call that blocks inside async def does that: await an async client, or write the route as a plain def, which runs in a thread; long computing belongs in a process of its own.'
        : 'Move the work to a worker thread or a queue, do it in pieces, or limit its input.',
    ].join(' '),
    readOn: platform === 'asyncio' ? links.fastApi : links.eventLoop,
  }),
  queueing: ({ evidence }) => ({
    text: find(evidence, 'gap')
      ? 'Requests wait for one another before anything is done for them, while others are answered: look for what is limited (workers, CPU, connections of a pool that every request needs). Hold it for a shorter time before you allow more of it.'
      : 'Requests wait for one another, and a request that needs nothing is quick: look for what is limited (connections of a pool, workers, a lock). Hold it for a shorter time, not during calls to others, before you allow more of it.',
    readOn: links.poolSize,
  }),
  'payload-growth': ({ evidence }) => ({
    text: find(evidence, 'items')
      ? 'Limit the list: pages with a largest size, by key rather than by offset, and only the fields that are used.'
      : 'Send only the fields that are used, and compress what is large.',
    readOn: links.pagination,
  }),
  'streaming-lost': () => ({
    text: 'Send each part as soon as it is there, with backpressure, instead of collecting the whole answer first.',
    readOn: links.streams,
  }),
  'compression-lost': () => ({
    text: 'Compress answers again where the client accepts it: see whether a proxy, a content type or a middleware changed.',
    readOn: links.compression,
  }),
  'cache-misses': () => ({
    text: 'See why the cache is missed: its key, its lifetime, or who empties it. Put it back, clear it on writes, and let only one request fill it.',
    readOn: links.caching,
  }),
  connection: () => ({
    text: 'Keep connections open: see `Connection: close`, keep-alive of the server and of proxies before it, and let the side that asks close first.',
    readOn: links.keepAlive,
  }),
  'cpu-work': () => ({
    text: 'Profile both sides under the same load and compare CPU time for each request.',
    readOn: links.profiles,
  }),
  serialization: () => ({
    text: 'Turn data into text once, by a schema, and not for each item.',
    readOn: links.profiles,
  }),
  'errors-and-retries': () => ({
    text: 'Find out why requests fail before anything else; retry only what may be done twice, at random intervals and at most one in ten.',
    readOn: links.retries,
  }),
  'lost-parallelism': ({ platform }) => ({
    text: 'Start the calls that do not need one another at once, and wait for all of them together.',
    readOn: platform === 'asyncio' ? links.gather : links.together,
  }),
  unknown: () => ({
    text: 'Nothing that can be seen from outside explains it. Traces of both sides would show where the time goes.',
    readOn: links.traces,
  }),
};

function find(evidence: readonly Evidence[], kind: Evidence['kind']): Evidence | undefined {
  return evidence.find((one) => one.kind === kind);
}
