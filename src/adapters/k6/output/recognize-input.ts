import { GateError } from '../../../errors.ts';

export type InputFormat = 'k6-json' | 'k6-csv' | 'run-record';

/** How much of the beginning is looked at: k6's banner and what other containers log may come before the first sample. */
export const recognizedBytes = 64 * 1024;

const keepSamples = 'Keep the samples of the run, which k6 writes with `--out json=run.json`, and give that file.';

/** Something else that people give for a file of samples. */
interface OtherKind {
  /** Completes "FILE …". */
  readonly what: string;
  readonly hint: string;
}

/** What is in a file, by its first bytes. Throws `GateError` INPUT_UNREADABLE that names what it is when we don't read it. */
export function recognizeInput(first: Buffer, source: string): InputFormat {
  const other = otherBytes(first);
  if (other !== undefined) throw unreadable(source, other);
  const text = first
    .toString('utf8')
    .replace(/^\uFEFF/u, '')
    .trimStart();
  const format = formatOf(text);
  if (format !== undefined) return format;
  throw unreadable(source, otherText(text) ?? unknownText(text));
}

function unreadable(source: string, { what, hint }: OtherKind): GateError {
  const file = source.startsWith('"') ? source : 'FILE';
  return new GateError(
    'INPUT_UNREADABLE',
    `${source} ${what}`,
    hint.replaceAll('FILE', () => file),
  );
}

/** Archives and packers by the bytes that they begin with. */
const packers: readonly (readonly [magic: string, what: string, command: string])[] = [
  ['504b0304', 'a zip archive, as downloaded artifacts are', 'unzip -p FILE > run.json'],
  ['28b52ffd', 'packed with zstd', 'zstd -d FILE -o run.json'],
  ['fd377a585a00', 'packed with xz', 'xz -dc FILE > run.json'],
  ['425a68', 'packed with bzip2', 'bunzip2 -c FILE > run.json'],
  ['377abcaf271c', 'a 7z archive', '7z e -so FILE > run.json'],
  ['04224d18', 'packed with lz4', 'lz4 -dc FILE > run.json'],
  ['1f8b', 'packed twice with gzip', 'gunzip -c FILE > run.json.gz'],
];

function otherBytes(first: Buffer): OtherKind | undefined {
  const found = packers.find(([magic]) => first.subarray(0, magic.length / 2).equals(Buffer.from(magic, 'hex')));
  if (found !== undefined) {
    const [, what, command] = found;
    return { what: `is ${what}`, hint: `Unpack it first: ${command}` };
  }
  if (first.subarray(257, 262).toString('latin1') !== 'ustar') return undefined;
  return { what: 'is a tar archive', hint: 'Unpack it first: tar -xOf FILE > run.json' };
}

/** A point or the declaration of a metric, as a line of its own, behind a prefix, or as a text within other JSON. */
const k6Line =
  /\{\\?"(?:metric|type|data)\\?":[^\n]*\\?"type\\?":\s?\\?"(?:Point|Metric)\\?"|\{"type":"(?:Point|Metric)"/u;
const csvHeader = /(?:^|[\s,])"?metric_name"?(?:,|$)/mu;

function formatOf(text: string): InputFormat | undefined {
  if (text.startsWith('[{') || /^\[\s+\{/u.test(text)) return undefined;
  if (/^\{\s*"schema"\s*:/u.test(text) && !/^\{\s*"schema"\s*:\s*"tailgate\.report/u.test(text)) return 'run-record';
  if (k6Line.test(text) || /^\{"metric":/mu.test(text)) return 'k6-json';
  if (csvHeader.test(text)) return 'k6-csv';
  return undefined;
}

/** Texts that are about load tests and hold no samples of k6, the surest first. */
const texts: readonly (OtherKind & { readonly sign: RegExp })[] = [
  {
    sign: /^\[\s*\{[\s\S]*"(?:Point|Metric)"/u,
    what: "holds k6's lines as one JSON array",
    hint: 'Give one JSON object a line: jq -c ".[]" FILE > run.json',
  },
  {
    sign: /^\{\s*"schema"\s*:\s*"tailgate\.report/u,
    what: 'is a report of Tailgate, not a run',
    hint: 'Give the run record: `run-record.json` in the same report folder.',
  },
  {
    sign: /^\{\s*\n\s*"(?:metric|type|data)"\s*:[\s\S]*"type"\s*:\s*"(?:Point|Metric)"/u,
    what: "holds k6's samples spread over several lines each",
    hint: 'Give one JSON object a line: jq -c . FILE > run.json',
  },
  {
    sign: /^timeStamp,elapsed,|^"?Type"?,"?Name"?,"?Request Count|^\{"aggregate":/u,
    what: 'is the result of another load generator than k6',
    hint: 'Give what k6 itself writes with `--out json=run.json`.',
  },
  {
    sign: /^\{\s*"(?:root_group|metrics|options|state|setup_data)"\s*:|^\{\s*"config"\s*:\s*\{[^}]*"execution"\s*:|^\{[\s\S]*"(?:http_req_duration|http_reqs|iterations|vus_max)"\s*:\s*\{/u,
    what: "is k6's summary of a run (`--summary-export` or handleSummary), not its samples",
    hint: keepSamples,
  },
  {
    sign: /^\{\s*"results"\s*:\s*\[\s*\{\s*"(?:statement_id|series)"|^#(?:group|datatype|default),|^Result: _result|^,?result,table,|^name,(?:tags,)?time,/u,
    what: 'is an export of InfluxDB, which no longer tells one sample from another',
    hint: keepSamples,
  },
  {
    sign: /^[\w.]+(?:,[^\s,=]+=(?:\\ |[^\s])*)+ \w+=\S+(?: \d{10,19})?\s*$/mu,
    what: "is InfluxDB's line protocol, not k6's output to a file",
    hint: keepSamples,
  },
  {
    sign: /^\{\s*"status"\s*:\s*"(?:success|error)"|^# (?:HELP|TYPE) \w|^k6_\w+(?:\{[^}\n]*\})? [-+.\deE]+$/mu,
    what: 'is an export of Prometheus, which keeps figures over time and no samples',
    hint: keepSamples,
  },
  {
    sign: /^\{\s*"resource(?:Metrics|Spans|Logs)"\s*:/u,
    what: 'is an export of OpenTelemetry, which keeps sums and no samples',
    hint: keepSamples,
  },
  {
    sign: /^<(?:!doctype html|html|head|body)\b/iu,
    what: 'is an HTML page',
    hint: 'A login or an error page was saved in place of the file, or it is a report for people. Download it again with access (curl -fL), or keep the samples, which k6 writes with `--out json=run.json`.',
  },
  {
    sign: /^<\?xml|^<(?:testsuites?|Error)\b/u,
    what: 'is XML',
    hint: 'It is a report or an error of a file store. Download it again, or keep the samples, which k6 writes with `--out json=run.json`.',
  },
  {
    sign: /^\s*(?:\S.*?[|\]] *)?(?:execution: local|█ (?:TOTAL RESULTS|THRESHOLDS|SETUP)|http_req_duration\.*: avg=|\* \w+: .*\(gracefulStop: |running \(\d)/mu,
    what: 'is what k6 prints for people, not its samples',
    hint: keepSamples,
  },
  {
    sign: /^\s*(?:import\b[^\n]*from\s*['"]k6(?:\/|['"])|(?:const|var|let)\b[^\n]*require\(\s*['"]k6(?:\/|['"]))/mu,
    what: 'is a k6 script, not what it measured',
    hint: 'Measure with it: it is what `tailgate run` takes as --script.',
  },
];

function otherText(text: string): OtherKind | undefined {
  return texts.find(({ sign }) => sign.test(text));
}

function unknownText(text: string): OtherKind {
  if (text === '') return { what: 'is empty once unpacked', hint: 'Did k6 write to another file, or was it stopped?' };
  const isText = !/[\u0000-\u0008\u000E-\u001A\u001C-\u001F\uFFFD]/u.test(text.slice(0, 512));
  const shown = JSON.stringify(text.slice(0, 60));
  const [line = ''] = text.split(/\r?\n/u, 1);
  if (isText && line.includes(',') && !text.startsWith('{')) {
    return {
      what: `looks like CSV without k6's header: it begins with ${shown}`,
      hint: 'Keep the first line that k6 writes (metric_name,timestamp,metric_value,…): it tells which column is which.',
    };
  }
  return {
    what: `is ${isText ? 'no k6 output' : 'binary data'}: it begins with ${shown}`,
    hint: 'Give JSON lines or CSV that k6 wrote by `--out`, plain or gzip, or a run record.',
  };
}
