// Every way in which one kind names another: whoever deletes, renames or breaks what is named is told what that breaks, and who names what is not there is told so.
import { describe, expect, test } from 'vitest';
import { createKnownDocuments } from '../../../src/own/trial/known.ts';
import { tryOutSteps } from '../../../src/own/trial/trial.ts';
import type { Trial } from '../../../src/own/trial/trial.ts';
import { finished } from '../../../src/policy/steps.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { document } from '../../support/own.ts';
import type { Document } from '../../support/own.ts';
import { createWorld } from '../../world/world.ts';

const NOW = Date.now();
const world = createWorld({ now: NOW });
const key = world.key();
const trust = createTrustReader();
const nameOf = ({ kind, metadata: { name, namespace } }: Document): string => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

async function tried(of: Document, change: { readonly before?: Document; readonly after?: Document }, inForce: readonly Document[]): Promise<Trial> {
  const known = await createKnownDocuments().of(inForce.map((one) => ({ path: nameOf(one), text: JSON.stringify(one) })), new AbortController().signal);
  const { kind, metadata: { name, namespace = '' } } = of;
  return finished(tryOutSteps({ kind, name, namespace, ...change }, known, { trust, now: NOW }));
}

const byKey = { identities: [{ key: { data: key.publicKeyPem } }] };
const ALICE = document('Signer', 'alice', byKey);
const ROOT = document('TrustRoot', 'ours', { sigstore: { publicGood: true } });
const entry = { certificate: { serial: '0a1b', trustRoot: 'ours' }, reason: 'stolen', compromisedAt: '2026-01-01T00:00:00Z' };
const require = [{ name: 'signed', signature: { by: ['alice'] } }];
const POLICY = document('ClusterArtifactPolicy', 'app', { artifacts: [{ image: 'ghcr.io/acme/app' }], require });
const OURS = document('ArtifactPolicy', 'ours', { artifacts: [{ image: 'ghcr.io/shop/app' }], require }, 'shop');
const exception = (...policies: readonly object[]): Document => document('AdmissionException', 'night', {
  artifacts: [{ image: 'ghcr.io/acme/app' }], policies, namespaces: ['shop'], reason: 'x', requestedBy: 'carol', approvedBy: 'dave',
  notBefore: new Date(NOW).toISOString(), expiresAt: new Date(NOW + 86_400_000).toISOString(),
});

/** What is named, who names it, and what else has to be there. */
const PAIRS: readonly (readonly [string, Document, Document, readonly Document[]])[] = [
  ['RevocationList → TrustRoot', ROOT, document('RevocationList', 'incidents', { revocations: [entry] }), []],
  ['the second entry of a RevocationList → TrustRoot', ROOT, document('RevocationList', 'incidents', { revocations: [{ digest: `sha256:${'ab'.repeat(32)}`, reason: 'x' }, entry] }), [POLICY, ALICE]],
  ['revocations of a Signer → TrustRoot', ROOT, document('Signer', 'bob', { ...byKey, revocations: [entry] }), []],
  ['Signer → TrustRoot', ROOT, document('Signer', 'ci', { identities: [{ keyless: { issuer: 'https://ci.example', subject: 'https://ci.example/app', trustRoot: 'ours' } }] }), []],
  ['a key of a Signer → TrustRoot', ROOT, document('Signer', 'dated', { identities: [{ key: { data: key.publicKeyPem, trustRoot: 'ours' } }] }), []],
  ['ClusterArtifactPolicy → Signer', ALICE, POLICY, []],
  ['ArtifactPolicy → Signer', ALICE, OURS, []],
  ['PipelinePolicy → Signer', ALICE, document('PipelinePolicy', 'factory', { definitions: { signedBy: ['alice'] } }), []],
  ['AdmissionException → ClusterArtifactPolicy', POLICY, exception({ name: 'app' }), [ALICE]],
  ['AdmissionException → requirement', POLICY, exception({ name: 'app', requirement: 'signed' }), [ALICE]],
  ['AdmissionException → ArtifactPolicy', OURS, exception({ name: 'shop/ours' }), [ALICE]],
];

describe.each(PAIRS)('%s', (_, named, naming, others) => {
  const all = [named, naming, ...others];
  const without = [naming, ...others];
  test('what is named goes: who names it is told', async () => {
    const { broken, errors } = await tried(named, { before: named }, all);
    expect(errors).toEqual([]);
    expect(broken.map(({ document: name }) => name)).toEqual([nameOf(naming)]);
    expect(broken[0]?.message).toMatch(/^no (TrustRoot|Signer|policy) is named "/);
  });
  test('it stays as it is, or stays under its name: nothing breaks', async () => {
    expect((await tried(named, { before: named, after: named }, all)).broken).toEqual([]);
    expect((await tried(named, { before: named, after: { ...named, metadata: { ...named.metadata, annotations: { 'gatehouse.dev/x': 'y' } } } as Document }, all)).broken).toEqual([]);
  });
  test('another of its kind goes: nothing breaks', async () => {
    const other = { ...named, metadata: { ...named.metadata, name: 'other' } };
    expect((await tried(other, { before: other }, [...all, other])).broken).toEqual([]);
  });
  test('who names it before it is there is told at the place, and whoever makes it breaks nothing', async () => {
    const { unresolved, errors } = await tried(naming, { after: naming }, others);
    expect([errors, unresolved.length]).toEqual([[], 1]);
    expect(unresolved[0]?.message).toMatch(/^no (TrustRoot|Signer|policy) is named "/);
    expect(await tried(named, { after: named }, without)).toMatchObject({ errors: [], broken: [], unresolved: [] });
    expect(await tried(naming, { after: naming }, [named, ...others])).toMatchObject({ errors: [], unresolved: [] });
  });
});

test('a requirement that an exception names is renamed', async () => {
  const renamed = { ...POLICY, spec: { ...POLICY.spec, require: [{ name: 'by alice', signature: { by: ['alice'] } }] } };
  const { broken } = await tried(POLICY, { before: POLICY, after: renamed }, [POLICY, ALICE, exception({ name: 'app', requirement: 'signed' })]);
  expect(broken).toEqual([{ document: 'AdmissionException night', message: expect.stringContaining('has no requirement "signed"') as string }]);
});
