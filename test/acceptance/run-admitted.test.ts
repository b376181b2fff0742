// `run: admitted`: a publish summary about the same digest names the run that the provenance names; by signers of the policy or our own keys.
import { describe, expect, it } from 'vitest';
import type { ArtifactRef } from '../../src/domain/artifact/artifact.ts';
import { parseImageReference } from '../../src/domain/artifact/image-reference.ts';
import type { ReadReceipt, ReceiptReader } from '../../src/domain/gate/receipt.ts';
import { evidenceFromFile } from '../../src/fetch/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { judgeOffline } from '../support/offline.ts';
import { attestationLayer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { makeStatement, slsaProvenanceV1, verificationSummary } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const world = createWorld({ now: NOW });
const [chains, gate, stranger] = [world.key(), world.key(), world.key()];
const [image, other] = [makeImage(), makeImage()];
const [RUN, TASK_RUN, OTHER_RUN] = ['11111111-aaaa', '22222222-bbbb', '33333333-cccc'];

const signer = (name: string, key: { readonly publicKeyPem: string }): string =>
  `apiVersion: gatehouse.dev/v1alpha1\nkind: Signer\nmetadata: {name: ${name}}\nspec: {identities: [{key: {data: ${JSON.stringify(key.publicKeyPem)}}}]}\n---\n`;
const policies = (run: string): string => `${signer('chains', chains)}${signer('gate', gate)}
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: deployed}
spec: {artifacts: [{image: "ghcr.io/acme/**"}], require: [{name: built, provenance: {by: [chains], builder: "https://builder.example/v1", run: ${run}}}]}
`;

interface Said { readonly run?: string; readonly digest?: string; readonly verifier?: string; readonly key?: typeof gate; readonly result?: 'PASSED' | 'FAILED'; readonly at?: number; readonly invocations?: readonly string[] }

const line = (statement: Parameters<typeof attestationLayer>[1], key: typeof gate): string =>
  Buffer.from(attestationLayer(world, statement, { key }).bytes).toString('utf8');
const provenance = (invocationId: string): string =>
  line(makeStatement(image.digest, slsaProvenanceV1({ builder: 'https://builder.example/v1', invocationId })), chains);

function summary({ run = RUN, digest = image.digest, verifier = 'https://gatehouse.example/publish', key = gate, result = 'PASSED', at = NOW - 3_600_000, invocations }: Said = {}): string {
  const { predicateType, predicate } = verificationSummary({ at, verifier, resourceUri: 'ghcr.io/acme/app', levels: ['SLSA_BUILD_LEVEL_UNEVALUATED'], result });
  const extended = { ...(predicate as object), ...(run === '' ? {} : { gatehouse_run: run }), ...(invocations === undefined ? {} : { gatehouse_invocations: invocations }) };
  return line(makeStatement(digest as typeof image.digest, { predicateType, predicate: extended }), key);
}

async function codes(lines: readonly string[], run = '{admittedBy: [gate]}', receipts?: ReceiptReader): Promise<string[]> {
  const read = parseImageReference(`ghcr.io/acme/app@${image.digest}`);
  if (!read.ok) throw new Error('reference');
  const { name, digest } = read.reference;
  const ref: ArtifactRef = { kind: 'image', usage: 'container', path: '', raw: name, name, ...(digest === undefined ? {} : { digest }) };
  const batch = evidenceFromFile('evidence.jsonl', new TextEncoder().encode(lines.join('\n')));
  return (await judgeOffline({ ref, batch, trust: createTrustReader(), now: NOW, ...(receipts === undefined ? {} : { receipts }) }, policies(run))).map(({ code }) => code);
}

describe('run: {admittedBy}', () => {
  it('run: is proven by the publish summary of the run that the provenance names, with one look-up', async () => {
    expect(await codes([provenance(RUN), summary()])).toEqual(['POLICY_SATISFIED']);
    expect(await codes([summary({ run: OTHER_RUN }), provenance(RUN), summary()])).toEqual(['POLICY_SATISFIED']);
  });

  it('run: is proven for the provenance of a task of the run when the summary names it', async () => {
    expect(await codes([provenance(TASK_RUN), summary({ invocations: [TASK_RUN] })])).toEqual(['POLICY_SATISFIED']);
    expect(await codes([provenance(TASK_RUN), summary({ invocations: [OTHER_RUN] })])).toEqual(['POLICY_RUN_OTHER']);
  });

  it.each<[string, readonly string[], string]>([
    ['no summary at all', [provenance(RUN)], 'POLICY_RUN_UNPROVEN'],
    ['the summary of another run', [provenance(RUN), summary({ run: OTHER_RUN })], 'POLICY_RUN_OTHER'],
    ['a receipt of the gate in its place', [provenance(RUN), summary({ verifier: 'https://gatehouse.example/gate' })], 'POLICY_RECEIPT_PURPOSE'],
    ['a summary of another verifier', [provenance(RUN), summary({ verifier: 'https://verifier.example' })], 'POLICY_RECEIPT_PURPOSE'],
    ['a summary that failed', [provenance(RUN), summary({ result: 'FAILED' })], 'POLICY_VSA_RESULT'],
    ['a summary that names no run', [provenance(RUN), summary({ run: '' })], 'POLICY_RUN_UNPROVEN'],
    ['a summary of a time to come', [provenance(RUN), summary({ at: NOW + 3_600_000 })], 'POLICY_PREDICATE'],
    ['provenance that names no run', [provenance(''), summary({ run: '' })], 'POLICY_RUN_UNPROVEN'],
  ])('run: is not proven by %s', async (_, lines, code) => expect(await codes(lines)).toEqual([code]));

  it.each<[string, readonly string[]]>([
    ['a stranger', [provenance(RUN), summary({ key: stranger })]],
    ['whoever signs provenance', [provenance(RUN), summary({ key: chains })]],
    ['a summary about another digest', [provenance(RUN), summary({ digest: other.digest })]],
  ])('run: is not proven by %s', async (_, lines) => expect(await codes(lines)).not.toContain('POLICY_SATISFIED'));

  it('run: counts no provenance of another run, whoever published', async () => {
    expect(await codes([provenance(OTHER_RUN), summary()])).toEqual(['POLICY_RUN_OTHER']);
  });
});

describe('run: admitted', () => {
  const good = summary();
  const answers = (read: (text: string) => ReadReceipt): ReceiptReader => ({ read: (text, purpose) => (purpose === 'publish' ? read(text) : { ok: false, code: 'POLICY_RECEIPT_PURPOSE' }) });
  const receipt = (more: { readonly run?: string; readonly invocations?: readonly string[]; readonly digest?: string } = {}): ReadReceipt => ({
    ok: true, receipt: {
      purpose: 'publish', id: 'x', at: NOW, subjects: [{ name: 'ghcr.io/acme/app', digest: more.digest ?? image.digest }], resource: 'ghcr.io/acme/app', usage: 'publish', caller: 'c',
      run: more.run ?? RUN, ...(more.invocations === undefined ? {} : { invocations: more.invocations }), policies: '', levels: [], keyId: 'k', expiresAt: NOW + 1,
    },
  });
  const ours = (more?: Parameters<typeof receipt>[0]): ReceiptReader => answers((text) => (text === good ? receipt(more) : { ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED' }));

  it('run: is proven by a summary of this gate, read once, also where reading takes time', async () => {
    expect(await codes([provenance(RUN), good], 'admitted', ours())).toEqual(['POLICY_SATISFIED']);
    const slow: ReceiptReader = { read: (text, purpose, now) => new Promise((done) => setTimeout(() => done(ours().read(text, purpose, now)), 5)) };
    expect(await codes([provenance(RUN), good], 'admitted', slow)).toEqual(['POLICY_SATISFIED']);
  });

  it('run: is undetermined where this gate has no keys, or has signed nothing', async () => {
    expect(await codes([provenance(RUN), good], 'admitted')).toEqual(['POLICY_RUN_UNPROVEN']);
    expect(await codes([provenance(RUN)], 'admitted', ours())).toEqual(['POLICY_RUN_UNPROVEN']);
  });

  it.each<[string, ReceiptReader, string]>([
    ['another run', ours({ run: OTHER_RUN }), 'POLICY_RUN_OTHER'],
    ['something else', ours({ digest: other.digest }), 'POLICY_RUN_UNPROVEN'],
    ['another purpose', answers((text) => (text === good ? { ok: false, code: 'POLICY_RECEIPT_PURPOSE' } : { ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED' })), 'POLICY_RECEIPT_PURPOSE'],
    ['a key that was revoked', answers((text) => (text === good ? { ok: false, code: 'VERIFY_RECEIPT_REVOKED' } : { ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED' })), 'VERIFY_RECEIPT_REVOKED'],
  ])('run: is not proven by a summary of %s', async (_, reader, code) => expect(await codes([provenance(RUN), good], 'admitted', reader)).toEqual([code]));
});
