// The form of a token, key sets, and what is remembered of a check: each with a twin that differs in one thing.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ciIssuer } from '../../../src/authn/issuers/ci.ts';
import { kubernetesIssuer } from '../../../src/authn/issuers/kubernetes.ts';
import { TOKEN_ALGORITHMS } from '../../../src/authn/tokens/algorithms.ts';
import { createTokenCheck } from '../../../src/authn/tokens/check.ts';
import { readKeySet } from '../../../src/authn/tokens/key-set.ts';
import { gateCallersSchema } from '../../../src/platform/config/gate/callers.ts';
import { createTokenIssuer, serviceAccountClaims } from '../../support/tokens.ts';
import type { TokenOptions } from '../../support/tokens.ts';
import { check, held, NOW, outcome, SECONDS } from './support.ts';

const now = (): number => NOW;
const acme = createTokenIssuer('https://ci.acme.example', { now });
const keysOf = (issuer = acme, document: unknown = issuer.jwks()) => held({ issuer: issuer.issuer, keys: readKeySet(document, 'sig') });
const rule = { audience: 'gatehouse', claims: {}, namespace: '' };
const generic = (keys = keysOf()) => ciIssuer({ issuer: acme.issuer, kind: 'generic', run: [], keys, rules: [rule], check });
const CLAIMS = { aud: 'gatehouse', sub: 'job' };
const token = (claims: Readonly<Record<string, unknown>> = {}, options?: TokenOptions): string => acme.sign({ ...CLAIMS, ...claims }, options);
const INVALID = '401 INPUT_TOKEN_INVALID';
const somebody = expect.objectContaining({ kind: 'ci', subject: 'job' }) as unknown;
const claimsText = JSON.stringify({ ...CLAIMS, iss: acme.issuer, exp: SECONDS + 60 });
const headerText = JSON.stringify({ alg: 'ES256', kid: acme.kid });
const [head = '', body = '', signature = ''] = token().split('.');

describe('the form of a token', () => {
  test.each<[string, string, string]>([
    ['base64url without padding', token(), `${head}=.${body}.${signature}`],
    ['base64url, not base64', token(), `${head}.${body}.+${signature.slice(1)}`],
    ['no space within', token(), `${head}.${body} .${signature}`],
    ['no dot at the end', token(), `${token()}.`],
    ['a signature', token(), `${head}.${body}.`],
    ['an unsigned last character is none of ours', token(), `${head}.${body}.${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}x`],
    ['no claim twice', token({}, { claimsText }), token({}, { claimsText: claimsText.replace('{', '{"sub":"admin",') })],
    ['no claim twice, however it is escaped', token({}, { claimsText }), token({}, { claimsText: claimsText.replace('{', '{"\\u0073ub":"admin",') })],
    ['no header twice', token({}, { headerText }), token({}, { headerText: headerText.replace('{', '{"kid":"other",') })],
    ['no header twice, however it is escaped', token({}, { headerText }), token({}, { headerText: headerText.replace('{', '{"\\u006bid":"other",') })],
    ['no __proto__', token({}, { claimsText }), token({}, { claimsText: claimsText.replace('{', '{"__proto__":{},') })],
    ['claims that are an object', token(), token({}, { claimsText: `[${claimsText}]` })],
    ['claims without a byte order mark', token({}, { claimsText }), token({}, { claimsText: `\ufeff${claimsText}` })],
    ['sub without control characters', token(), token({ sub: 'job\nadmin' })],
    ['sub of at most 1024 characters', token({ sub: 'job' }), token({ sub: 'j'.repeat(1025) })],
    ['kid as text', token(), token({}, { header: { kid: 1 } })],
    ['at most 16384 characters', token(), token({ a: 'a'.repeat(13_000) })],
    ['shallow claims', token({ a: { b: 1 } }), token({}, { claimsText: claimsText.replace('{', `{"a":${'['.repeat(20)}${']'.repeat(20)},`) })],
    ...['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc'].map((name): [string, string, string] => [`no ${name} in the header`, token({}, { header: { x5t: 'a' } }), token({}, { header: { [name]: ['exp'] } })]),
  ])('%s', async (_, good, bad) => {
    expect(await outcome(good, [generic()])).toEqual(somebody);
    expect(await outcome(bad, [generic()])).toBe(INVALID);
  });

  test.each(['none', 'NONE', 'nOnE', '', 'HS256', 'HS384', 'HS512', 'ES256K', 'RSA-OAEP', 'dir', '__proto__', 'constructor', 7, null, ['ES256']])('no algorithm %j', async (alg) => {
    expect(await outcome(token({}, { alg: String(alg) === 'none' ? 'none' : 'ES256', header: { alg } }), [generic()])).toBe('401 INPUT_TOKEN_ALGORITHM');
  });

  test('an algorithm that the configuration leaves out is none, and the schema knows the same ones', async () => {
    expect(await outcome(token(), [generic()], ['ES256'])).toEqual(somebody);
    expect(await outcome(token(), [generic()], ['RS256'])).toBe('401 INPUT_TOKEN_ALGORITHM');
    expect(gateCallersSchema.parse({}).algorithms).toEqual([...TOKEN_ALGORITHMS]);
    for (const alg of ['none', 'HS256']) expect(gateCallersSchema.safeParse({ algorithms: [alg] }).success).toBe(false);
  });

  test.each(['EdDSA', 'Ed25519'])('%s counts for issuers other than SPIFFE', async (alg) => {
    const issuer = createTokenIssuer(acme.issuer, { alg, now });
    expect(await outcome(issuer.sign(CLAIMS), [generic(keysOf(issuer))])).toEqual(somebody);
  });

  test('no refusal says anything of the token', async () => {
    for (const bad of [token({ sub: 'secret-subject\n' }), token({ aud: 'secret-audience' }), token({ iss: 'https://secret-issuer' }), token({}, { header: { kid: 'secret-kid' } }), token({}, { header: { alg: 'secret-alg' } }), token({}, { claimsText: '{"secret-claims": }' })]) {
      const { createAuthenticator } = await import('../../../src/authn/authenticator.ts');
      const answer = await createAuthenticator({ algorithms: TOKEN_ALGORITHMS, issuers: [generic()] }).authenticate(bad, new AbortController().signal);
      expect(answer.ok).toBe(false);
      expect(JSON.stringify(answer)).not.toContain('secret');
    }
  });
});

describe('key sets', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const rsa = createTokenIssuer(acme.issuer, { alg: 'RS256', now }).jwk();
  const size = (entry: unknown): number => readKeySet({ keys: [entry] }, 'sig').size;

  test('a key for signatures, or for nothing in particular', () => {
    expect([size(acme.jwk()), size({ ...acme.jwk(), use: undefined }), size({ ...acme.jwk(), kid: undefined }), size({ ...acme.jwk(), key_ops: ['verify'] })]).toEqual([1, 1, 1, 1]);
  });

  test('an RSA key of 2048 bits with the usual exponent, and with 3', () => {
    expect([size(rsa), size({ ...rsa, e: 'Aw' })]).toEqual([1, 1]);
  });

  test.each<[string, unknown]>([
    ['whose exponent is 1', { ...rsa, e: 'AQ' }], ['whose exponent is even', { ...rsa, e: 'Ag' }], ['whose exponent is long', { ...rsa, e: `A${'A'.repeat(10)}E` }], ['whose modulus is long', { ...rsa, n: 'r'.repeat(1367) }],
    ['for encryption', { ...acme.jwk(), use: 'enc' }], ['for JWT-SVIDs', acme.jwk('jwt-svid')], ['that may not verify', { ...acme.jwk(), key_ops: ['encrypt'] }],
    ['that is a secret', { kty: 'oct', k: 'c2VjcmV0', kid: 'a' }], ['that is weak', { ...weak, kid: 'a' }], ['that is text', 'key'],
  ])('no key %s', (_, entry) => { expect(size(entry)).toBe(0); });

  test('a key that says its algorithm checks no other', async () => {
    const rsa = createTokenIssuer(acme.issuer, { alg: 'RS256', now });
    const bound = (alg: string) => generic(keysOf(rsa, { keys: [{ ...rsa.jwk(), alg }] }));
    expect(await outcome(rsa.sign(CLAIMS), [bound('RS256')])).toEqual(somebody);
    expect(await outcome(rsa.sign(CLAIMS), [bound('PS256')])).toBe(INVALID);
  });
});

describe('what is remembered', () => {
  test('a key that is missing is looked for once; with other keys the token counts', async () => {
    const next = createTokenIssuer(acme.issuer, { kid: 'next', now });
    const keys = keysOf();
    expect(await outcome(next.sign(CLAIMS), [generic(keys)])).toBe(INVALID);
    expect(keys.looks).toBe(1);
    const missed = keys.missed.bind(keys);
    keys.missed = (signal) => {
      keys.value = { issuer: acme.issuer, keys: readKeySet(next.jwks(), 'sig') };
      return missed(signal);
    };
    expect(await outcome(next.sign(CLAIMS), [generic(keys)])).toEqual(somebody);
    expect(keys.looks).toBe(2);
  });

  test('a good signature is remembered, the end of the token is not', async () => {
    const time = { ms: NOW };
    const issuer = ciIssuer({ issuer: acme.issuer, kind: 'generic', run: [], keys: keysOf(), rules: [rule], check: createTokenCheck({ clock: { now: () => time.ms }, skewMs: 0 }) });
    const one = token({ exp: SECONDS + 60 });
    expect(await outcome(one, [issuer])).toEqual(somebody);
    time.ms += 59_999;
    expect(await outcome(one, [issuer])).toEqual(somebody);
    time.ms += 1;
    expect(await outcome(one, [issuer])).toBe('401 INPUT_TOKEN_EXPIRED');
    time.ms = NOW - 1;
    expect(await outcome(one, [issuer])).toBe('401 INPUT_TOKEN_EXPIRED');
  });

  test('without keys nobody is told that he is nobody', async () => {
    expect(await outcome(token(), [generic(held<never>(undefined))])).toBe('503 INPUT_TOKEN_UNCHECKED');
  });
});

describe('CI systems', () => {
  const github = 'https://token.actions.githubusercontent.com';
  const runOf = async (kind: 'github' | 'gitlab' | 'generic', issuer: string, claims: Readonly<Record<string, unknown>>, run: readonly string[] = []) => {
    const signer = createTokenIssuer(issuer, { now });
    const known = await outcome(signer.sign({ ...CLAIMS, ...claims }), [ciIssuer({ issuer, kind, run, keys: keysOf(signer), rules: [rule], check })]);
    return typeof known === 'string' ? known : (known as { run: string }).run;
  };
  const job = { repository_id: '7', run_id: '8', run_attempt: '1' };

  test('a run has one name, by numeric ids; another installation than the public one has its issuer in it', async () => {
    expect(await runOf('github', github, job)).toBe('github:7/8/1');
    expect(await runOf('github', `${github}/acme`, job)).toBe('github:7/8/1');
    expect(await runOf('github', 'https://ghe.acme.example', job)).toBe('github:https%3A%2F%2Fghe.acme.example/7/8/1');
    expect(await runOf('gitlab', 'https://gitlab.com', { project_id: '7', pipeline_id: '8' })).toBe('gitlab:7/8');
    expect(await runOf('gitlab', 'https://gitlab.com', { project_id: 7, pipeline_id: 8 })).toBe('gitlab:7/8');
    expect(await runOf('generic', 'https://ci.acme.example', {})).toBe('');
    expect(await runOf('generic', 'https://ci.acme.example', { a: 'x/y', b: 'z' }, ['a', 'b'])).toBe('oidc:https%3A%2F%2Fci.acme.example/x%2Fy/z');
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([['0', { run_id: '0' }], ['a path', { run_id: '8/1' }], ['text', { run_attempt: 'one' }], ['a fraction', { run_id: 8.5 }], ['nothing', { repository_id: undefined }]])('an id that is %s names no run', async (_, claims) => {
    expect(await runOf('github', github, { ...job, ...claims })).toBe(INVALID);
  });

  test('of several entries the first that fits counts, each for its own audience', async () => {
    const rules = [{ audience: 'a', claims: { team: ['x'] }, namespace: 'x' }, { audience: 'b', claims: { team: ['y', 'z'] }, namespace: 'y' }, { audience: 'a', claims: { team: ['x', 'z'] }, namespace: 'z' }];
    const issuer = ciIssuer({ issuer: acme.issuer, kind: 'generic', run: [], keys: keysOf(), rules, check });
    const namespaceOf = async (aud: unknown, team: unknown) => {
      const known = await outcome(token({ aud, team }), [issuer]);
      return typeof known === 'string' ? known : (known as { namespace: string }).namespace;
    };
    expect([await namespaceOf('a', 'x'), await namespaceOf('b', 'y'), await namespaceOf('a', 'z'), await namespaceOf(['a', 'b'], 'z')]).toEqual(['x', 'y', 'z', 'y']);
    expect([await namespaceOf('a', 'y'), await namespaceOf('b', 'x'), await namespaceOf('a', ['x']), await namespaceOf('c', 'x')]).toEqual(['403 INPUT_TOKEN_CLAIMS', '403 INPUT_TOKEN_CLAIMS', '403 INPUT_TOKEN_CLAIMS', '401 INPUT_TOKEN_AUDIENCE']);
  });

  test.each<[string, object]>([
    ['everybody of GitHub', { ci: [{ issuer: github, kind: 'github' }] }], ['everybody of an enterprise there', { ci: [{ issuer: `${github}/acme`, kind: 'github' }] }], ['everybody of gitlab.com', { ci: [{ issuer: 'https://gitlab.com', kind: 'gitlab' }] }],
    ['an issuer of two kinds', { ci: [{ issuer: 'https://a.example', kind: 'gitlab' }, { issuer: 'https://a.example', kind: 'generic' }] }],
    ['claims of a run that is known', { ci: [{ issuer: 'https://a.example', kind: 'gitlab', run: ['a'] }] }],
    ['an issuer that is no URL', { ci: [{ issuer: 'a.example', kind: 'gitlab' }] }],
    ['a trust domain twice', { spiffe: ['/a', '/b'].map((bundleFile) => ({ trustDomain: 'a', bundleFile })) }],
    ['a trust domain without a bundle', { spiffe: [{ trustDomain: 'a' }] }], ['a trust domain with two', { spiffe: [{ trustDomain: 'a', bundleFile: '/a', bundleUrl: 'https://a.example/' }] }],
    ['a trust domain in capitals', { spiffe: [{ trustDomain: 'A', bundleFile: '/a' }] }],
    ['keys without an issuer', { kubernetesJwksFile: '/a' }], ['no algorithm', { algorithms: [] }], ['a skew of an hour', { clockSkew: '1h' }],
  ])('the configuration does not let in %s', (_, callers) => { expect(gateCallersSchema.safeParse(callers).success).toBe(false); });
});

describe('service accounts without an API server', () => {
  test('their signature alone counts, until they expire', async () => {
    const cluster = createTokenIssuer('https://kubernetes.default.svc', { alg: 'RS256', now });
    const issuer = kubernetesIssuer({ keys: keysOf(cluster), audience: 'gatehouse', check });
    const claims = serviceAccountClaims({ pod: { name: 'p', uid: 'u' } });
    expect(await outcome(cluster.sign(claims), [issuer])).toEqual({ kind: 'serviceAccount', namespace: 'ci', name: 'fetcher', uid: 'account-uid', pod: { name: 'p', uid: 'u' } });
    expect(await outcome(cluster.sign({ ...claims, exp: SECONDS - 60 }), [issuer])).toBe('401 INPUT_TOKEN_EXPIRED');
  });
});

describe('service accounts, and what the API server says of their tokens', () => {
  const cluster = createTokenIssuer('https://kubernetes.default.svc', { now });
  const good = { username: 'system:serviceaccount:ci:fetcher', uid: 'account-uid', pod: { name: 'p', uid: 'u' } };
  const asked = (reviewed: () => Promise<typeof good | Omit<typeof good, 'pod'> | undefined>, pod: { name: string; uid: string } | undefined = good.pod) =>
    outcome(cluster.sign(serviceAccountClaims(pod === undefined ? {} : { pod })), [kubernetesIssuer({ keys: keysOf(cluster), audience: 'gatehouse', check, review: reviewed })]);

  test('the same account and the same pod', async () => {
    expect(await asked(() => Promise.resolve(good))).toMatchObject({ kind: 'serviceAccount', namespace: 'ci', name: 'fetcher' });
  });

  test.each<[string, Parameters<typeof asked>[0]]>([
    ['another namespace', () => Promise.resolve({ ...good, username: 'system:serviceaccount:other:fetcher' })], ['another account', () => Promise.resolve({ ...good, username: 'system:serviceaccount:ci:admin' })],
    ['a user', () => Promise.resolve({ ...good, username: 'admin' })], ['an account of that name made since', () => Promise.resolve({ ...good, uid: 'other' })],
    ['another pod', () => Promise.resolve({ ...good, pod: { name: 'q', uid: 'u' } })], ['a pod of that name made since', () => Promise.resolve({ ...good, pod: { name: 'p', uid: 'v' } })],
    ['no pod', () => Promise.resolve({ username: good.username, uid: good.uid })], ['nobody', () => Promise.resolve(undefined)],
  ])('%s: nobody', async (_, reviewed) => { expect(await asked(reviewed)).toBe(INVALID); });

  test('a pod where the token names none: nobody; nothing at all: not known', async () => {
    const none = serviceAccountClaims({});
    const of = (reviewed: Parameters<typeof asked>[0]) => outcome(cluster.sign(none), [kubernetesIssuer({ keys: keysOf(cluster), audience: 'gatehouse', check, review: reviewed })]);
    expect(await of(() => Promise.resolve({ username: good.username, uid: good.uid }))).toMatchObject({ name: 'fetcher' });
    expect(await of(() => Promise.resolve(good))).toBe(INVALID);
    expect(await of(() => Promise.reject(new Error('down')))).toBe('503 INPUT_TOKEN_UNCHECKED');
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['no claims of the cluster', { 'kubernetes.io': undefined }], ['a pod without a uid', { 'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'fetcher', uid: 'account-uid' }, pod: { name: 'p' } } }],
    ['a pod that is text', { 'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'fetcher', uid: 'account-uid' }, pod: 'p' } }], ['an account without a uid', { 'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'fetcher' } } }],
    ['a namespace that is none', { 'sub': 'system:serviceaccount:ci/x:fetcher', 'kubernetes.io': { namespace: 'ci/x', serviceaccount: { name: 'fetcher', uid: 'u' } } }], ['another subject', { sub: 'system:serviceaccount:ci:admin' }],
  ])('%s: nobody, and the API server is not asked', async (_, claims) => {
    let reviews = 0;
    const issuer = kubernetesIssuer({ keys: keysOf(cluster), audience: 'gatehouse', check, review: () => { reviews += 1; return Promise.resolve(good); } });
    expect(await outcome(cluster.sign({ ...serviceAccountClaims({ pod: good.pod }), ...claims }), [issuer])).toBe(INVALID);
    expect(reviews).toBe(0);
  });
});
