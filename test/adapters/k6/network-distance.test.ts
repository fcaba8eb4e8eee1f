import { describe, expect, it } from 'vitest';
import { compareDistance, recognisePlacement } from '../../../src/adapters/k6/network-distance.ts';
import { startScriptedTarget } from '../../support/scripted-target.ts';

describe('recognisePlacement', () => {
  it('takes two ports of one machine for one host, by whatever name', async () => {
    const a = { hostname: 'localhost', port: 3000 };
    expect(await recognisePlacement(a, { hostname: '127.0.0.1', port: 3001 })).toBe('one-host');
    expect(await recognisePlacement(a, { hostname: 'localhost', port: 3001 })).toBe('one-host');
  });

  it('takes names of different addresses, or of none, for separate hosts', async () => {
    const a = { hostname: '127.0.0.1', port: 80 };
    expect(await recognisePlacement(a, { hostname: '192.0.2.1', port: 80 })).toBe('separate-hosts');
    expect(await recognisePlacement(a, { hostname: 'nowhere.invalid', port: 80 })).toBe('separate-hosts');
  });
});

describe('compareDistance', () => {
  it('says nothing of two sides that are equally near, or that can not be reached', async () => {
    await using target = await startScriptedTarget();
    const near = { hostname: '127.0.0.1', port: target.port };
    expect(await compareDistance(near, { hostname: '127.0.0.1', port: 9 })).toBeUndefined();
    expect(await compareDistance(near, near)).toBeUndefined();
  });
});
