import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { developmentCertificate } from '../../../src/platform/tls/development.ts';
import { clientAuthority } from '../platform/support/certificates.ts';
import { admission, podReview, serveSurfaces } from './support.ts';
import type { TestServer } from './support.ts';

const authority = clientAuthority();
let server: TestServer;
beforeAll(async () => {
  const { options } = await developmentCertificate();
  server = await serveSurfaces((review) => Promise.resolve(admission(review)), { tls: { ...options, ca: authority.ca } });
});
afterAll(() => server.app.close());

function post(client: { cert?: string; key?: string }, path = '/validate', method = 'POST'): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: server.port, method, path, rejectUnauthorized: false, agent: false, headers: { 'content-type': 'application/json' }, ...client }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject);
    call.end(method === 'POST' ? JSON.stringify(podReview()) : undefined);
  });
}

describe('client certificates', () => {
  it('H19 a caller with a certificate of the client CA is served', async () => {
    await expect(post({ cert: authority.cert, key: authority.key })).resolves.toBe(200);
  });
  it('H19 a caller without a certificate fails in the handshake', async () => {
    await expect(post({})).rejects.toThrow();
    await expect(post({}, '/decisions', 'GET')).rejects.toThrow();
  });
  it('H19 a caller with a certificate of another CA fails in the handshake', async () => {
    const other = clientAuthority();
    await expect(post({ cert: other.cert, key: other.key })).rejects.toThrow();
  });
});
