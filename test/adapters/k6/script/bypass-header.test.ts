import { describe, expect, it } from 'vitest';
import { headerFiles } from '../../../../src/adapters/k6/script/bypass-header.ts';

const filesFor = (text: string) =>
  headerFiles([{ path: '/work/a.js', text }], { hosts: ['shop.example'], names: ['shop.example'] });

describe('headerFiles', () => {
  it('names what the header can not be sent by, and nothing that is only written about', () => {
    const text = `import sql from 'k6/x/sql'; import grpc from 'k6/net/grpc'; import { browser, chromium } from 'k6/browser';
client.healthCheck(); chromium.connectOverCDP(url);`;
    expect(filesFor(text).unsent).toEqual([
      'k6/x/sql',
      'health checks of k6/net/grpc',
      'browsers reached by connectOverCDP',
    ]);
    expect(filesFor("// import 'k6/x/sql'\nconst a = 'k6/x/kafka'; own.healthCheck();").unsent).toEqual([]);
  });

  it('changes only the modules that the script uses', () => {
    const { files, modules } = filesFor("import http from 'k6/http'; // k6/ws, k6/net/grpc, submitForm");
    expect(Object.keys(files)).toEqual(['header.js']);
    expect(modules).toEqual({});
    expect(files['header.js']?.match(/require\('[^']+'\)/g)).toEqual(["require('k6/http')", "require('k6/execution')"]);
    expect(filesFor("import { WebSocket } from 'k6/websockets';").modules).toEqual({
      'k6/websockets': 'k6-websockets.js',
    });
  });
});
