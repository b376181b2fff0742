import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { closeGently } from '../../../src/surfaces/http/drain.ts';
import { admission, podReview, serveSurfaces } from './support.ts';

async function connected(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

test('whoever leaves waits for no connection that has asked nothing, and for every request that came', async () => {
  const decide = Promise.withResolvers<undefined>();
  const server = await serveSurfaces(async (review: ReviewRequest) => {
    await decide.promise;
    return admission(review);
  });
  const silent = await connected(server.port);
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
