import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { envelopeEvidence, judgeNotation, pemOf } from '../../../support/notation/judge.ts';
import { hasSharedData, sharedData } from '../../../support/shared.ts';
import { descriptorOf, makeImage } from '../../../world/image.ts';
import { keyFromPem } from '../../../world/keys.ts';
import { notarySign } from '../../../world/notation.ts';
import { feedScene } from '../../feeds/certificates/support.ts';
import type { FeedScene } from '../../feeds/certificates/support.ts';

/** The scenarios `crl` and `ocsp` of Notation's end-to-end tests, with their keys and certificates: from YAML and bytes to the verdict. */
const DAY = 86_400_000;
const [GOOD, REVOKED, OPEN] = ['admit POLICY_SATISFIED', 'deny POLICY_REVOKED', 'deny VERIFY_REVOCATION_UNKNOWN'];
const image = makeImage({ seed: 'revoked-data' });
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
type Scenario = 'crl' | 'ocsp';
const at = (scenario: Scenario, name: string): string => sharedData(`notation-e2e/config/${scenario}/${name}`);
const bytesOf = (pem: string): readonly Buffer[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+/g) ?? []).map((one) => Buffer.from(one.replace(/^-+[^-]+-+/, ''), 'base64'));

/** What becomes of an image that the leaf of the scenario has signed, once whoever is asked has answered. */
async function verdict(scenario: Scenario, revocation: string, now: number, publish: (scene: FeedScene) => void): Promise<string> {
  const scene = feedScene(now);
  publish(scene);
  const [root] = [pemOf(at(scenario, 'root.crt'))];
  const key = keyFromPem('rsa-2048', readFileSync(at(scenario, 'leaf.key'), 'utf8'));
  const chain = bytesOf(pemOf(at(scenario, `certchain_with_${scenario}.pem`)));
  const ask = async (): Promise<string> => {
    const bytes = notarySign({ notary: { key, chain: [], root: undefined as never }, chain, target: descriptorOf(image), at: now - DAY });
    return judgeNotation({
      root: { ca: root, revocation }, identity: { subject: 'CN=LeafCert, OU=OrgUnit, O=Organization, L=City, ST=State, C=US' },
      digest: image.digest, now, certificates: scene.feed, evidence: [envelopeEvidence('notation-jws', bytes, image.manifest)],
    });
  };
  await ask();
  await scene.pass(0);
  const answer = await ask();
  scene.feed.close();
  return answer;
}

describe.skipIf(!hasSharedData)('lists of the scenario crl', () => {
  const NOW = Date.UTC(2026, 5, 1);
  test.each<[leaf: string | undefined, intermediate: string | undefined, hard: string, soft: string]>([
    ['leaf.crl', 'intermediate.crl', GOOD, GOOD],
    ['leaf_revoked.crl', 'intermediate.crl', REVOKED, REVOKED],
    ['leaf.crl', 'intermediate_revoked.crl', REVOKED, REVOKED],
    ['leaf_expired.crl', 'intermediate.crl', OPEN, GOOD],
    [undefined, 'intermediate.crl', OPEN, GOOD],
    ['leaf.crl', undefined, OPEN, GOOD],
    // The list of another authority says nothing, whatever stands in it.
    ['intermediate_revoked.crl', 'intermediate.crl', OPEN, GOOD],
  ])('%s and %s: hard %s, soft %s', async (leaf, intermediate, hard, soft) => {
    const publish = ({ published }: FeedScene): void => {
      for (const [url, file] of [['leaf', leaf], ['intermediate', intermediate]] as const)
        if (file !== undefined) published.set(`http://localhost:10086/${url}.crl`, readFileSync(at('crl', file)));
    };
    expect(await verdict('crl', 'hard', NOW, publish)).toBe(hard);
    expect(await verdict('crl', 'soft', NOW, publish)).toBe(soft);
    expect(await verdict('crl', 'off', NOW, publish)).toBe(GOOD);
  });
});

describe.skipIf(!hasSharedData || !hasOpenssl)('answers of the scenario ocsp, by its responder', () => {
  /** openssl tells the time of the machine. */
  const NOW = Date.now();
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-ocsp-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A responder with this line about the leaf; `by`: whose certificate it has. */
  function responder(status: 'V' | 'R' | undefined, by: 'ocsp' | 'leaf' | 'root' = 'ocsp', serial?: string) {
    return (post: Uint8Array | undefined): Uint8Array => {
      const own = execFileSync('openssl', ['x509', '-in', at('ocsp', 'leaf.crt'), '-noout', '-serial'], { encoding: 'utf8' }).trim().split('=')[1] ?? '';
      const line = `${status}\t21250121012109Z\t${status === 'R' ? '250301000000Z,keyCompromise' : ''}\t${serial ?? own}\tunknown\t/CN=LeafCert\n`;
      writeFileSync(join(folder, 'index.txt'), status === undefined ? '' : line);
      writeFileSync(join(folder, 'ask.der'), post ?? '');
      execFileSync('openssl', [
        'ocsp', '-index', 'index.txt', '-CA', at('ocsp', 'root.crt'), '-rsigner', at('ocsp', `${by}.crt`), '-rkey', at('ocsp', `${by}.key`),
        '-reqin', 'ask.der', '-respout', 'answer.der', '-ndays', '1',
      ], { cwd: folder, stdio: 'pipe' });
      return readFileSync(join(folder, 'answer.der'));
    };
  }

  test.each<[string, ReturnType<typeof responder> | undefined, hard: string, soft: string, later?: number]>([
    ['good', responder('V'), GOOD, GOOD],
    ['good, by the authority itself', responder('V', 'root'), GOOD, GOOD],
    ['revoked', responder('R'), REVOKED, REVOKED],
    ['unknown', responder(undefined), OPEN, GOOD],
    ['another certificate is revoked', responder('R', 'ocsp', '4711'), OPEN, GOOD],
    ['good, by a certificate that is none of a responder', responder('V', 'leaf'), OPEN, GOOD],
    ['revoked, by a certificate that is none of a responder', responder('R', 'leaf'), OPEN, GOOD],
    ['good, two days ago', responder('V'), OPEN, GOOD, 2 * DAY],
    ['revoked, two days ago', responder('R'), REVOKED, REVOKED, 2 * DAY],
    ['nothing', undefined, OPEN, GOOD],
  ])('%s', async (_, answer, hard, soft, later = 0) => {
    const publish = ({ published }: FeedScene): void => {
      if (answer !== undefined) published.set('http://localhost:10087', answer);
    };
    expect(await verdict('ocsp', 'hard', NOW + later, publish)).toBe(hard);
    expect(await verdict('ocsp', 'soft', NOW + later, publish)).toBe(soft);
    expect(await verdict('ocsp', 'off', NOW + later, publish)).toBe(GOOD);
  });
});
