// One thing taken for another at the gate: kinds, lists, policies of a namespace, policies of yesterday. Each attack with its good twin.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { createTokenIssuer } from '../support/tokens.ts';
import { keyBundle } from '../world/bundle.ts';
import { createWorld } from '../world/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-confusions-'));
mkdirSync(join(folder, 'keys'));
writeFileSync(join(folder, 'keys', 'key-1.pem'), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
const world = createWorld({ now: Date.now() });
/** May sign files, and nothing else. */
const bob = world.key();
const byBob = (digest: string): unknown[] => [JSON.parse(keyBundle(world, { digest: digest as Digest, key: bob }).toString('utf8')) as unknown];
const document = (kind: string, name: string, spec: unknown, namespace?: string): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec })}\n---\n`;
const signedByBob = [{ name: 'signed', signature: { by: ['bob'] } }];

const jobs = createTokenIssuer('https://ci.example');
writeFileSync(join(folder, 'jwks.json'), JSON.stringify(jobs.jwks()));
const ci = { issuer: jobs.issuer, kind: 'generic', jwksFile: join(folder, 'jwks.json') };

let gate: GateServer;
beforeAll(async () => {
  gate = await startGate({
    policies: () => ({}), namespaces: { ci: {}, tenant: {}, builds: { builds: 'true' } },
    config: {
      gate: {
        receipts: { keys: join(folder, 'keys'), verifier: 'https://gate.example' },
        callers: { ci: [{ ...ci, claims: { team: 'placed' }, namespace: 'builds' }, { ...ci, claims: { team: 'placeless' } }] },
      },
      unmatched: 'allow',
    },
    documents: (host) => document('Signer', 'bob', { identities: [{ key: { data: bob.publicKeyPem } }] })
      + document('ClusterArtifactPolicy', 'files', { artifacts: [{ blob: '*/**' }, { blob: 'gatehouse:*' }, { blob: 'pkg:*/**' }], require: signedByBob })
      + document('ClusterArtifactPolicy', 'definitions', { artifacts: [{ definition: 'task/*' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] })
      + document('ClusterArtifactPolicy', 'selected', { artifacts: [{ blob: 'selected:*' }], namespaces: { matchLabels: { builds: 'true' } }, require: signedByBob })
      + document('ArtifactPolicy', 'own', { artifacts: [{ image: `${host}/**` }, { package: 'pkg:npm/**' }], require: [{ name: 'signed', signature: { by: ['bob'] } }] }, 'tenant'),
  });
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

const digestIn = (reference: string): string => reference.split('@')[1] ?? '';

describe('kinds: one text for a file and for something else is two artifacts', () => {
  const both = (uri: string, digest: string, other: string): unknown => {
    const more = { digest, usedAs: 'baseImage', evidence: byBob(digest) };
    return { artifacts: [{ kind: 'blob', name: uri, ...more }, { kind: other, uri, ...more }], receipts: 'each' };
  };

  test.each<[string, string, () => [uri: string, digest: string], string]>([
    ['an image that bob signed as a file', 'image', () => [gate.evil, digestIn(gate.evil)], 'deny'],
    ['an image that is signed as one', 'image', () => [gate.good, digestIn(gate.good)], 'admit'],
    ['a definition that bob signed as a file', 'definition', () => ['task/scan', `sha256:${'b'.repeat(64)}`], 'deny'],
  ])('kinds: %s, after a file of the very same name and digest: %s', async (_what, kind, named, decision) => {
    const [uri, digest] = named();
    const answer = await gate.admit(gate.pod(), both(uri, digest, kind));
    expect(answer.artifacts[0]).toMatchObject({ decision: 'admit', receipt: expect.any(String) as string });
    expect(answer.artifacts[1]?.decision).toBe(decision);
    expect(answer.artifacts[1]?.receipt === undefined).toBe(decision === 'deny');
  });
});

describe('names: a file is not called as things of other kinds are, so that no receipt for it reads as one for them', () => {
  const named = (name: string): unknown => ({ artifacts: [{ kind: 'blob', name, digest: `sha256:${'a'.repeat(64)}`, evidence: byBob(`sha256:${'a'.repeat(64)}`) }] });

  test.each(['gatehouse:list', 'oci://registry.example/acme/app', 'OCI://registry.example/acme/app', 'docker://registry.example/app', 'pkg:npm/left-pad@1.3.0', 'git+https://git.example/app'])(
    'names: %s', async (name) => {
      const { status, text } = await gate.call(gate.pod(), 'POST', '/v1/admit', named(name));
      expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([400, 'INPUT_ARTIFACT_INVALID']);
      expect(text).toContain('artifacts[0]');
    });

  test('names: the twin, a file with an address of its own', async () => {
    expect(await gate.admit(gate.pod(), named('https://files.example/a.tgz'))).toMatchObject({ decision: 'admit', receipt: expect.any(String) as string });
  });
});

describe('policies of a namespace: they add demands, and vouch for nothing', () => {
  const image = (name: string): [string, string] => [`${gate.registry.host}/${name}@${digestIn(gate.evil)}`, digestIn(gate.evil)];
  const asked = ([uri, digest]: [string, string]): unknown => ({ artifacts: [{ kind: 'image', uri, evidence: byBob(digest) }] });

  test('policies of a namespace: what only such a policy speaks about has no receipt, and the answer says why', async () => {
    const answer = await gate.admit(gate.pod({ namespace: 'tenant' }), asked(image('other/app')));
    expect(answer).toMatchObject({ decision: 'admit', receiptMissing: expect.stringContaining('policy of the cluster') as string });
    expect(answer.receipt).toBe(undefined);
    const each = await gate.admit(gate.pod({ namespace: 'tenant' }), { ...asked(image('other/app')) as object, receipts: 'each' });
    expect(each.artifacts[0]).toMatchObject({ decision: 'admit', receiptMissing: expect.any(String) as string });
  });

  test('policies of a namespace: the twin under a policy of the cluster, where that of the namespace holds too', async () => {
    const [uri, digest] = [gate.good, digestIn(gate.good)];
    expect((await gate.admit(gate.pod({ namespace: 'tenant' }), asked([uri, digest]))).receipt).toEqual(expect.any(String));
    const unsigned = await gate.admit(gate.pod({ namespace: 'tenant' }), { artifacts: [{ kind: 'image', uri }] });
    expect([unsigned.decision, unsigned.receipt]).toEqual(['deny', undefined]);
  });
});

describe('policies of yesterday: a receipt is verified under those of today', () => {
  test('policies of yesterday: valid while they stand, refused when one that came since refuses, valid again without it', async () => {
    const pod = gate.pod();
    const uri = gate.good;
    const { receipt } = await gate.admit(pod, { artifacts: [{ kind: 'image', uri }] });
    const verified = async (): Promise<unknown> => {
      const { text } = await gate.call(gate.pod({ serviceAccount: 'later' }), 'POST', '/v1/verify-receipt', { receipt, artifact: { kind: 'image', uri } });
      const { valid, code } = JSON.parse(text) as { valid: boolean; code?: string };
      return code ?? valid;
    };
    expect(await verified()).toBe(true);
    const file = join(gate.server.policyFolder, 'tightened.yaml');
    writeFileSync(file, document('ClusterArtifactPolicy', 'tightened', { artifacts: [{ image: `${gate.registry.host}/acme/*` }], require: signedByBob }));
    await until(async () => (await verified()) !== true);
    expect(await verified()).toBe('VERIFY_SIGNER_UNTRUSTED');
    // The twin: others that hold as well.
    writeFileSync(file, document('ClusterArtifactPolicy', 'tightened', { artifacts: [{ image: `${gate.registry.host}/acme/*` }], require: [{ name: 'again', signature: { by: ['alice'] } }] }));
    await until(async () => (await verified()) === true);
    rmSync(file);
  });
});

describe('callers in no namespace: a policy that selects namespaces by labels neither speaks nor is passed over', () => {
  const asked = async (team: string): Promise<string> => {
    const digest = `sha256:${'c'.repeat(64)}`;
    const question = { artifacts: [{ kind: 'blob', name: 'selected:a', digest, evidence: byBob(digest) }] };
    const token = jobs.sign({ aud: 'gatehouse', sub: 'job', team });
    return (await gate.server.gate('POST', '/v1/admit', question, { authorization: `Bearer ${token}` })).text;
  };

  test('callers in no namespace: undetermined, and the answer says what to write', async () => {
    const answer = JSON.parse(await asked('placeless')) as { decision: string; artifacts: { findings: { code: string; fix: string }[] }[] };
    expect(answer.decision).toBe('undetermined');
    expect(answer.artifacts[0]?.findings).toEqual([expect.objectContaining({ code: 'SELECT_LABELS_UNKNOWN', fix: expect.stringContaining('gate.callers') as string })]);
  });

  test('callers in no namespace: the twin with one is judged by it', async () => {
    expect(JSON.parse(await asked('placed'))).toMatchObject({ decision: 'admit', receipt: expect.any(String) as string });
  });
});
