import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { duetLines, duetView } from '../../../src/adapters/terminal/duet-view.ts';
import type { DuetState } from '../../../src/ports.ts';
import { recordedLog } from '../../support/recorded-log.ts';

function state(pairs: number): DuetState {
  return {
    setup: {
      pairId: 'pair',
      plannedPairs: 36,
      blockLengthMs: 5_000,
      order: 'concurrent',
      placement: 'one-host',
      isClosedModel: false,
    },
    pairs,
    look: { decision: 'go-on', reason: 'undecided', pairs: 0, regressed: [], environmentsDiffer: false },
    result: () => {
      throw new Error('there was no look yet');
    },
  };
}

/** What a terminal of 80 columns would show: escape sequences carried out. */
class Screen extends PassThrough {
  readonly columns = 80;
  #lines = [''];

  override write(chunk: unknown): boolean {
    for (const [, rows, up, erases, text] of String(chunk).matchAll(/\u001b\[(\d+)(A|D)|\u001b\[(0J)|([^\u001b]+)/g)) {
      if (up === 'A') this.#lines = [...this.#lines.slice(0, this.#lines.length - Number(rows) - 1), ''];
      else if (text !== undefined) this.#print(text);
      else if (erases === undefined && up !== 'D') throw new Error(`unknown sequence in ${JSON.stringify(chunk)}`);
    }
    return true;
  }

  get text(): string {
    return this.#lines.join('\n');
  }

  #print(text: string): void {
    for (const [i, part] of text.split('\n').entries()) {
      if (i > 0) this.#lines.push('');
      this.#lines[this.#lines.length - 1] += part;
    }
    if (this.#lines.some((line) => line.length > this.columns)) throw new Error('a line breaks');
  }
}

describe('duetView', () => {
  it('draws over itself, lets messages pass above, and leaves nothing behind', () => {
    const screen = new Screen();
    const { progress, stream } = duetView(screen as unknown as WriteStream, () => 60_000);
    stream.write('k6 is ready\n');
    progress.show(state(1));
    progress.show(state(2));
    stream.write('warning: something\n');
    const lines = screen.text.split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'k6 is ready',
      'warning: something',
      '0:05  [=                   ]  2 of 36 pairs',
    ]);
    expect(lines).toHaveLength(5);
    progress.end();
    expect(screen.text).toBe('k6 is ready\nwarning: something\n');
  });
});

describe('duetLines', () => {
  it('says how the duet stands every 15 s', () => {
    const log = recordedLog();
    let now = 100_000;
    const progress = duetLines(log, () => now);
    for (let pairs = 1; pairs <= 8; pairs++) {
      progress.show(state(pairs));
      now += 5_000;
    }
    expect(log.lines).toEqual(['info: 0:05: 1 of 36 pairs', 'info: 0:20: 4 of 36 pairs', 'info: 0:35: 7 of 36 pairs']);
  });
});
