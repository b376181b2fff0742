import { constants } from 'node:crypto';
import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/domain/decision/review.ts';
import { developmentCertificate } from '../../../src/platform/tls/development.ts';
import { createCallers } from '../../../src/surfaces/http/callers.ts';
import { openAuthority } from '../platform/support/certificates.ts';
import type { ClientCertificate } from '../platform/support/certificates.ts';
import { admission, podReview, serveSurfaces } from './support.ts';
import type { TestServer } from './support.ts';

const [authority, other] = [openAuthority(), openAuthority()];
const state = { authorities: authority.ca as string | undefined, now: undefined as number | undefined, names: undefined as readonly string[] | undefined };
const callers: Caller[] = [];
let server: TestServer;
let named: TestServer;
beforeAll(async () => {
  const { options } = await developmentCertificate();
  // As feeds/serving-certificate.ts makes it.
  const tls = { ...options, ca: authority.ca, secureOptions: constants.SSL_OP_NO_TICKET };
  const rules = { clock: { now: () => state.now ?? Date.now() }, authorities: () => state.authorities, provable: true };
  const admit = (review: Parameters<typeof admission>[0]) => {
    callers.push(review.caller as Caller);
    return admission(review);
  };
  server = await serveSurfaces(admit, { tls, callers: createCallers(rules) });
  named = await serveSurfaces(admit, { tls, callers: createCallers({ ...rules, names: ['kube-apiserver', 'apiserver.example'] }) });
});
afterAll(async () => {
  await server.app.close();
  await named.app.close();
});
beforeEach(() => {
  callers.length = 0;
  Object.assign(state, { authorities: authority.ca, now: undefined });
});

function post(client: { cert?: string; key?: string; agent?: Agent }, { path = '/validate', to = server } = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: to.port, method: 'POST', path, rejectUnauthorized: false, agent: false, headers: { 'content-type': 'application/json' }, ...client }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject);
    call.end(JSON.stringify(podReview()));
  });
}

const PROVEN: Caller = { proof: 'certificate', credentials: 'all' };
const NOBODY: Caller = { proof: 'none', credentials: 'none' };

describe('H19 S7: client certificates are judged with every request, and shut nobody out of the port', () => {
  it.each<[string, { cert?: string; key?: string }, Caller]>([
    ['a certificate of the client CA', authority.issue(), PROVEN],
    ['one for clients', authority.issue({ usage: 'clientAuth' }), PROVEN],
    ['one through an authority between', authority.issue({ intermediate: true }), PROVEN],
    ['no certificate', {}, NOBODY],
    ['one of another CA with the same name', other.issue(), NOBODY],
    ['one of another CA through an authority between', other.issue({ intermediate: true }), NOBODY],
    ['one that has expired', authority.issue({ from: -7_200_000, until: -3_600_000 }), NOBODY],
    ['one that is not valid yet', authority.issue({ from: 3_600_000 }), NOBODY],
    ['one for servers alone', authority.issue({ usage: 'serverAuth' }), NOBODY],
  ])('%s', async (_name, client, caller) => {
    expect(await post(client)).toBe(200);
    expect(callers).toEqual([caller]);
  });

  it('the same for the image policy plug-in', async () => {
    const body = JSON.stringify({ apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', spec: { containers: [{ image: 'a' }], namespace: 'team' } });
    const ask = (client: { cert?: string; key?: string }) => new Promise<number>((resolve, reject) => {
      request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/imagereview', rejectUnauthorized: false, agent: false, headers: { 'content-type': 'application/json' }, ...client }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      }).on('error', reject).end(body);
    });
    expect([await ask(authority.issue()), await ask({}), await ask(other.issue())]).toEqual([200, 200, 200]);
    expect(callers).toEqual([PROVEN, NOBODY, NOBODY]);
  });

  it.each<[string, ClientCertificate, Caller]>([
    ['the common name', { commonName: 'kube-apiserver' }, PROVEN],
    ['a DNS name', { commonName: 'x', dnsNames: ['a.example', 'apiserver.example'] }, PROVEN],
    ['another name', { commonName: 'system:node:n1', dnsNames: ['n1.example'] }, NOBODY],
    ['a name that begins so', { commonName: 'kube-apiserver.evil', dnsNames: ['apiserver.example.evil'] }, NOBODY],
    ['a DNS name that looks like two', { commonName: 'x', dnsNames: ['a, DNS:apiserver.example, DNS:b'] }, NOBODY],
  ])('where names are demanded: %s', async (_name, what, caller) => {
    expect(await post(authority.issue(what), { to: named })).toBe(200);
    expect(callers).toEqual([caller]);
  });

  it('a certificate that expires on a connection counts no more on it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, ...authority.issue() });
    await post({ agent });
    state.now = Date.now() + 2 * 86_400_000;
    await post({ agent });
    state.now = undefined;
    await post({ agent });
    expect(callers).toEqual([PROVEN, NOBODY, PROVEN]);
    agent.destroy();
  });

  it.each<[string, ClientCertificate, Caller]>([
    ['of the CA', {}, PROVEN],
    // Of which Node does not tell: it has to connect anew.
    ['through an authority between', { intermediate: true }, NOBODY],
  ])('an authority that is exchanged counts no more on connections that it opened: a certificate %s', async (_name, what, later) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, ...authority.issue(what) });
    await post({ agent });
    state.authorities = other.ca;
    await post({ agent });
    state.authorities = `${other.ca}${authority.ca}`;
    await post({ agent });
    state.authorities = undefined;
    await post({ agent });
    expect(callers).toEqual([PROVEN, NOBODY, later, NOBODY]);
    state.authorities = authority.ca;
    await post(authority.issue(what));
    expect(callers.at(-1)).toEqual(PROVEN);
    agent.destroy();
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('no session is resumed, so that every connection shows its certificate: %s', async (version) => {
    const client = { host: '127.0.0.1', port: server.port, rejectUnauthorized: false, minVersion: version, maxVersion: version, ...authority.issue() };
    const handshake = (session?: Buffer): Promise<{ session: Buffer | undefined; reused: boolean }> => new Promise((resolve, reject) => {
      let latest: Buffer | undefined;
      const socket = connect({ ...client, ...(session === undefined ? {} : { session }) }, () => {
        socket.write('POST /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      });
      socket.on('session', (ticket) => { latest = ticket; });
      let reused = true;
      socket.on('secureConnect', () => { reused = socket.isSessionReused(); latest ??= socket.getSession(); });
      socket.on('error', reject).on('data', () => undefined).on('close', () => resolve({ session: latest, reused }));
    });
    const first = await handshake();
    expect(first.session).toBeDefined();
    expect((await handshake(first.session)).reused).toBe(false);
  });
});
