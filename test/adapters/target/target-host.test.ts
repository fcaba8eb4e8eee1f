import { describe, expect, it } from 'vitest';
import {
  type Address,
  describeAddress,
  hostForms,
  isSameHost,
  parseAddress,
} from '../../../src/adapters/target/target-host.ts';

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

const same = (a: string, b: string, protocol?: 'http' | 'grpc' | 'ws') => isSameHost(address(a), address(b), protocol);

describe('parseAddress', () => {
  it.each([
    ['https://Shop.Example.com/a?b', 'shop.example.com', 443],
    ['http://shop.example.com.', 'shop.example.com', 80],
    ['http://user:word@h:81/', 'h', 81],
    ['localhost:50051', 'localhost', 50_051],
    ['dns:///svc:443', 'svc', 443],
    ['wss://h/socket', 'h', 443],
    ['http://[::1]:8080/', '[::1]', 8080],
  ])('reads %s', (text, hostname, port) => {
    expect(parseAddress(text)).toEqual({ hostname, port });
  });

  it.each(['', 'http://', 'http://a b/', ':80'])('refuses "%s"', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('isSameHost', () => {
  it('takes http and https on their own ports for one service', () => {
    expect(same('http://a.test', 'https://a.test/x')).toBe(true);
    expect(same('http://a.test', 'http://b.test')).toBe(false);
    expect(same('http://a.test', 'http://www.a.test')).toBe(false);
  });

  it('tells ports apart for HTTP, but not for gRPC and WebSocket', () => {
    expect(same('http://a.test:3000', 'http://a.test:3001')).toBe(false);
    expect(same('http://a.test:3000', 'a.test:50051', 'grpc')).toBe(true);
    expect(same('http://a.test', 'ws://a.test:8080', 'ws')).toBe(true);
  });

  it('knows the names of the loopback interface', () => {
    expect(same('http://localhost:3000', 'http://127.0.0.1:3000')).toBe(true);
    expect(same('http://[::1]:3000', 'http://localhost:3000')).toBe(true);
    expect(same('http://localhost:3000', 'http://localhost.test:3000')).toBe(false);
  });
});

describe('describeAddress and hostForms', () => {
  it('name a port only where it is not the usual one', () => {
    expect(describeAddress(address('https://a.test'))).toBe('a.test');
    expect(describeAddress(address('http://a.test:81'))).toBe('a.test:81');
    expect(hostForms(address('https://a.test'))).toEqual(['a.test', 'a.test:80', 'a.test:443']);
    expect(hostForms(address('http://localhost:81'))).toContain('127.0.0.1:81');
  });
});
