import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gateCodes, startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import { codes, startTestServer } from '../support/server.ts';
import { startAuthority } from '../world/authority.ts';
import type { FakeAuthority } from '../world/authority.ts';
import { smime } from '../world/git/cms.ts';
import { commitOf, gitId, signedCommit } from '../world/git/object.ts';
import { descriptorOf, makeImage } from '../world/image.ts';
import { notarySign } from '../world/notation.ts';
import { createOwnPki, signedByHolder } from '../world/own-pki.ts';
import type { Holder, HolderOptions, OwnPki } from '../world/own-pki.ts';
import { push } from '../world/push.ts';
import { attachCosignTag, attachReferrer } from '../world/registry.ts';
import { makeList, points } from '../world/revocation.ts';
import { podReview } from '../world/review.ts';
import { createTrustDomain } from '../world/spiffe.ts';

/**
 * Signers of every kind whose certificate is revoked (B26) or over (B27), whose authority is a look-alike (C17), or who are of another
 * domain (C18): the evidence is otherwise good, and its twin is admitted by the same server.
 */
type Image = ReturnType<typeof makeImage>;

const NOW = Math.floor(Date.now() / 1000) * 1000;
const [HOUR, DAY] = [3_600_000, 86_400_000];
const [pki, lookAlike] = [createOwnPki(NOW), createOwnPki(NOW)];
const [prod, lookAlikeDomain, other] = [createTrustDomain('prod.example', NOW), createTrustDomain('prod.example', NOW), createTrustDomain('dev.example', NOW)];
const REVOKED = Buffer.from('4711', 'hex');
const OVER = { notBefore: NOW - 9 * DAY, notAfter: NOW - DAY };
const PATH = '/ns/ci/sa/builder';

type Variant = 'good' | 'B26' | 'B27' | 'C17' | 'C18';
let gate: GateServer;
let authority: FakeAuthority;

beforeAll(async () => {
  const list = makeList(pki.intermediate, { thisUpdate: NOW - HOUR, revoked: [{ serial: REVOKED, at: NOW - HOUR, reason: 1 }] });
  authority = await startAuthority(({ path }) => (path.includes('lost') ? Buffer.from('no list') : list));
  const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
  const revocation = { mode: 'hard', crls: [listUrl()] };
  gate = await startGate({
    policies: () => ({}), namespaces: { ci: { factory: 'true' } }, config: { plainHttp: ['127.0.0.1'] },
    documents: (host) => [
      document('TrustRoot', 'own', { x509: { certificates: pki.root.certificate.pem, revocation } }),
      document('TrustRoot', 'stores', { notation: { ca: pki.root.certificate.pem, revocation: 'hard' } }),
      document('TrustRoot', 'workloads', { spiffe: { trustDomain: 'prod.example', bundle: prod.bundle() } }),
      document('TrustRoot', 'gone', { spiffe: { trustDomain: 'prod.example', bundle: prod.bundle({ keys: [] }) } }),
      document('Signer', 'person', { identities: [{ x509: { trustRoot: 'own', san: 'release@acme.example' } }] }),
      document('Signer', 'notary', { identities: [{ x509: { trustRoot: 'stores', san: 'release@acme.example' } }] }),
      document('Signer', 'workload', { identities: [{ spiffe: { trustRoot: 'workloads', id: `spiffe://prod.example${PATH}` } }] }),
      document('Signer', 'gone', { identities: [{ spiffe: { trustRoot: 'gone', id: `spiffe://prod.example${PATH}` } }] }),
      ...[['x509', 'person'], ['notation', 'notary'], ['spiffe', 'workload'], ['spiffe-gone', 'gone']].map(([name = '', by = '']) =>
        document('ClusterArtifactPolicy', name, { artifacts: [{ image: `${host}/rows/${name}` }], require: [{ name: 'signed', signature: { by: [by] } }] })),
      document('ClusterArtifactPolicy', 'git', { artifacts: [{ git: 'https://github.com/acme/*' }], require: [{ name: 'signed', source: { by: ['person'] } }] }),
    ].join(''),
  });
});
afterAll(async () => {
  await gate.close();
  authority.close();
});

const HOLDERS: Readonly<Record<Variant, readonly [OwnPki, HolderOptions]>> = {
  good: [pki, {}], B26: [pki, { serial: REVOKED }], B27: [pki, OVER], C17: [lookAlike, {}], C18: [pki, { names: [{ type: 'email', value: 'release@acme.example.evil' }] }],
};
const listUrl = (): string => `${authority.url}/signing.crl`;
/** The holder of a variant, with the authorities above him. His certificate names the list, which one of the trust roots does as well. */
function holderOf(variant: Variant): readonly [Holder, readonly Holder[]] {
  const [by, options] = HOLDERS[variant];
  const extensions = [points([listUrl()])];
  return [by.issue({ names: [{ type: 'email', value: 'release@acme.example' }], extensions, ...options }), [by.intermediate, by.root]];
}

type Answer = readonly string[];
async function asked(repository: string, sign: (image: Image) => void): Promise<Answer> {
  const image = makeImage({ seed: `${repository} ${Math.random()}` });
  await push(gate.registry, `rows/${repository}`, image);
  sign(image);
  const answer = await gate.server.validate(podReview({ images: [`${gate.registry.host}/rows/${repository}@${image.digest}`] }));
  return answer.allowed ? ['admit'] : codes(answer);
}
const attach = (repository: string, image: Image, by: Holder, chain: readonly Holder[]): void => {
  const { bytes, mediaType, annotations = {} } = signedByHolder(image.digest, by, chain);
  attachCosignTag(gate.registry, `rows/${repository}`, image.digest, 'sig', [{ content: bytes, mediaType, annotations }]);
};

/** Asks about a commit that the holder has signed, by a signature over these bytes. */
async function askedOfCommit(payload: Buffer, [{ key, certificate }, [above]]: ReturnType<typeof holderOf>, over: Buffer): Promise<Answer> {
  const commit = signedCommit(payload, smime(over, { key, certificate, chain: above === undefined ? [] : [above.certificate] }, NOW - HOUR));
  const answer = await gate.admit(gate.pod(), {
    artifacts: [{ kind: 'git', uri: 'git+https://github.com/acme/app', digest: `gitCommit:${gitId('commit', commit)}`, usedAs: 'source', evidence: [{ gitObjects: [commit.toString('base64')] }] }],
  });
  return answer.decision === 'admit' ? ['admit'] : gateCodes(answer);
}

const KINDS: Readonly<Record<string, (variant: Variant) => Promise<Answer>>> = {
  'X.509': (variant) => asked('x509', (image) => {
    const [holder, chain] = holderOf(variant);
    attach('x509', image, holder, chain.slice(0, 1));
  }),
  'Notation': (variant) => asked('notation', (image) => {
    const [{ key, certificate }, above] = holderOf(variant);
    const chain = [certificate, ...above.map((one) => one.certificate)];
    const root = above.at(-1)?.certificate;
    if (root === undefined) throw new Error('a chain has a root');
    const content = notarySign({ notary: { key, chain, root }, target: descriptorOf(image), at: NOW - HOUR });
    attachReferrer(gate.registry, 'rows/notation', image.digest, {
      artifactType: 'application/vnd.cncf.notary.signature', layers: [{ mediaType: 'application/jose+json', content }],
    });
  }),
  'SPIFFE': (variant) => {
    const repository = variant === 'B26' ? 'spiffe-gone' : 'spiffe';
    const domain = { C17: lookAlikeDomain, C18: other }[variant as string] ?? prod;
    return asked(repository, (image) => attach(repository, image, domain.svid(PATH, variant === 'B27' ? OVER : {}), []));
  },
  'git': (variant) => {
    const payload = commitOf();
    return askedOfCommit(payload, holderOf(variant), payload);
  },
};

/** Until certificates of a kind prove when nothing else is wrong, once the list was fetched. */
async function settled(kind: string): Promise<void> {
  await until(async () => (await KINDS[kind]?.('good'))?.[0] === 'admit', `no ${kind} is ever admitted`);
}

describe.each([
  ['X.509', 'POLICY_REVOKED', 'VERIFY_SIGNER_UNTRUSTED'], ['Notation', 'POLICY_REVOKED', 'VERIFY_SIGNER_UNTRUSTED'], ['SPIFFE', 'VERIFY_CERTIFICATE_UNTRUSTED', 'VERIFY_CERTIFICATE_UNTRUSTED'],
  ['git', 'POLICY_REVOKED', 'VERIFY_SIGNER_UNTRUSTED'],
])('%s', (kind, revoked, elsewhere) => {
  test.each<[Variant, string, string]>([
    ['B26', 'a revoked certificate', revoked], ['B27', 'a certificate that is over, and nothing dates the signature', 'VERIFY_CERTIFICATE_EXPIRED'],
    ['C17', 'an authority of the same name', 'VERIFY_CERTIFICATE_UNTRUSTED'], ['C18', 'a signer of another domain', elsewhere],
  ])('%s %s is refused, and its twin admitted', async (variant, _, expected) => {
    await settled(kind);
    expect(await KINDS[kind]?.(variant)).toEqual([expected]);
    expect(await KINDS[kind]?.('good')).toEqual(['admit']);
  });
});

test.each<[string, (text: string) => string]>([
  ['with line ends of another system', (text) => text.replaceAll('\n', '\r\n')], ['without the last line end', (text) => text.replace(/\n$/, '')],
  ['in another normal form', (text) => text.normalize('NFC')],
])('D17 a signature over the text of a commit %s is none over the commit', async (_, normalised) => {
  await settled('git');
  const payload = Buffer.from(commitOf().toString('utf8').replace(/\n$/, ' cafe\u0301\n'));
  const verdictOf = (over: (text: string) => string): Promise<Answer> =>
    askedOfCommit(payload, holderOf('good'), Buffer.from(over(payload.toString('utf8'))));
  expect(await verdictOf(normalised)).toEqual(['VERIFY_SIGNATURE_INVALID']);
  expect(await verdictOf((same) => same)).toEqual(['admit']);
});

test('B26 the list that decides is told with its age and its end, and one that is none by its failures', async () => {
  await settled('X.509');
  const numberOf = (text: string, name: string, url: string): number | undefined => {
    const line = text.split('\n').find((one) => one.startsWith(`gatehouse_revocation_${name}{url="${url}"} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  const { text } = await gate.server.ops('/metrics');
  expect(numberOf(text, 'list_age_seconds', listUrl())).toBeGreaterThanOrEqual(0);
  expect(numberOf(text, 'list_ends_seconds', listUrl())).toBeGreaterThan(0);
  expect(numberOf(text, 'list_failures', listUrl())).toBe(0);
  // Which his certificate names; the one that the trust root names is by his issuer as well, and says that he is not revoked.
  const lost = listUrl().replace('signing', 'lost');
  expect(await asked('x509', (image) => attach('x509', image, pki.issue({ names: [{ type: 'email', value: 'release@acme.example' }], extensions: [points([lost])] }), [pki.intermediate]))).toEqual(['admit']);
  await until(async () => (numberOf((await gate.server.ops('/metrics')).text, 'list_failures', lost) ?? 0) > 0, 'no failure is told');
  expect(numberOf((await gate.server.ops('/metrics')).text, 'list_ends_seconds', lost)).toBeUndefined();
});

test('B26 a trust root that begins to have its authority asked does so from the next decision on, and ends it as well', async () => {
  const [holder, [between]] = holderOf('B26');
  const image = makeImage({ seed: 'reloaded' });
  await push(gate.registry, 'rows/reloaded', image);
  attach('reloaded', image, holder, between === undefined ? [] : [between]);
  const name = `${gate.registry.host}/rows/reloaded`;
  const documents = (revocation: object): string => [
    ['TrustRoot', 'again', { x509: { certificates: pki.root.certificate.pem, revocation } }],
    ['Signer', 'again', { identities: [{ x509: { trustRoot: 'again', san: 'release@acme.example' } }] }],
    ['ClusterArtifactPolicy', 'again', { artifacts: [{ image: name }], require: [{ name: 'signed', signature: { by: ['again'] } }] }],
  ].map(([kind, called, spec]) => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name: called }, spec })}\n---\n`).join('');
  const server = await startTestServer({ 'p.yaml': documents({ mode: 'off' }) }, { plainHttp: ['127.0.0.1'] });
  const said = async (): Promise<string> => {
    const answer = await server.validate(podReview({ images: [`${name}@${image.digest}`] }));
    return answer.allowed ? 'admit' : codes(answer).join();
  };
  expect(await said()).toBe('admit');
  for (const mode of ['hard', 'soft']) {
    writeFileSync(join(server.policyFolder, 'p.yaml'), documents({ mode }));
    await until(async () => (await said()) === 'POLICY_REVOKED', `${mode} never acted`);
  }
  writeFileSync(join(server.policyFolder, 'p.yaml'), documents({ mode: 'off' }));
  await until(async () => (await said()) === 'admit');
  await server.close();
});
