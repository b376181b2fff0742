// Who asks the gate, by its front door: tokens of service accounts, SPIFFE workloads and CI jobs, each beside a good twin that differs in one thing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import { createTokenIssuer, serviceAccountClaims } from '../support/tokens.ts';
import type { TokenOptions } from '../support/tokens.ts';

const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';
const GITHUB = 'https://token.actions.githubusercontent.com';
const [github, gitlab, spire, other] = [createTokenIssuer(GITHUB, { alg: 'RS256' }), createTokenIssuer('https://gitlab.acme.example', { alg: 'RS256' }), createTokenIssuer('spire'), createTokenIssuer('other')];
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-callers-'));
const file = (name: string, content: unknown): string => {
  writeFileSync(join(folder, name), JSON.stringify(content));
  return join(folder, name);
};
const published = createTokenIssuer('http://127.0.0.1');
const issuerServer = createServer((request, response) => {
  const origin = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`;
  const body = request.url === '/.well-known/openid-configuration' ? { issuer: origin, jwks_uri: `${origin}/keys` } : published.jwks();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});

let gate: GateServer;
let ahead = 0;
let origin = '';
const encoded = (header: object): string => Buffer.from(JSON.stringify(header)).toString('base64url');
const seconds = (): number => Math.floor((Date.now() + ahead) / 1000);

beforeAll(async () => {
  await new Promise<void>((done) => issuerServer.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`;
  gate = await startGate({
    policies: () => ({}),
    namespaces: { ci: { factory: 'true' }, other: {} },
    overrides: { gateClock: { now: () => Date.now() + ahead } },
    config: {
      'plainHttp': [origin.slice('http://'.length)], 'unmatched': 'allow',
      'gate.callers': {
        ci: [
          { issuer: GITHUB, kind: 'github', jwksFile: file('github.json', github.jwks()), namespace: 'ci', claims: { repository_owner_id: ['42', '43'] } },
          { issuer: 'https://gitlab.acme.example', kind: 'gitlab', jwksFile: file('gitlab.json', gitlab.jwks()), audience: 'https://gate.acme.example' },
          { issuer: origin, kind: 'generic', run: ['build'] },
        ],
        spiffe: [{ trustDomain: 'acme.example', bundleFile: file('spire.json', spire.jwks('jwt-svid')), namespace: 'ci' }, { trustDomain: 'other.example', bundleFile: file('other.json', other.jwks('jwt-svid')) }],
      },
    },
  });
});
afterAll(async () => {
  await gate.close();
  issuerServer.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => { ahead = 0; });

/** What a question with this header is answered: a status, and the code of a refusal or the name of the caller. */
async function asked(authorization?: string): Promise<readonly [number, string]> {
  const headers = authorization === undefined ? {} : { authorization };
  const { status, text } = await gate.server.gate('POST', '/v1/admit', { artifacts: [{ kind: 'image', uri: gate.good }] }, headers as Record<string, string>);
  const said = JSON.parse(text) as { code?: string; caller?: string };
  for (const line of [text, JSON.stringify(gate.server.log)]) {
    // Whatever is said and written, no part of a token is in it.
    for (const part of (authorization ?? '').split(/[ .]/).filter((one) => one.length > 20)) expect(line).not.toContain(part);
  }
  return [status, said.code ?? said.caller ?? text];
}

const ACCOUNT = 'system:serviceaccount:ci:fetcher';

/** A pod, its token made anew with these changes, and known to the API server as the good one is. */
function twin(claims: Readonly<Record<string, unknown>> = {}, options?: TokenOptions): string {
  const pod = gate.pod();
  const known = gate.api.tokens.get(pod.token);
  const { uid } = known?.user as { uid: string };
  const token = gate.issuer.sign({ ...serviceAccountClaims({ uid, pod: { name: pod.pod, uid: pod.podUid } }), ...claims }, options);
  if (known !== undefined) gate.api.tokens.set(token, known);
  return token;
}

describe('K09 service accounts of the cluster', () => {
  test('a good token, in whatever case its scheme is written', async () => {
    expect(await asked(`Bearer ${twin()}`)).toEqual([200, ACCOUNT]);
    expect(await asked(`bearer ${twin()}`)).toEqual([200, ACCOUNT]);
  });

  test.each<[string, string | undefined]>([
    ['no header', undefined], ['an empty one', ''], ['a scheme alone', 'Bearer'], ['Basic', 'Basic YTpi'], ['two tokens in one header', 'Bearer a.b.c d.e.f'],
  ])('nobody: %s', async (_, header) => { expect(await asked(header)).toEqual([401, 'INPUT_TOKEN_MISSING']); });

  test.each<[string, () => string, string]>([
    ['expired', () => twin({ exp: seconds() - 31 }), 'INPUT_TOKEN_EXPIRED'],
    ['without an end', () => twin({ exp: undefined }), 'INPUT_TOKEN_INVALID'],
    ['that does not hold yet', () => twin({ nbf: seconds() + 40 }), 'INPUT_TOKEN_EXPIRED'],
    ['issued in the future', () => twin({ iat: seconds() + 40 }), 'INPUT_TOKEN_EXPIRED'],
    ['for another audience', () => twin({ aud: ['vault'] }), 'INPUT_TOKEN_AUDIENCE'],
    ['for no audience', () => twin({ aud: undefined }), 'INPUT_TOKEN_AUDIENCE'],
    ['of another issuer', () => twin({ iss: 'https://kubernetes.default.svc' }), 'INPUT_TOKEN_ISSUER'],
    ['of alg none', () => twin({}, { alg: 'none' }), 'INPUT_TOKEN_ALGORITHM'],
    ['that brings its key along', () => twin({}, { key: other.privateKey, header: { jwk: other.jwk() } }), 'INPUT_TOKEN_INVALID'],
    ['that says where its key lies', () => twin({}, { key: other.privateKey, header: { jku: `${origin}/keys`, x5u: `${origin}/keys`, x5c: ['MA=='] } }), 'INPUT_TOKEN_INVALID'],
    ['whose kid is a path', () => twin({}, { header: { kid: '../../etc/passwd' } }), 'INPUT_TOKEN_INVALID'],
    ['with something critical that nobody knows', () => twin({}, { header: { crit: ['x'], x: 1 } }), 'INPUT_TOKEN_INVALID'],
    ['of alg None', () => twin({}, { alg: 'none', header: { alg: 'None' } }), 'INPUT_TOKEN_ALGORITHM'],
    ['signed with the public key as a secret', () => twin({}, { alg: 'HS256' }), 'INPUT_TOKEN_ALGORITHM'],
    ['of an unknown algorithm', () => twin({}, { header: { alg: 'ES256K' } }), 'INPUT_TOKEN_ALGORITHM'],
    ['of an algorithm that is not the key\'s', () => twin({}, { header: { alg: 'ES384' } }), 'INPUT_TOKEN_INVALID'],
    ['signed by another key', () => twin({}, { key: other.privateKey }), 'INPUT_TOKEN_INVALID'],
    ['with another kid', () => twin({}, { header: { kid: 'unknown' } }), 'INPUT_TOKEN_INVALID'],
    ['of a user', () => twin({ sub: 'system:admin' }), 'INPUT_TOKEN_INVALID'],
    ['whose claims name two namespaces', () => twin({ sub: 'system:serviceaccount:other:fetcher' }), 'INPUT_TOKEN_INVALID'],
    ['that says what the API server does not: a namespace', () => twin(serviceAccountClaims({ namespace: 'other' })), 'INPUT_TOKEN_INVALID'],
    ['that says what the API server does not: no pod', () => twin({ 'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'fetcher', uid: 'x' } } }), 'INPUT_TOKEN_INVALID'],
    ['that the API server does not know', () => gate.issuer.sign(serviceAccountClaims({})), 'INPUT_TOKEN_INVALID'],
    ['that is cut', () => twin().slice(0, -4), 'INPUT_TOKEN_INVALID'],
    ['that is opaque', () => 'token-0123456789abcdef', 'INPUT_TOKEN_INVALID'],
  ])('D14 nobody: a token %s', async (_, token, code) => { expect(await asked(`Bearer ${token()}`)).toEqual([401, code]); });

  test('of two headers none counts, whichever of them is good', async () => {
    const sent = async (headers: readonly string[]): Promise<string> => new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: gate.server.running.gatePort, rejectUnauthorized: false });
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('error', reject).on('close', () => resolve(text));
      socket.write(`GET /v1/decisions/nothing HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n${headers.map((one) => `authorization: Bearer ${one}\r\n`).join('')}\r\n`);
    });
    expect(await sent([twin()])).toMatch(/^HTTP\/1\.1 404 /);
    for (const headers of [[twin(), 'a.b.c'], ['a.b.c', twin()]]) expect(await sent(headers)).toMatch(/^HTTP\/1\.1 401 [^]*INPUT_TOKEN_INVALID/);
  });

  test.each<[string, string]>([
    ['that is encrypted', `${encoded({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2_000_000_000, p2s: 'AA', zip: 'DEF' })}.AA.AA.AA.AA`],
    ['that is encrypted for nobody', `${encoded({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AA.${'A'.repeat(4000)}.AA`],
    ['that is nothing but dots', '.'.repeat(8000)],
    ['of thousands of parts', 'a.'.repeat(4000)],
  ])('D15 nobody: a token %s', async (_, token) => { expect(await asked(`Bearer ${token}`)).toEqual([401, 'INPUT_TOKEN_INVALID']); });

  test('D15 a token of 1 MB, and one just too long, end in a clear 4xx; the next question is answered', async () => {
    const { status, text } = await gate.server.gate('GET', '/v1/decisions/x', undefined, { authorization: `Bearer ${'a'.repeat(1_000_000)}` }).catch((error: unknown) => ({ status: 431, text: String(error) }));
    expect(status).toBe(431);
    expect(text).not.toContain('aaaa');
    expect(await asked(`Bearer ${twin({ padding: 'a'.repeat(16_000) })}`)).toEqual([431, 'INPUT_QUESTION_INVALID']);
    expect(await asked(`Bearer ${twin({ padding: 'a'.repeat(10_000) })}`)).toEqual([200, ACCOUNT]);
  });

  test('clocks may differ by half a minute, and not by more', async () => {
    for (const claims of [{ exp: seconds() - 20 }, { nbf: seconds() + 20 }, { iat: seconds() + 20 }]) expect(await asked(`Bearer ${twin(claims)}`)).toEqual([200, ACCOUNT]);
  });

  test('a token ends while it is remembered', async () => {
    const token = twin({ exp: seconds() + 5 });
    expect(await asked(`Bearer ${token}`)).toEqual([200, ACCOUNT]);
    ahead = 36_000;
    expect(await asked(`Bearer ${token}`)).toEqual([401, 'INPUT_TOKEN_EXPIRED']);
  });

  test('the token of a deleted pod ends within ten seconds', async () => {
    const token = twin();
    expect(await asked(`Bearer ${token}`)).toEqual([200, ACCOUNT]);
    gate.api.tokens.delete(token);
    ahead = 10_000;
    expect(await asked(`Bearer ${token}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
  });

  test('the namespace is that of the token, whatever a question says', async () => {
    const pod = gate.pod({ namespace: 'other' });
    expect((await gate.admit(pod, { artifacts: [{ kind: 'image', uri: gate.good }] })).caller).toBe('system:serviceaccount:other:fetcher');
    const { status } = await gate.call(pod, 'POST', '/v1/admit', { namespace: 'ci', artifacts: [{ kind: 'image', uri: gate.good }] });
    expect(status).toBe(400);
  });

  test.each<[string, number | 'cut']>([['answers 500', 500], ['answers 403', 403], ['cuts the connection', 'cut']])('while the API server %s nothing is known, and it is asked again', async (_, refusal) => {
    const token = twin();
    gate.api.refusals.set(REVIEWS, refusal);
    try {
      expect(await asked(`Bearer ${token}`)).toEqual([503, 'INPUT_TOKEN_UNCHECKED']);
      // Once a minute, so the first of these has told it.
      expect(gate.server.log.filter(({ problem }) => String(problem).startsWith('the API server answers 500 to POST'))).toHaveLength(1);
    } finally {
      gate.api.refusals.delete(REVIEWS);
    }
    expect(await asked(`Bearer ${token}`)).toEqual([200, ACCOUNT]);
  });

  test('keys are asked for as the API server offers them: in a media type of their own', () => {
    const at = gate.api.requests.indexOf('/openid/v1/jwks');
    expect(gate.api.accepts[at]).toContain('application/jwk-set+json');
  });

  test('without a good signature nobody makes the API server work', async () => {
    const before = gate.api.asked(REVIEWS);
    await asked(`Bearer ${twin({}, { key: other.privateKey })}`);
    await asked(`Bearer ${twin({ aud: ['vault'] })}`);
    expect(gate.api.asked(REVIEWS)).toBe(before);
  });
});

describe('SPIFFE workloads', () => {
  const claims = { sub: 'spiffe://acme.example/ns/ci/build', aud: ['gatehouse'], iss: undefined, nbf: undefined };

  test('K09 a JWT-SVID of a configured trust domain, by the bundle of that domain alone', async () => {
    expect(await asked(`Bearer ${spire.sign(claims)}`)).toEqual([200, 'spiffe://acme.example/ns/ci/build']);
    expect(await asked(`Bearer ${other.sign({ ...claims, sub: 'spiffe://other.example/a' })}`)).toEqual([200, 'spiffe://other.example/a']);
    expect(await asked(`Bearer ${other.sign({ ...claims, header: {} })}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
    expect(await asked(`Bearer ${spire.sign({ ...claims, sub: 'spiffe://third.example/a' })}`)).toEqual([401, 'INPUT_TOKEN_ISSUER']);
    expect(await asked(`Bearer ${spire.sign({ ...claims, aud: ['vault'] })}`)).toEqual([401, 'INPUT_TOKEN_AUDIENCE']);
  });

  test('K09 a WIT-SVID is no bearer token, by its type and by its binding', async () => {
    expect(await asked(`Bearer ${spire.sign({ ...claims, cnf: { jwk: other.jwk() } }, { header: { typ: 'wit+jwt' } })}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
    expect(await asked(`Bearer ${spire.sign(claims, { header: { typ: 'wit+jwt' } })}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
    expect(await asked(`Bearer ${spire.sign({ ...claims, cnf: {} })}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
  });

  test('a bundle in which a key stands twice, and one that holds a private key, are refused; the old one stays, and the log says why', async () => {
    const key = other.jwk('jwt-svid');
    for (const [text, why] of [
      [`{"keys": [], "keys": [${JSON.stringify(key)}]}`, 'duplicate-key'], [JSON.stringify({ keys: [{ ...key, d: 'AA' }] }), 'private'],
    ] as const) {
      writeFileSync(join(folder, 'spire.json'), text);
      await until(() => gate.server.log.some(({ feed, problem }) => feed === 'gate-bundle acme.example' && String(problem).includes(why)));
      expect(await asked(`Bearer ${spire.sign(claims)}`)).toEqual([200, 'spiffe://acme.example/ns/ci/build']);
      expect(await asked(`Bearer ${other.sign(claims)}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
    }
    file('spire.json', spire.jwks('jwt-svid'));
  });

  test('a bundle file that changes takes keys back', async () => {
    const next = createTokenIssuer('spire', { kid: 'next' });
    file('spire.json', next.jwks('jwt-svid'));
    // The missing key makes it look at once, and the watch of the folder else.
    await until(async () => (await asked(`Bearer ${next.sign(claims)}`))[0] === 200);
    expect(await asked(`Bearer ${spire.sign(claims)}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
    file('spire.json', spire.jwks('jwt-svid'));
    await until(async () => (await asked(`Bearer ${spire.sign(claims)}`))[0] === 200);
  });
});

describe('CI systems', () => {
  const job = { aud: 'gatehouse', sub: 'repo:acme/app:ref:refs/heads/main', repository_id: '7', repository_owner_id: '42', run_id: '8', run_attempt: '1' };

  test('K09 a job of GitHub whose claims are let in has a run of its own; one whose claims are not is somebody who may not ask', async () => {
    expect(await asked(`Bearer ${github.sign(job, { header: { typ: 'JWT', x5t: 'abc' } })}`)).toEqual([200, `${GITHUB} ${job.sub}`]);
    expect(await asked(`Bearer ${github.sign({ ...job, repository_owner_id: '41' })}`)).toEqual([403, 'INPUT_TOKEN_CLAIMS']);
    expect(await asked(`Bearer ${github.sign({ ...job, repository_owner_id: undefined })}`)).toEqual([403, 'INPUT_TOKEN_CLAIMS']);
    expect(await asked(`Bearer ${github.sign({ ...job, run_id: undefined })}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
    expect(await asked(`Bearer ${gitlab.sign({ ...job, iss: GITHUB })}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
  });

  test('K09 a job of GitLab asks for the audience of its entry, and for no other', async () => {
    const claims = { sub: 'project_path:acme/app:ref_type:branch:ref:main', project_id: '7', pipeline_id: '8' };
    expect(await asked(`Bearer ${gitlab.sign({ ...claims, aud: 'https://gate.acme.example' })}`)).toEqual([200, `https://gitlab.acme.example ${claims.sub}`]);
    expect(await asked(`Bearer ${gitlab.sign({ ...claims, aud: 'gatehouse' })}`)).toEqual([401, 'INPUT_TOKEN_AUDIENCE']);
  });

  test('C07 no issuer that is not named is asked for its keys, however like one it looks', async () => {
    for (const iss of [`${origin}.evil.example`, `${origin}/`, `${origin}/..`, `${origin}@evil.example`, `${origin}:443`, origin.toUpperCase(), origin.replace('127.0.0.1', 'localhost')])
      expect([iss, ...await asked(`Bearer ${published.sign({ iss, aud: 'gatehouse', sub: 'job', build: 9 })}`)]).toEqual([iss, 401, 'INPUT_TOKEN_ISSUER']);
  });

  test('keys are found by discovery', async () => {
    expect(await asked(`Bearer ${published.sign({ iss: origin, aud: 'gatehouse', sub: 'job', build: 9 })}`)).toEqual([200, `${origin} job`]);
    expect(await asked(`Bearer ${github.sign({ iss: origin, aud: 'gatehouse', sub: 'job', build: 9 })}`)).toEqual([401, 'INPUT_TOKEN_INVALID']);
  });
});

test('the age of keys is a metric', async () => {
  const { text } = await gate.server.ops('/metrics');
  for (const name of ['gate-keys kubernetes', `gate-keys ${GITHUB}`, 'gate-bundle acme.example']) expect(text).toContain(`gatehouse_feed_age_seconds{feed="${name}"}`);
});
