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
  {
    kind: 'scripts of every module form: ES modules, TypeScript, CommonJS, bundles of webpack, esbuild and Babel',
    right: 'measured, also where `bypass-header` or `rate` needs a wrapper',
    test: 'test/adapters/k6/run/module-forms.live.test.ts',
    sentence: 'every form of module that k6 runs gets the bypass header and an arrival rate',
  },
  {
    kind: '`export default` and the like in a comment, a string or a template',
    right: 'code is read, not text',
    test: 'test/adapters/k6/script/script-code.test.ts',
    sentence: 'takes every way in which a module is asked for, and no text that looks like one',
  },
  {
    kind: 'a protected preview, and a load of forms, links, redirects and WebSockets',
    right: 'all of it gets past the protection, and no other host gets the header',
    test: 'test/adapters/k6/run/bypass-header.live.test.ts',
    sentence:
      'goes along with forms, links, redirects and WebSockets of the target and of no other host, and changes nothing else',
  },
  {
    kind: 'a protected gRPC service',
    right: 'its calls and streams carry the header as metadata',
    test: 'test/adapters/k6/run/bypass-header.live.test.ts',
    sentence: 'is metadata of gRPC calls and streams, whichever way the client is imported',
  },
  {
    kind: 'a protected preview that a browser visits',
    right: "requests of the page to the target carry the header, those to other hosts don't",
    test: 'test/adapters/k6/run/bypass-header.live.test.ts',
    sentence: 'goes along with its requests to the target, and to no other host',
  },
  {
    kind: 'scripts that read `GITHUB_SHA`, `GITHUB_RUN_ID`, `RUNNER_OS`, `CI`',
    right: 'they get them',
    test: 'test/adapters/k6/script/script-environment.test.ts',
    sentence: 'lets %s through, which tells of the job',
  },
  {
    kind: "tokens and keys in the job's environment",
    right: 'no script gets them',
    test: 'test/adapters/k6/script/script-environment.test.ts',
    sentence: 'takes %s for a secret',
  },
  {
    kind: 'a script that puts `http://` before a variable',
    right: 'the hint gives it a host alone, and cures it',
    test: 'test/adapters/k6/run/script-hints.live.test.ts',
    sentence: 'when it wants a host alone',
  },
  {
    kind: 'a script that reads host and port apart',
    right: 'the hint gives it both, and cures it',
    test: 'test/adapters/k6/run/script-hints.live.test.ts',
    sentence: 'when it wants scheme, host and port apart',
  },
  {
    kind: 'an executor that k6 2 no longer has',
    right: 'the hint names one that it has, and cures it',
    test: 'test/adapters/k6/run/script-hints.live.test.ts',
    sentence: 'when k6 2 no longer has its executor',
  },
  {
    kind: 'an import of JSON',
    right: 'the hint says how to read it, and cures it',
    test: 'test/adapters/k6/run/script-hints.live.test.ts',
    sentence: 'when it imports JSON',
  },
  {
    kind: 'a script that needs an extension',
    right: 'it is said which, and how to get a k6 that has it',
    test: 'test/adapters/k6/run/script-hints.live.test.ts',
    sentence: "when it needs an extension, which takes a k6 of one's own",
  },
  {
    kind: 'a browser script on a machine without a browser',
    right: 'said before the load, with what to install',
    test: 'test/adapters/k6/run/script-hints.live.test.ts',
    sentence: 'when there is no browser that k6 could start',
  },
  {
    kind: '`systemTags` without `name`, `method` or `scenario`',
    right: 'measuring asks k6 for them, and drops none of the list',
    test: 'test/adapters/k6/run/script-hints.live.test.ts',
    sentence: 'are asked of k6 where %s lists others',
  },
  {
    kind: 'a `reset-command` under way when the gate is killed',
    right: 'it ends, with what it has started',
    test: 'test/adapters/k6/run/run-hook.test.ts',
    sentence: 'takes a %s along with its children when we are killed',
  },
  {
    kind: 'a metric under `metrics` that is in no run: a typing error, or one that the script no longer records',
    right: 'the build is not green; the name that was meant is told',
    test: 'test/gate/missing-metrics.test.ts',
    sentence: 'makes no build green where no run has it',
  },
  {
    kind: 'a metric under `metrics` that is on one side of a duet only',
    right: 'it has a row with the reason, and the build is not green',
    test: 'test/gate/missing-metrics.test.ts',
    sentence: 'has a row in a duet where it is %s',
  },
  {
    kind: "k6's JSON with the name of a metric beside its data only",
    right: 'the metric is read',
    test: 'test/adapters/k6/output/parse-k6-json.test.ts',
    sentence: 'reads the name of a metric where it stands beside the data only',
  },
  {
    kind: "k6's JSON or CSV that doesn't tell the type of a metric",
    right: 'the unit in the configuration tells it; without one the metric is named as left out',
    test: 'test/adapters/k6/output/parse-k6-json.test.ts',
    sentence: 'takes the type of a custom metric from its configured unit',
  },
  {
    kind: 'an endpoint that is called to be refused: 401 on both sides to every request (404, 409, 302, 410, 422; gRPC)',
    right: 'its latency is that of these answers; any other answer counts as failed',
    test: 'test/gate/counted-answers.test.ts',
    sentence: 'is judged on the latency of its answers with %i',
  },
  {
    kind: 'an endpoint that the candidate refuses quickly and the baseline answered',
    right: 'more errors: FAIL',
    test: 'test/gate/counted-answers.test.ts',
    sentence: 'fails where the candidate refuses quickly what the baseline answered',
  },
  {
    kind: 'a candidate that answers 82 ms of work in nothing, always with 200',
    right: 'it is asked whether the work is done; no praise and no green row',
    test: 'test/core/comparison/doubt.test.ts',
    sentence: 'is asked about and not praised',
  },
  {
    kind: 'a run with WebSocket or browser work only',
    right: 'the hint has the lines for .tailgate.yml that judge what it records; pasted, they do',
    test: 'test/gate/unjudged-series.test.ts',
    sentence: 'is told which line judges it, and the line does',
  },
  {
    kind: 'custom metrics, web vitals and WebSocket timings that nobody lists',
    right: 'they are named as recorded and not judged, with the lines that judge them',
    test: 'test/gate/unjudged-series.test.ts',
    sentence: 'is named, with the line that judges it',
  },
  {
    kind: 'a duet of eight pairs, too few for any verdict',
    right: 'it is said how many pairs are needed, and nothing of requests',
    test: 'test/core/verdict/decide.test.ts',
    sentence: 'says how many pairs a duet lacks',
  },
  {
    kind: 'an endpoint of the candidate that redirects to itself: eleven fast answers with 302, no error code',
    right: 'it has failed: FAIL, in a duet and beside stored runs',
    test: 'test/gate/counted-answers.test.ts',
    sentence: 'has failed where it ends in a loop',
  },
  {
    kind: 'a target that dies in the middle of a short stored run: half of the requests refused',
    right: 'FAIL: far above the ceiling, which no stored run came near',
    test: 'test/core/comparison/stored/compare-error-rates.test.ts',
    sentence: 'fails, although its failures are one event to the tests',
  },
  {
    kind: 'a first recorded run in which 47 % of the requests were refused',
    right: 'it is no baseline: nothing is stored, exit 3',
    test: 'test/gate/judge.test.ts',
    sentence: 'takes none for a baseline in which a tenth of the requests or more got no answer',
  },
  {
    kind: 'a candidate that leaves more than a third of its time blocks empty while the baseline goes on',
    right: 'FAIL, unless its k6 stood still',
    test: 'test/core/validity/judge-pair-validity.test.ts',
    sentence: 'fails a candidate that falls silent again and again',
  },
  {
    kind: '`group-by`, `warm-up` or `block-length` in `.tailgate.yml`, and `compare` or `import` of files',
    right: 'they mean what they mean in `run`; a flag wins over the file',
    test: 'test/commands/files-and-configuration.test.ts',
    sentence: 'tells endpoints apart by group-by',
  },
  {
    kind: 'a `group-by` tag that no request has',
    right: 'it is told, with the tags that there are',
    test: 'test/commands/files-and-configuration.test.ts',
    sentence: 'is told of a group-by tag that no request has',
  },
  {
    kind: "k6's CSV with `name` and other tags in `extra_tags`, or with its columns in another order",
    right: 'it is read like its JSON',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: 'takes names and other tags from extra_tags',
  },
  {
    kind: "k6's CSV with times of any `K6_CSV_TIME_FORMAT`",
    right: 'it is read',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: 'is read with the times of K6_CSV_TIME_FORMAT',
  },
  {
    kind: 'the files of several pods, one after the other in one file, or given together',
    right: 'they are shards of one run, on one clock',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: 'are put on one clock, one after the other',
  },
  {
    kind: 'the samples of several runs in one file, or a file given twice',
    right: 'it is refused, with what to give instead',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: 'are refused where they are several runs',
  },
  {
    kind: 'samples behind the prefixes, colors or JSON of a log driver',
    right: 'they are read as the clean file is',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: 'of %s is read as the clean file is',
  },
  {
    kind: 'a file in UTF-16 (`>` of PowerShell), with a byte order mark, or with CRLF',
    right: 'it is read',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: '%s is read as plain text is',
  },
  {
    kind: 'points with tags that are numbers, booleans or null',
    right: 'they are used',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: 'are used where tags are numbers',
  },
  {
    kind: "points that can't be used",
    right: 'they are counted and told; nothing usable is an error',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: 'are counted and told where they can not be used',
  },
  {
    kind: 'a summary, a console log, an archive, a web page, an export of a database in place of samples',
    right: 'it is named for what it is, with what to keep instead',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: 'what holds no samples is named for what it is',
  },
  {
    kind: 'two runs of different hours, or hardly side by side, and `--paired`',
    right: 'they are refused, with the command that compares them',
    test: 'test/core/comparison/paired/align-by-clock.test.ts',
    sentence: 'refuses runs that were made one after the other',
  },
  {
    kind: 'two runs side by side that began some seconds apart',
    right: 'blocks are paired by the clock; what one did alone is cut, and that is said',
    test: 'test/core/comparison/paired/align-by-clock.test.ts',
    sentence: 'cuts what the first one did alone',
  },
  {
    kind: 'files of several pods, given to `compare` as runs of their own',
    right: 'it is told, with what makes one run of them',
    test: 'test/commands/files-and-configuration.test.ts',
    sentence: 'are told, with what makes one run of them',
  },
  {
    kind: 'a clock that is set back or ahead during a run, or a laptop that sleeps',
    right: 'it is noticed by what k6 tells each second, made up for, and said',
    test: 'test/core/run-record/clock-jumps.test.ts',
    sentence: 'leaves no block empty, thin or crowded',
  },
  {
    kind: 'a target that hangs for a minute, or k6 that stands still',
    right: 'it is not taken for a jump of the clock',
    test: 'test/core/run-record/clock-jumps.test.ts',
    sentence: 'is a pause of k6 or of its machine where a request took as long',
  },
  {
    kind: 'a hole in a file that k6 tells nothing else of',
    right: 'it is told without a cause',
    test: 'test/core/run-record/clock-jumps.test.ts',
    sentence: 'is told without a cause where the file has no sign',
  },
  {
    kind: 'a file whose lines were sorted or shuffled',
    right: 'each sample is placed by its own time, and that is said',
    test: 'test/adapters/k6/output/files-as-people-have-them.test.ts',
    sentence: 'gives the record of the same lines in order',
  },
];
