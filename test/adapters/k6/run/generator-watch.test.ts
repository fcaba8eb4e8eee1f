import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cpuShare, GeneratorWatch, parseCpuTimeMs } from '../../../../src/adapters/k6/run/generator-watch.ts';

describe('parseCpuTimeMs', () => {
  it('adds user and system time of the process and its children, whatever the program is called', () => {
    const stat = '12 (k6) (x) S 1 12 12 0 -1 4194560 900 0 0 0 150 50 7 3 20 0 9 0 100 1 2';
    expect(parseCpuTimeMs(stat)).toBe(2100);
    expect(parseCpuTimeMs('nonsense')).toBeUndefined();
  });
});

describe('cpuShare', () => {
  it('is the part of all cores that was used', () => {
    const readings = [
      { atMs: 0, cpuMs: 100 },
      { atMs: 2000, cpuMs: 3100 },
    ];
    expect(cpuShare(readings, 2)).toBe(0.75);
  });

  it('needs a second', () => {
    expect(cpuShare([{ atMs: 0, cpuMs: 0 }], 2)).toBeUndefined();
    expect(cpuShare([], 2)).toBeUndefined();
  });
});

describe('GeneratorWatch', () => {
  it('knows nothing of a process that does not exist', async () => {
    const watch = new GeneratorWatch(2 ** 22 + 1);
    watch.start();
    await delay(50);
    watch.stop();
    expect(watch.peakCpuShare).toBeUndefined();
  });
});
