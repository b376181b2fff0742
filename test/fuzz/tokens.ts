/** Tokens as strangers write them: whatever comes of their bytes is a refusal or a caller that was signed for, never a fault. */
import fc from 'fast-check';
import { ciIssuer } from '../../src/authn/issuers/ci.ts';
import { kubernetesIssuer } from '../../src/authn/issuers/kubernetes.ts';
import { readTrustBundle } from '../../src/authn/issuers/spiffe-bundle.ts';
import { spiffeIssuer } from '../../src/authn/issuers/spiffe.ts';
import { createAuthenticator } from '../../src/authn/authenticator.ts';
import { TOKEN_ALGORITHMS } from '../../src/authn/tokens/algorithms.ts';
import { createTokenCheck } from '../../src/authn/tokens/check.ts';
import { readKeySet } from '../../src/authn/tokens/key-set.ts';
import { createTokenIssuer, serviceAccountClaims } from '../support/tokens.ts';
import { mutated } from './bytes.ts';

const now = Date.UTC(2026, 10, 30);
const [cluster, job, workload] = ['https://kubernetes.default.svc', 'https://ci.acme.example', 'spire'].map((name) => createTokenIssuer(name, { now: () => now })) as [ReturnType<typeof createTokenIssuer>, ReturnType<typeof createTokenIssuer>, ReturnType<typeof createTokenIssuer>];
const source = <Held>(value: Held) => ({ believed: () => value, missed: () => Promise.resolve() });
const check = createTokenCheck({ clock: { now: () => now }, skewMs: 0 });
const authenticator = createAuthenticator({
  algorithms: TOKEN_ALGORITHMS,
  issuers: [
    ciIssuer({ issuer: job.issuer, kind: 'generic', run: ['build'], keys: source({ issuer: job.issuer, keys: readKeySet(job.jwks(), 'sig') }), rules: [{ audience: 'gatehouse', claims: {}, namespace: '' }], check }),
    spiffeIssuer({ domains: [{ name: 'acme.example', bundle: source(readTrustBundle(workload.jwks('jwt-svid'))) }], audience: 'gatehouse', check }),
    kubernetesIssuer({ keys: source({ issuer: cluster.issuer, keys: readKeySet(cluster.jwks(), 'sig') }), audience: 'gatehouse', check }),
  ],
});

const GOOD = [
  cluster.sign(serviceAccountClaims({ pod: { name: 'p', uid: 'u' } })), job.sign({ aud: 'gatehouse', sub: 'job', build: 7 }),
  workload.sign({ aud: 'gatehouse', sub: 'spiffe://acme.example/a', iss: undefined }),
];
const seeds = GOOD.map((token) => Buffer.from(token));
/** A part with its bytes changed, and signed again by its own issuer: the reading is behind the signature, too. */
const signed = mutated(GOOD.map((token) => Buffer.from(token.split('.')[1] ?? '', 'base64url'))).map((claims) => Buffer.from(job.sign({}, { claimsText: Buffer.from(claims).toString('utf8') })));
const headed = mutated(GOOD.map((token) => Buffer.from(token.split('.')[0] ?? '', 'base64url'))).map((header) => Buffer.from(job.sign({ aud: 'gatehouse', sub: 'job', build: 7 }, { headerText: Buffer.from(header).toString('utf8') })));

/** Tokens with something wrong in them: in their text, in their claims or in their header. */
export const tokens: fc.Arbitrary<Uint8Array> = fc.oneof(mutated(seeds), signed, headed);

/** Whose a token is: a caller only when it is one of those that were signed, or of the CI system, which signs whatever it is given. */
export async function authenticateToken(bytes: Uint8Array): Promise<void> {
  const text = Buffer.from(bytes).toString('latin1');
  const known = await authenticator.authenticate(text, new AbortController().signal);
  if (!known.ok && known.status === 503) throw new Error(`a fault: ${known.message}`);
  if (!known.ok && text.length > 40 && known.message.includes(text.slice(0, 40))) throw new Error('a refusal tells the token');
  if (known.ok && known.caller.kind !== 'ci' && !GOOD.includes(text)) throw new Error(`a token that nobody signed counts as ${known.caller.kind}`);
}

/** A key set is read, or refused in words for people. */
export function readKeys(value: unknown): void {
  for (const read of [() => readKeySet(value, 'sig'), () => readTrustBundle(value)]) {
    try {
      read();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('expected ')) throw error;
    }
  }
}

/** Key sets to be made wrong. */
export const KEY_SETS = [job.jwks(), { ...workload.jwks('jwt-svid'), spiffe_sequence: 1, spiffe_refresh_hint: 60 }, { keys: [createTokenIssuer('rsa', { alg: 'RS256' }).jwk()] }];
