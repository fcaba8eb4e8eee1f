/** A kind of input that people really have and that once failed, and the test that shows it cured. */
export interface Case {
  /** What people have, as they would say it. */
  readonly kind: string;
  /** What is right there. */
  readonly right: string;
  /** The test file, and the beginning of the sentence of a test in it. */
  readonly test: string;
  readonly sentence: string;
}

/** By what they are about; a kind with several tests has several rows. */
export const cases: readonly Case[] = [
  {
    kind: 'one request of the run has another scenario, script, method or host',
    right: 'the endpoint is compared as if it were not there',
    test: 'test/gate/endpoint-identity.test.ts',
    sentence: 'is found with a stray request of %s in the candidate',
  },
  {
    kind: 'the same on one side of a duet',
    right: 'the same endpoint on both sides',
    test: 'test/gate/endpoint-identity.test.ts',
    sentence: 'is found with a stray request of %s on one side of a duet',
  },
  {
    kind: 'a scenario was renamed',
    right: 'its endpoints are compared with those of before',
    test: 'test/gate/endpoint-identity.test.ts',
    sentence: 'is found where its scenario was renamed',
  },
  {
    kind: 'overrides and `ignore` name an endpoint in another spelling, or without its scenario',
    right: 'they hold for it',
    test: 'test/gate/endpoint-identity.test.ts',
    sentence: 'holds for it as %s',
  },
  {
    kind: 'the script names its requests `POST /checkout`',
    right: 'no second method in the endpoint',
    test: 'test/core/run-record/endpoint-identity.test.ts',
    sentence: 'get no second one: %s',
  },
  {
    kind: 'the system tags `name` or `method` are switched off',
    right: 'the URL or the group names the endpoint, and what can’t be told apart is said',
    test: 'test/adapters/k6/output/parse-k6-json.test.ts',
    sentence: 'takes the URL, and then the group, where the script switched the tag of the name off',
  },
  {
    kind: 'a raw file holds equal paths of several hosts, and previews have another host each time',
    right: 'the hosts stay apart, and those of previews match',
    test: 'test/core/run-record/endpoint-identity.test.ts',
    sentence: 'keep equal paths apart, and previews of other names match',
  },
  {
    kind: 'everything is `/index.php?action=…`',
    right: '`group-by: ?action` keeps that parameter in the name',
    test: 'test/adapters/k6/output/parse-k6-json.test.ts',
    sentence: 'takes the query parameter of groupBy from %s',
  },
  {
    kind: 'paths hold slugs',
    right: 'what to name is said, with the line to write',
    test: 'test/core/run-record/collect-run.test.ts',
    sentence: 'says what to name where many URLs differ in one place that may hold a value',
  },
  {
    kind: 'more than 200 endpoints',
    right: 'the same ones are judged on both sides',
    test: 'test/core/run-record/endpoint-identity.test.ts',
    sentence: 'judges the same 200 endpoints on both sides though each side was busiest on others',
  },
];
