import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { closeGently } from '../../../src/surfaces/http/drain.ts';
import { serveGate } from './gate-support.ts';
import { admission, podReview, serveSurfaces } from './support.ts';

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

async function withoutTls(port: number): Promise<Socket> {
  const socket = connectPlain({ port, host: '127.0.0.1' }).on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function halfAsked(port: number): Promise<Socket> {
  const socket = await connected(port);
  socket.write('POST /validate HTTP/1.1\r\nhost: x\r\n');
  return socket;
}

test.each([['says nothing', connected], ['begins no TLS', withoutTls], ['does not end its headers', halfAsked]])('whoever leaves waits for no connection that %s, and for every request that came', async (_, open) => {
  const decide = Promise.withResolvers<undefined>();
  const server = await serveSurfaces(async (review: ReviewRequest) => {
    await decide.promise;
    return admission(review);
  });
  const silent = await open(server.port);
  const gone = once(silent, 'close');
  const answer = server.post(podReview());
  await sleep(200);
  let isClosed = false;
  const closing = closeGently(server.app).then(() => { isClosed = true; });
  // No answer is due on it, and none comes.
  await gone;
  expect(isClosed).toBe(false);
  decide.resolve(undefined);
  expect((await answer).json()).toMatchObject({ response: { allowed: true } });
  await closing;
});

test('nor does the gate', async () => {
  const gate = await serveGate();
  const silent = await connected(gate.port);
  const gone = once(silent, 'close');
  await Promise.all([closeGently(gate.app), gone]);
});
