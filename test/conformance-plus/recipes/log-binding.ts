import { makeSigned } from '../../world/evidence.ts';
import type { Overrides } from '../../world/evidence.ts';
import type { BodyKind } from '../../world/log-body.ts';
import { issueCertificate } from '../../world/ca.ts';
import { ARTIFACT, DIGEST, ENVELOPE, IDENTITY, keyed, keyless, NOW, V2, world } from '../scene.ts';
import type { KeylessChange } from '../scene.ts';
import type { Recipe } from '../recipe.ts';

const MISMATCH = 'VERIFY_LOG_MISMATCH';

/** Every kind of entry, with the content it is made of. */
const KINDS: readonly (readonly [id: string, kind: BodyKind, change: KeylessChange])[] = [
  ['hashedrekord-0.0.1', 'hashedrekord/0.0.1', {}],
  ['dsse-0.0.1', 'dsse/0.0.1', ENVELOPE],
  ['intoto-0.0.1', 'intoto/0.0.1', ENVELOPE],
  ['intoto-0.0.2', 'intoto/0.0.2', ENVELOPE],
  ['hashedrekord-0.0.2', 'hashedrekord/0.0.2', V2],
  ['dsse-0.0.2', 'dsse/0.0.2', { ...V2, ...ENVELOPE }],
];

const foreignKey = KINDS.map(([id, logKind, change]): Recipe => ({
  id: `log-key-${id}`, rows: ['B24'], expected: MISMATCH,
  title: `log entry ${id.replace(/-(?=0)/, ' ')} names another key than the certificate's`,
  forged: () => keyless({ ...change, logKind, override: { logVerifier: { key: world.key() } } }),
  twin: () => keyless({ ...change, logKind }),
}));

/** The entry with one text of its body replaced; the log vouches for what it then holds. */
function body(from: RegExp, to: string): Overrides {
  return { log: { body: (one) => JSON.parse(JSON.stringify(one).replace(from, to)) as unknown } };
}

/** A signature whose entry names another certificate for the same key. */
function twoCertificates(lie: boolean): ReturnType<typeof keyless> {
  const key = world.key();
  const certificate = (san: string) => issueCertificate(world.ca, { key, identity: { ...IDENTITY, san }, at: NOW, ctLog: world.ctLog });
  const own = certificate(IDENTITY.san);
  const logged = lie ? certificate('https://github.com/evil/app/.github/workflows/release.yml@refs/heads/main') : own;
  return keyless({ override: { signingKey: key, useCertificate: own, logVerifier: { key, certificate: logged } } });
}

function entryOfAnotherSignature(): ReturnType<typeof keyless> {
  const { entry } = makeSigned(world, { message: ARTIFACT }, { identity: IDENTITY }, { log: 'v1' });
  if (entry === undefined) throw new Error('logged signatures have an entry');
  return keyless({ override: { useEntry: entry } });
}

/** Forgeries of what a log entry is about: client specification, 4.4. */
export const LOG_BINDING: readonly Recipe[] = [
  ...foreignKey,
  { id: 'log-key-nothing', title: 'log entry names the text "nothing" as key', rows: ['B24'], expected: MISMATCH, forged: () => keyless({ override: body(/"publicKey":\{"content":"[^"]+"/, '"publicKey":{"content":"bm90aGluZw=="') }), twin: () => keyless() },
  { id: 'log-certificate-of-same-key', title: 'log entry names another certificate for the same key, so that the identity in it is not the one admitted', rows: ['B24'], expected: MISMATCH, forged: () => twoCertificates(true), twin: () => twoCertificates(false) },
  { id: 'log-key-managed', title: 'log entry of a signature by key names another key', rows: ['B24'], expected: MISMATCH, forged: () => keyed({ logged: true, override: { logVerifier: { key: world.key() } } }), twin: () => keyed({ logged: true }) },
  { id: 'log-entry-of-another-signature', title: 'log entry is of another signature over the same artifact', rows: ['B01'], expected: MISMATCH, forged: entryOfAnotherSignature, twin: () => keyless() },
  { id: 'log-hash-message', title: 'log entry holds the hash of another artifact', rows: ['B01'], expected: MISMATCH, forged: () => keyless({ override: body(/"value":"[0-9a-f]{64}"/, `"value":"${'0'.repeat(64)}"`) }), twin: () => keyless() },
  { id: 'log-hash-payload', title: 'log entry holds the hash of another payload', rows: ['B01'], expected: MISMATCH, forged: () => keyless({ ...ENVELOPE, override: body(/"payloadHash":\{"algorithm":"sha256","value":"[0-9a-f]{64}"/, `"payloadHash":{"algorithm":"sha256","value":"${'0'.repeat(64)}"`) }), twin: () => keyless(ENVELOPE) },
  { id: 'log-hash-payload-intoto-0.0.1', title: 'log entry intoto 0.0.1 holds the hash of another payload', rows: ['B01'], expected: MISMATCH, forged: () => keyless({ ...ENVELOPE, logKind: 'intoto/0.0.1', override: body(/"payloadHash":\{"algorithm":"sha256","value":"[0-9a-f]{64}"/, `"payloadHash":{"algorithm":"sha256","value":"${'0'.repeat(64)}"`) }), twin: () => keyless({ ...ENVELOPE, logKind: 'intoto/0.0.1' }) },
  { id: 'log-hash-md5', title: 'log entry holds a hash by an algorithm that is not allowed', expected: MISMATCH, forged: () => keyless({ override: body(/"algorithm":"sha256","value":"[0-9a-f]{64}"/, `"algorithm":"md5","value":"${'0'.repeat(32)}"`) }), twin: () => keyless() },
  { id: 'log-two-signatures', title: 'log entry lists a second signature beside the one of the bundle', expected: MISMATCH, forged: () => keyless({ ...ENVELOPE, override: body(/"signatures":\[(\{[^\]]*\})\]/, '"signatures":[$1,$1]') }), twin: () => keyless(ENVELOPE) },
  { id: 'log-payload-type-intoto', title: 'log entry intoto 0.0.2 holds another payload type', rows: ['A05'], expected: MISMATCH, forged: () => keyless({ ...ENVELOPE, logKind: 'intoto/0.0.2', override: body(/application\/vnd.in-toto\+json/, 'text/plain') }), twin: () => keyless({ ...ENVELOPE, logKind: 'intoto/0.0.2' }) },
  { id: 'log-kind-unknown', title: 'log entry of a kind that nobody can bind (rekord 0.0.1)', expected: 'VERIFY_LOG_KIND', forged: () => keyless({ override: body(/"kind":"hashedrekord"/, '"kind":"rekord"') }), twin: () => keyless() },
  { id: 'log-kind-object', title: 'log entry whose kind is an object that throws when it is turned into text', rows: ['G09'], expected: 'VERIFY_LOG_KIND', forged: () => keyless({ override: body(/"kind":"hashedrekord"/, '"kind":{"toString":1,"valueOf":1}') }), twin: () => keyless() },
  { id: 'log-promise-on-rekor-v2-body', title: 'entry of a Rekor v2 kind dated by a promise, which Rekor v2 never gives', rows: ['B06'], expected: 'VERIFY_TIME_MISSING', forged: () => keyless({ log: 'v1', logKind: 'hashedrekord/0.0.2' }), twin: () => keyless({ log: 'v1', logKind: 'hashedrekord/0.0.2', tsa: true }) },
  { id: 'log-entry-for-message-on-envelope', title: 'envelope with a log entry over the payload itself instead of its encoding', rows: ['B01'], expected: MISMATCH, forged: () => keyless({ ...ENVELOPE, logKind: 'hashedrekord/0.0.1', override: body(/"value":"[0-9a-f]{64}"/, `"value":"${DIGEST.slice(7)}"`) }), twin: () => keyless({ ...ENVELOPE, logKind: 'hashedrekord/0.0.1' }) },
];
