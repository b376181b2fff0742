// The order in which issuers are asked: a CI system that is configured with the cluster's own issuer believes no token of its pods.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Authenticator } from '../../../src/domain/gate/authentication.ts';
import { loadConfig } from '../../../src/platform/config/config.ts';
import { openGateCallers } from '../../../src/wiring/gate/callers.ts';
import { createTokenIssuer, serviceAccountClaims } from '../../support/tokens.ts';
import { MemoryApiServer } from '../cluster/support.ts';

const cluster = createTokenIssuer('https://kubernetes.default.svc.cluster.local');
const api = new MemoryApiServer();
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-issuers-'));
const ending: (() => unknown)[] = [];
let callers: Authenticator;

beforeAll(async () => {
  api.refusals.set('/.well-known/openid-configuration', { issuer: cluster.issuer, jwks_uri: `${cluster.issuer}/openid/v1/jwks` });
  api.refusals.set('/openid/v1/jwks', cluster.jwks());
  const reviews = await api.start();
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify(cluster.jwks()));
  const loaded = loadConfig(undefined, {
    'gate.callers': { ci: [{ issuer: cluster.issuer, kind: 'generic', jwksFile: join(folder, 'jwks.json'), namespace: 'ci', run: ['sub'] }] },
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const quiet = { error: () => undefined, warn: () => undefined, info: () => undefined };
  const configuration = { current: () => loaded.config, takesPart: () => undefined } as never;
  callers = await openGateCallers(
    { config: loaded.config, configuration, reviews: reviews as never, clock: Date, followed: () => undefined }, { logger: quiet } as never,
    { defer: (end: () => unknown) => void ending.push(end) } as never,
  );
});
afterAll(async () => {
  for (const end of ending) await end();
  await api.stop();
  rmSync(folder, { recursive: true, force: true });
});

const told = async (token: string): Promise<unknown> => {
  const known = await callers.authenticate(token, new AbortController().signal);
  return known.ok ? known.caller.kind : known.code;
};

test('a token of a pod that the API server knows no more is nobody, whoever else has the same issuer', async () => {
  expect(await told(cluster.sign(serviceAccountClaims({ pod: { name: 'gone', uid: 'u' } })))).toBe('INPUT_TOKEN_INVALID');
});

test('its twin, which the API server knows, is the account and no job', async () => {
  const token = cluster.sign(serviceAccountClaims({ pod: { name: 'p', uid: 'u' } }));
  const extra = { 'authentication.kubernetes.io/pod-name': ['p'], 'authentication.kubernetes.io/pod-uid': ['u'] };
  api.tokens.set(token, { audiences: ['gatehouse'], user: { username: 'system:serviceaccount:ci:fetcher', uid: 'account-uid', extra } });
  expect(await told(token)).toBe('serviceAccount');
});
