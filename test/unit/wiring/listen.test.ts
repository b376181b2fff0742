/** M6: without a setting every address is listened on, IPv6 and IPv4, on both ports. */
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/platform/config/config.ts';
import { reachable } from '../../../src/wiring/listen.ts';
import { startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';

const hasIPv6 = Object.values(networkInterfaces()).flat().some((address) => address?.address === '::1');
const loopback = { address: '127.0.0.1', netmask: '255.0.0.0', family: 'IPv4' as const, mac: '00:00:00:00:00:00', internal: true, cidr: null };

describe('M6: the address to listen on', () => {
  let server: TestServer;
  beforeAll(async () => {
    const loaded = loadConfig(undefined, {});
    server = await startTestServer({}, { host: loaded.ok ? loaded.config.host : '' });
  });
  afterAll(() => server.close());

  test('M6: IPv4', async () => expect((await fetch(`http://127.0.0.1:${server.running.opsPort}/livez`)).status).toBe(200));
  test.skipIf(!hasIPv6)('M6: IPv6', async () => expect((await fetch(`http://[::1]:${server.running.opsPort}/livez`)).status).toBe(200));
  test('M6: a machine without IPv6 listens on all of IPv4, and an address that was named is left alone', () => {
    const v6 = { ...loopback, address: '::1', family: 'IPv6' as const, scopeid: 0 };
    expect(reachable('::', { lo: [loopback] })).toBe('0.0.0.0');
    expect(reachable('::', { lo: [loopback, v6] })).toBe('::');
    expect(reachable('127.0.0.1', { lo: [loopback] })).toBe('127.0.0.1');
    expect(reachable('::1', { lo: [loopback] })).toBe('::1');
  });
});
