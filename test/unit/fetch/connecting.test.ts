import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PATIENT, SCOPE, artifact, codes, source, within } from './support.ts';

const ANY = `sha256:${'0'.repeat(64)}`;
const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Accepts connections and says nothing: a TLS handshake with it never ends. */
async function silent(): Promise<{ host: string; open: Set<Socket>; accepted: () => number }> {
  const open = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    open.add(socket);
    socket.resume().on('error', () => undefined).on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({ close: () => { for (const socket of open) socket.destroy(); server.close(); } });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, open, accepted: () => accepted };
}

describe('H23 a connection that is being set up', () => {
  it('is given up with the last caller, long before it would time out', async () => {
    const { host, open, accepted } = await silent();
    const s = source([], { registries: [{ host }], limits: { requestTimeout: 60_000 } });
    const caller = new AbortController();
    const asked = s.diagnose(artifact(`${host}/acme/app`, ANY), SCOPE, caller.signal);
    await expect.poll(accepted, PATIENT).toBe(1);
    caller.abort();
    expect(codes(await asked)).toEqual(['FETCH_TIMEOUT']);
    await expect.poll(() => open.size, PATIENT).toBe(0);
  });

  it('is given up in all places that are asked at once', async () => {
    const { host, open, accepted } = await silent();
    const s = source([], { registries: [{ host }], limits: { requestTimeout: 60_000 } });
    const lookup = await s.open(artifact(`${host}/acme/app`, ANY), SCOPE);
    const caller = new AbortController();
    const asked = lookup.next(caller.signal);
    await expect.poll(accepted, PATIENT).toBe(4);
    caller.abort();
    expect(codes((await asked)?.problems ?? [])).toEqual(['FETCH_TIMEOUT']);
    await expect.poll(() => open.size, PATIENT).toBe(0);
  });

  it('is left alone while somebody else still waits for it', async () => {
    const { host, open, accepted } = await silent();
    const s = source([], { registries: [{ host }], limits: { requestTimeout: 60_000 } });
    const [one, two] = [new AbortController(), new AbortController()];
    const image = artifact(`${host}/acme/app`, ANY);
    const asked = [s.diagnose(image, SCOPE, one.signal), s.diagnose(image, SCOPE, two.signal)];
    await expect.poll(accepted, PATIENT).toBe(1);
    one.abort();
    expect(codes((await asked[0]) ?? [])).toEqual(['FETCH_TIMEOUT']);
    expect(open.size).toBe(1);
    two.abort();
    await asked[1];
    await expect.poll(() => open.size, PATIENT).toBe(0);
  });

  it('is given up while its name is being resolved', async () => {
    let asked = 0;
    const s = source([], { lookup: () => (asked += 1, new Promise(() => undefined)), limits: { requestTimeout: 60_000 } });
    const caller = new AbortController();
    const answer = s.diagnose(artifact('stuck.example/acme/app', ANY), SCOPE, caller.signal);
    await expect.poll(() => asked, PATIENT).toBe(1);
    caller.abort();
    expect(codes(await answer)).toEqual(['FETCH_TIMEOUT']);
  });

  it('R02 times out by itself', async () => {
    const { host, open } = await silent();
    const s = source([], { registries: [{ host }], limits: { requestTimeout: 200 } });
    expect(codes(await s.diagnose(artifact(`${host}/acme/app`, ANY), SCOPE, within(60_000)))).toEqual(['FETCH_TIMEOUT']);
    await expect.poll(() => open.size, PATIENT).toBe(0);
  });
});

describe('F08 the address that was checked is the address connected to', () => {
  it('a name that resolves to something else the second time is connected to the first', async () => {
    const { host, accepted } = await silent();
    const port = host.split(':')[1] ?? '';
    const answers = [{ address: '127.0.0.1', family: 4 as const }, { address: '169.254.169.254', family: 4 as const }];
    let turn = 0;
    const s = source([], { lookup: () => Promise.resolve([answers[Math.min(turn++, 1)] ?? { address: '', family: 4 as const }]), registries: [{ host: `rebind.test:${port}` }] });
    const caller = new AbortController();
    const asked = s.diagnose(artifact(`rebind.test:${port}/acme/app`, ANY), SCOPE, caller.signal);
    await expect.poll(accepted, PATIENT).toBe(1);
    caller.abort();
    await asked;
    expect([turn, accepted()]).toEqual([1, 1]);
    expect(codes(await s.diagnose(artifact(`rebind.test:${port}/acme/app`, ANY), SCOPE, within(60_000)))).toEqual(['FETCH_HOST_FORBIDDEN']);
    expect([turn, accepted()]).toEqual([2, 1]);
  });

  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', 'fd00:ec2::23', '0.0.0.0'])('a name that leads to %s is not contacted unless somebody named it', async (address) => {
    const s = source([], { lookup: () => Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]) });
    expect(codes(await s.diagnose(artifact('rebind.test/acme/app', ANY), SCOPE, within(60_000)))).toEqual(['FETCH_HOST_FORBIDDEN']);
  });

  it('an answer that is no address at all is not contacted', async () => {
    const s = source([], { lookup: () => Promise.resolve([{ address: 'localhost', family: 4 }]) });
    expect(codes(await s.diagnose(artifact('rebind.test/acme/app', ANY), SCOPE, within(60_000)))).toEqual(['FETCH_HOST_FORBIDDEN']);
  });
});
