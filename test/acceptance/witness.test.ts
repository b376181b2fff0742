// What Witness signs of a step: read as a whole, by its attestors, and as steps of a layout. From YAML and bytes to the verdict.
import { describe, expect, test } from 'vitest';
import type { ArtifactRef } from '../../src/domain/artifact/artifact.ts';
import { parseRevision } from '../../src/domain/artifact/revision.ts';
import { evidenceFromFile } from '../../src/fetch/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { judgeOffline } from '../support/offline.ts';
import { asDigest, sha256Hex } from '../world/encode.ts';
import { makeSigned } from '../world/evidence.ts';
import type { InTotoStatement } from '../world/statement.ts';
import { COLLECTION, COMMAND, GIT, PRODUCT, witnessStatement } from '../world/witness.ts';
import type { WitnessStep } from '../world/witness.ts';
import { createWorld } from '../world/world.ts';

const now = Date.UTC(2026, 2, 1);
const world = createWorld({ now });
const [builder, tester, stranger] = [world.key(), world.key(), world.key()];
const APP = 'app bytes';
const ref: ArtifactRef = { kind: 'blob', usage: 'dependency', path: 'a', raw: 'app', name: 'app', digest: asDigest(`sha256:${sha256Hex(APP)}`) };
const SPDX = 'https://spdx.dev/Document';

const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const signed = (statement: InTotoStatement | Uint8Array, key = builder): string => JSON.stringify(makeSigned(world, { statement }, { key }).envelope);
const step = (change: Partial<WitnessStep> = {}): InTotoStatement => witnessStatement({ name: 'build', materials: { 'main.go': 'source' }, products: { app: APP }, ...change });

async function judge(requirement: object, evidence: readonly string[], what = ref): Promise<readonly [string | undefined, string]> {
  const policies = [
    document('Signer', 'builder', { identities: [{ key: { data: builder.publicKeyPem } }] }), document('Signer', 'tester', { identities: [{ key: { data: tester.publicKeyPem } }] }),
    document('ClusterArtifactPolicy', 'p', { artifacts: [{ blob: '*' }, { git: '**' }], require: [{ name: 'r', ...requirement }] }),
  ];
  const [finding] = await judgeOffline({ ref: what, batch: evidenceFromFile('witness.jsonl', Buffer.from(evidence.join('\n'))), trust: createTrustReader(), now }, policies.join('\n---\n'));
  return [finding?.code, JSON.stringify([finding?.expected, finding?.found, finding?.cause, finding?.evidence])];
}
const attestation = (type: string, ...where: readonly object[]): object => ({ attestation: { type, by: ['builder'], ...(where.length === 0 ? {} : { where }) } });

describe('a collection', () => {
  test('is an attestation of its own type, with the name of its step', async () => {
    expect((await judge(attestation(COLLECTION, { cel: "predicate.name == 'build'" }), [signed(step())]))[0]).toBe('POLICY_SATISFIED');
    expect((await judge(attestation(COLLECTION, { cel: "predicate.name == 'build'" }), [signed(step({ name: 'test' }))]))[0]).toBe('POLICY_CONDITION');
  });

  test.each<[string, string, object, string, Partial<WitnessStep>]>([
    ['the commit', GIT, { cel: `predicate.commithash == '${'1'.repeat(40)}'` }, 'POLICY_CONDITION', { commit: '3'.repeat(40) }],
    ['how the command ended', COMMAND, { cel: 'predicate.exitcode == 0' }, 'POLICY_CONDITION', { exitcode: 1 }],
    ['the products', PRODUCT, { cel: `predicate['app'].digest.sha256 == '${sha256Hex(APP)}'` }, 'POLICY_CONDITION_ERROR', { products: { 'app.bin': APP } }],
    ['a bill of materials', SPDX, { cel: "predicate.spdxVersion == 'SPDX-2.3'" }, 'POLICY_TYPE_MISSING', { attestors: [] }],
  ])('its attestors are attestations of their types: %s', async (_, type, where, code, change) => {
    const attestors = type === SPDX ? [{ type: SPDX, attestation: { spdxVersion: 'SPDX-2.3' } }] : [];
    expect((await judge(attestation(type, where), [signed(step({ attestors }))]))[0]).toBe('POLICY_SATISFIED');
    expect((await judge(attestation(type, where), [signed(step(change))]))[0]).toBe(code);
  });

  test('numbers are those that were signed, beyond 2^53 as well', async () => {
    const where = { cel: 'predicate.processes[0].pid == 9007199254740993' };
    const exact = JSON.stringify(step()).replace('9007199254740992', '9007199254740993');
    expect((await judge(attestation(COMMAND, where), [signed(Buffer.from(exact))]))[0]).toBe('POLICY_SATISFIED');
    expect((await judge(attestation(COMMAND, where), [signed(step())]))[0]).toBe('POLICY_CONDITION');
  });

  test.each<[string, () => string, string]>([
    ['by a stranger', () => signed(step(), stranger), 'VERIFY_SIGNER_UNTRUSTED'],
    ['about another file', () => signed(step({ products: { app: 'other bytes' } })), 'VERIFY_SUBJECT_MISMATCH'],
    ['without this attestor', () => signed({ ...step(), predicate: { name: 'build', attestations: [] } }), 'POLICY_TYPE_MISSING'],
    ['with the attestor twice, one of them bad', () => signed(step({ attestors: [{ type: GIT, attestation: { commithash: 'evil' } }] })), 'POLICY_TYPE_MISSING'],
    ['whose attestations are no list', () => signed({ ...step(), predicate: { name: 'build', attestations: { type: GIT } } }), 'POLICY_TYPE_MISSING'],
    ['whose attestor says nothing', () => signed({ ...step(), predicate: { name: 'build', attestations: [{ type: GIT }] } }), 'POLICY_TYPE_MISSING'],
    ['with more attestors than are read', () => signed(step({ attestors: Array.from({ length: 64 }, (_, index) => ({ type: `x${index}`, attestation: {} })) })), 'POLICY_TYPE_MISSING'],
    ['whose files were only read', () => signed(step({ products: {}, subjects: [{ name: 'https://witness.dev/attestations/material/v0.1/file:app', digest: { sha256: sha256Hex(APP) } }] })), 'VERIFY_SUBJECT_MISMATCH'],
    ['about a name that hashes to it', () => signed(step({ products: {}, subjects: [{ name: `${GIT}/authoremail:x`, digest: { sha256: sha256Hex(APP) } }] })), 'VERIFY_SUBJECT_MISMATCH'],
  ])('%s proves nothing of it', async (_, make, code) => {
    expect((await judge(attestation(GIT), [make()]))[0]).toBe(code);
  });

  test.each(['https://slsa.dev/provenance/v1', 'https://slsa.dev/verification_summary/v1', 'https://in-toto.io/attestation/link/v0.3', 'https://sigstore.dev/cosign/sign/v1', COLLECTION])(
    'an attestor of the type %s is none: the subjects of a collection are more than what was made', async (type) => {
      const evidence = signed(step({ attestors: [{ type, attestation: { name: 'build' } }] }));
      const told = await judge(type === COLLECTION ? attestation(COLLECTION, { cel: 'size(predicate.attestations) == 0' }) : attestation(type), [evidence]);
      expect(told[0]).toMatch(/^POLICY_TYPE_MISSING$|^POLICY_CONDITION$|^VERIFY_SUBJECT_MISMATCH$|^POLICY_COUNT/);
      expect((await judge({ signature: { by: ['builder'] } }, [evidence]))[0]).not.toBe('POLICY_SATISFIED');
    });

  test('it speaks about its commit, and not about the one before', async () => {
    const commit = (id: string): ArtifactRef => {
      const digest = parseRevision(id);
      return { ...ref, kind: 'git', name: 'https://github.com/acme/app', raw: 'x', ...(digest === undefined ? {} : { digest }) };
    };
    expect((await judge(attestation(GIT), [signed(step())], commit('1'.repeat(40))))[0]).toBe('POLICY_SATISFIED');
    expect((await judge(attestation(GIT), [signed(step())], commit('2'.repeat(40))))[0]).toBe('VERIFY_SUBJECT_MISMATCH');
  });
});

describe('a layout over collections', () => {
  const layout = {
    layout: {
      steps: [
        { name: 'build', type: COLLECTION, by: ['builder'], materials: ['REQUIRE main.go', 'ALLOW *'], products: ['REQUIRE app', 'ALLOW app', 'DISALLOW *'] },
        { name: 'pack', type: COLLECTION, by: ['builder'], where: [{ cel: "predicate.attestations.exists(a, a.type.endsWith('/command-run/v0.1') && a.attestation.exitcode == 0)", message: 'the command failed' }], materials: ['MATCH app WITH PRODUCTS FROM build', 'DISALLOW *'] },
      ],
    },
  };
  const packed = 'packed bytes';
  const artifact: ArtifactRef = { ...ref, name: 'app.tar', raw: 'app.tar', digest: asDigest(`sha256:${sha256Hex(packed)}`) };
  const pack = (change: Partial<WitnessStep> = {}): InTotoStatement => witnessStatement({ name: 'pack', materials: { app: APP }, products: { 'app.tar': packed }, ...change });

  test('steps by their names, files by their paths and digests', async () => {
    expect(await judge(layout, [signed(step()), signed(pack())], artifact)).toEqual(['POLICY_SATISFIED', expect.anything()]);
  });

  test.each<[string, () => readonly string[]]>([
    ['a step of another name', () => [signed(step({ name: 'compile' })), signed(pack())]],
    ['the same step twice under other names', () => [signed(step()), signed(pack({ name: 'build' }))]],
    ['a step that is missing', () => [signed(pack())]],
    ['a step by a stranger', () => [signed(step(), stranger), signed(pack())]],
    ['a file that was changed between the steps', () => [signed(step()), signed(pack({ materials: { app: 'changed' } }))]],
    ['a file more', () => [signed(step({ products: { app: APP, backdoor: 'x' } })), signed(pack())]],
    ['a material that is required', () => [signed(step({ materials: {} })), signed(pack())]],
    ['a command that failed', () => [signed(step()), signed(pack({ exitcode: 1 }))]],
    ['products twice', () => [signed(step({ attestors: [{ type: PRODUCT, attestation: {} }] })), signed(pack())]],
    ['products that are no map', () => [signed({ ...step(), predicate: { name: 'build', attestations: [{ type: PRODUCT, attestation: ['app'] }] } }), signed(pack())]],
    ['an artifact that no step put out', () => [signed(step()), signed(pack({ products: { 'app.tar': 'other' }, subjects: [{ name: 'app.tar', digest: { sha256: sha256Hex(packed) } }] }))]],
  ])('%s does not hold', async (_, make) => {
    const [code] = await judge(layout, make(), artifact);
    expect(code).not.toBe('POLICY_SATISFIED');
    expect(code).toMatch(/^POLICY_|^VERIFY_/);
  });
});
