import { defined } from '../defined.ts';
import type { GivenSettings, PrintedFlag } from '../printed-command.ts';
import type { EnvironmentEntry } from './config.ts';
import type { InputGroup } from './input-spec.ts';
import { type InputName, type InputValues, inputNames, inputs } from './inputs.ts';

/** What else an input is about is no matter of measuring and judging. */
const carriedGroups: readonly InputGroup[] = ['what to run', 'how to compare', 'thresholds', 'policy', 'readiness'];

/** Said by the command itself; or, with the label, only on GitHub. */
const neverCarried: readonly InputName[] = ['mode', 'target-url', 'baseline-url', 'accept-label'];

interface Sources {
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly values: InputValues;
  /** What the surroundings call this gate, where neither an input nor the file does. */
  readonly defaultName: string | undefined;
  readonly isAction: boolean;
}

/** What was given beside the configuration file, as the flags that give it again. */
export function givenSettings({ texts, values, defaultName, isAction }: Sources): GivenSettings {
  const flags = inputNames
    .filter((name) => carriedGroups.includes(inputs[name].group) && !neverCarried.includes(name))
    .flatMap((name) => {
      const text = texts[name]?.trim() || undefined;
      if (text === undefined) {
        return name === 'name' && values.name === undefined && defaultName !== undefined
          ? [{ name, value: defaultName }]
          : [];
      }
      return flagsOf(name, text, values);
    });
  const url = values['target-url'];
  return {
    flags,
    hasScript: values.script !== undefined,
    ...(typeof url === 'string' && { targetUrl: url }),
    hasPreviews: isAction,
    ...defined({ timeBudgetMs: values['time-budget'], blockLengthMs: values['block-length'] }),
  };
}

function flagsOf(name: InputName, text: string, values: InputValues): PrintedFlag[] {
  switch (name) {
    case 'env':
    case 'baseline-env':
    case 'candidate-env':
      return (values[name] ?? []).map((entry) => environmentFlag(name, entry));
    case 'bypass-header':
      return [{ name, value: { variable: 'BYPASS_HEADER', meaning: 'NAME: VALUE, as this run was given it' } }];
    case 'k6-args':
      return [{ name, value: setsVariable(text) ? { variable: 'K6_ARGS', meaning: 'as this run was given' } : text }];
    case 'script':
      return (values.script ?? []).map((value) => ({ name, value }));
    default:
      return [{ name, value: text }];
  }
}

/** A variable may be a secret, so its value is left to the reader's own environment. */
function environmentFlag(name: string, entry: EnvironmentEntry): PrintedFlag {
  if (entry.kind === 'set' && isHarmless(entry)) return { name, value: `${entry.name}=${entry.value}` };
  return { name, value: entry.name, reads: entry.name };
}

/** A length, a count, a switch, or the target's address with a path: no secret looks like one, unless its name says so. */
function isHarmless({ name, value }: { readonly name: string; readonly value: string }): boolean {
  if (/PASS|PWD|PIN|SECRET|TOKEN|KEY|CODE|OTP|CRED|AUTH|SESSION|COOKIE/i.test(name)) return false;
  const isFigure = /^\d{1,6}(\.\d{1,3})?(ms|s|m|h|%|\/s|\/m)?$/.test(value);
  return (
    isFigure || /^(true|false)$/.test(value) || /^(https?:\/\/)?\{(url|host)\}(\/[\w.-]{1,20}){0,4}\/?$/.test(value)
  );
}

/** `-e NAME=VALUE` and its long form, which k6 takes as well. */
function setsVariable(text: string): boolean {
  return /(^|\s)(-e|--env)/.test(text);
}
