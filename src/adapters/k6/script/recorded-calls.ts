import { type Address, describeAddress, isSameHost, parseAddress } from '../../target/target-host.ts';
import { stubHost } from './dry-run-wrapper.ts';

/** One call that the script made, or tried to. */
export interface RecordedCall {
  readonly protocol: 'http' | 'grpc' | 'ws';
  readonly address: string;
}

/** What the calls of a script prove about where its load goes. */
export type TargetUse =
  /** At least one call went to the target; `otherHosts` were called as well. */
  | { readonly kind: 'proven'; readonly otherHosts: readonly string[] }
  /** Every call went elsewhere: hosts in the order of the calls, never empty. */
  | { readonly kind: 'elsewhere'; readonly hosts: readonly [string, ...string[]] }
  | { readonly kind: 'unknown'; readonly why: string };

/** `interruption` says why the script did not get to its end, if it didn't. */
export function judgeCalls(calls: readonly RecordedCall[], target: Address, interruption?: string): TargetUse {
  let isProven = false;
  const hosts = new Set<string>();
  for (const call of calls) {
    const called = calledAddress(call);
    if (called?.hostname === stubHost) continue;
    if (isTargetCall(call, target)) isProven = true;
    else hosts.add(called === undefined ? `"${call.address.slice(0, 100)}"` : describeAddress(called));
  }
  const [first, ...others] = hosts;
  if (isProven) return { kind: 'proven', otherHosts: [...hosts] };
  if (interruption !== undefined) return { kind: 'unknown', why: interruption };
  if (first === undefined) return { kind: 'unknown', why: 'it made no request that could be recorded' };
  return { kind: 'elsewhere', hosts: [first, ...others] };
}

/** Whether the call goes to the host under test; false for one without an address that can be read. */
export function isTargetCall(call: RecordedCall, target: Address): boolean {
  const called = calledAddress(call);
  return called !== undefined && isSameHost(called, target, call.protocol);
}

/** k6 sends HTTP requests only to full URLs; gRPC takes `host:port`. */
function calledAddress({ protocol, address }: RecordedCall): Address | undefined {
  return protocol === 'http' && !/^https?:\/\//i.test(address) ? undefined : parseAddress(address);
}
