// `gatehouse attest` asks a gate for the summary of what a run has built, and `gatehouse verify --vsa-out` issues one without a server.
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStories } from '../support/build-story.ts';
import type { Story, StoryWorld } from '../support/build-story.ts';
import { ranCommandLine } from '../support/command-line.ts';
import type { Ran } from '../support/command-line.ts';
import { attestationLayer } from '../world/cosign.ts';
import { makeStatement, slsaProvenanceV1 } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-attest-'));
let world: StoryWorld;
beforeAll(async () => {
  world = await startStories();
  writeFileSync(join(folder, 'ca.pem'), await certificateOf(world.gate.server.running.gatePort));
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

function certificateOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const pem = socket.getPeerX509Certificate()?.toString() ?? '';
      socket.destroy();
      resolve(pem);
    });
    socket.on('error', reject);
  });
}

function attesting(story: Story, ...more: string[]): Promise<Ran> {
  writeFileSync(join(folder, 'token'), `${story.publisher.token}\n`);
  return ranCommandLine(
    'attest', story.product, '--server', `https://localhost:${world.gate.server.running.gatePort}`, '--token-file', join(folder, 'token'), '--ca', join(folder, 'ca.pem'), ...more,
  );
}

describe('gatehouse attest', () => {
  test('attest: the summary is pushed and written', async () => {
    const ran = await attesting(await world.build(), '--summary', join(folder, 'vsa.json'));
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toContain('lies beside it');
    expect(JSON.parse(readFileSync(join(folder, 'vsa.json'), 'utf8'))).toHaveProperty('payload');
  });

  test('attest: provenance that is not there yet is waited for', async () => {
    const story = await world.build({ provenance: 'none' });
    const under = attesting(story);
    await story.sign();
    expect((await under).code).toBe(0);
  });

  test('attest: what never comes is undetermined, and writes nothing', async () => {
    const ran = await attesting(await world.build({ provenance: 'none' }), '--timeout', '1s', '--summary', join(folder, 'vsa.json'));
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('POLICY_PUBLISH_PENDING');
    expect(existsSync(join(folder, 'vsa.json'))).toBe(false);
  });

  test('attest: what is not due is a denial, and a reference without digest a mistake', async () => {
    const story = await world.build({ listed: false });
    const ran = await attesting(story);
    expect([ran.code, ran.stdout.includes('POLICY_PUBLISH_RESULT')]).toEqual([1, true]);
    expect((await attesting({ ...story, product: 'ghcr.io/acme/app:v1' })).code).toBe(64);
  });

  test('attest: a dry run leaves nothing', async () => {
    const ran = await attesting(await world.build(), '--dry-run', '-o', 'json');
    expect([ran.code, JSON.parse(ran.stdout)]).toMatchObject([0, { decision: 'admit', pushed: false }]);
    const yaml = await attesting(await world.build(), '--dry-run', '-o', 'yaml');
    expect([yaml.code, yaml.stdout]).toEqual([0, expect.stringMatching(/^decision: admit$/m)]);
  });
});

describe('gatehouse verify --vsa-out', () => {
  const now = Date.now();
  const signing = createWorld({ now });
  const [alice, stranger] = [signing.key(), signing.key()];
  const digest = `sha256:${'5'.repeat(64)}`;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const pair = generateKeyPairSync('ed25519');
  const key = file('own.pem', pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const signer = (name: string, pem: string): string => `apiVersion: gatehouse.dev/v1alpha1\nkind: Signer\nmetadata: {name: ${name}}\nspec: {identities: [{key: {data: ${JSON.stringify(pem)}}}]}\n---\n`;
  const policy = (name: string, mode: string, run = ''): string => file(name, `${signer('alice', alice.publicKeyPem)}${signer('own', pair.publicKey.export({ type: 'spki', format: 'pem' }).toString())}
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: built}
spec: {artifacts: [{image: "ghcr.io/acme/**"}], mode: ${mode}, require: [{name: built, provenance: {by: [alice]${run}}}]}
`);
  const provenance = (by: typeof alice): string => file('provenance.json', Buffer.from(
    attestationLayer(signing, makeStatement(digest as never, slsaProvenanceV1({ invocationId: 'run-1' })), { key: by }).bytes,
  ).toString('utf8'));
  const out = join(folder, 'offline.json');
  const verifying = (policies: string, evidence: readonly string[], ...more: string[]): Promise<Ran> =>
    ranCommandLine('verify', `ghcr.io/acme/app@${digest}`, '-p', policies, '--offline', ...evidence.flatMap((one) => ['--evidence', one]), ...more);
  const asked = ['--vsa-out', out, '--vsa-key', key, '--vsa-run', 'run-1'];

  test('vsa-out: what is admitted has a summary, by which another policy knows the run', async () => {
    expect((await verifying(policy('p.yaml', 'enforce'), [provenance(alice)], ...asked)).code).toBe(0);
    const demanding = policy('q.yaml', 'enforce', ', run: {admittedBy: [own]}');
    expect((await verifying(demanding, [provenance(alice)])).code).toBe(3);
    expect((await verifying(demanding, [provenance(alice), out])).code).toBe(0);
  });

  test.each<[string, string, typeof alice, number]>([
    ['what is denied', 'enforce', stranger, 1],
    ['what is only warned about', 'warn', stranger, 3],
    ['what a policy that only warns is satisfied with', 'warn', alice, 3],
  ])('vsa-out: %s has none', async (_, mode, by, code) => {
    writeFileSync(out, 'earlier');
    expect((await verifying(policy('p.yaml', mode), [provenance(by)], ...asked)).code).toBe(code);
    expect(existsSync(out)).toBe(false);
  });

  test('vsa-out: goes with a key that is one', async () => {
    expect((await verifying(policy('p.yaml', 'enforce'), [provenance(alice)], '--vsa-out', out)).code).toBe(64);
    expect((await verifying(policy('p.yaml', 'enforce'), [provenance(alice)], '--vsa-out', out, '--vsa-key', file('bad.pem', 'no key'))).code).toBe(64);
  });
});
