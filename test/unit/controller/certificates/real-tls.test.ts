/** Renewal over real TLS: replicas that are late and API servers that are late, and not one connection fails. */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { RENEW } from '../../../../src/controller/certificates/kept.ts';
import { TLS_PROFILE } from '../../../../src/platform/tls/profile.ts';
import { world } from './support.ts';
import type { World } from './support.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A replica that serves what the Secret held so long ago. */
async function replica(made: World, lateBy: number): Promise<{ readonly port: number; look(): void }> {
  const current = (): { cert: string; key: string } => {
    const { certificate = '', key = '' } = made.served.at(Date.now() - lateBy) ?? made.served.at(Date.now()) ?? {};
    return { cert: certificate, key };
  };
  const server = createServer({ ...TLS_PROFILE, ...current() }, (_, response) => response.end());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let shown = current().cert;
  return {
    port: (server.address() as AddressInfo).port,
    look() {
      const fresh = current();
      if (fresh.cert !== shown) server.setSecureContext({ ...TLS_PROFILE, ...fresh });
      shown = fresh.cert;
    },
  };
}

/** A new connection of an API server that trusts this bundle; why it failed, or which certificate it was shown. */
function greet(port: number, ca: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ca, servername: 'gatehouse.gatehouse-system.svc' });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', (error) => resolve(`refused: ${error.message}`));
  });
}

/** Renews once, while two API servers ask two replicas without pause; what failed, and how many certificates were seen. */
async function renewal(times: { readonly spreadMs: number; readonly settleMs: number }): Promise<{ readonly failed: readonly string[]; readonly seen: number; readonly asked: number }> {
  const made = world(Date.now());
  const clocked = setInterval(() => { made.now = Date.now(); }, 1);
  try {
    const keeper = made.keeper({ times });
    await keeper.step();
    await sleep(times.settleMs + 10);
    const replicas = [await replica(made, 0), await replica(made, 250)];
    const [failed, seen] = [[] as string[], new Set<string>()];
    let [asked, going] = [0, true];
    const asking = (async () => {
      for (; going; asked += 1) {
        for (const one of replicas) one.look();
        // One knows at once what webhooks trust, and one after a while.
        for (const lateBy of [0, 250]) {
          const trusted = made.trusts.get('gatehouse')?.at(Date.now() - lateBy) ?? made.trusts.get('gatehouse')?.last ?? '';
          for (const { port } of replicas) {
            const shown = await greet(port, trusted);
            if (shown.startsWith('refused')) failed.push(shown);
            else seen.add(shown);
          }
        }
      }
    })();
    made.secret = { ...made.secret!, annotations: { ...made.secret!.annotations, [RENEW]: 'now' } };
    while (!made.log.includes('the authority before is forgotten')) {
      await keeper.step();
      await sleep(10);
    }
    await sleep(600);
    going = false;
    await asking;
    return { failed, seen: seen.size, asked };
  } finally {
    clearInterval(clocked);
  }
}

describe('part 8: renewal over real TLS', () => {
  test('part 8: with an API server and a replica that are late no connection fails, and the old certificate is gone at the end', async () => {
    const { failed, seen, asked } = await renewal({ spreadMs: 3000, settleMs: 3000 });
    expect(failed).toEqual([]);
    expect(seen).toBe(2);
    expect(asked).toBeGreaterThan(5);
  });
  test('part 8: the twin without time for anybody: connections fail', async () => {
    const { failed } = await renewal({ spreadMs: 0, settleMs: 0 });
    expect(failed.length).toBeGreaterThan(0);
  });
});
