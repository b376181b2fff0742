import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parseDigest } from '../../src/domain/artifact/digest.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';
import { verifyBundle } from './verify-bundle.ts';
import type { Question } from './verify-bundle.ts';

const ASSETS = sharedData('sigstore-conformance/assets/bundle-verify');
const BEACON = 'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const GITHUB = 'https://token.actions.githubusercontent.com';

interface Case {
  readonly name: string;
  readonly expected: boolean;
  readonly question: Question;
}

const cases: readonly Case[] = hasSharedData ? readdirSync(ASSETS, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => readCase(entry.name)).sort((a, b) => a.name.localeCompare(b.name)) : [];
const table: { case: string; mode: string; verdict: string; reason: string }[] = [];

function readCase(name: string): Case {
  const folder = join(ASSETS, name);
  const file = (it: string): Buffer | undefined => (existsSync(join(folder, it)) ? readFileSync(join(folder, it)) : undefined);
  const trustedRoot = file('trusted_root.json');
  const key = file('key.pub')?.toString('utf8');
  const by = key === undefined ? { identity: file('identity')?.toString('utf8').trim() ?? BEACON, issuer: file('issuer')?.toString('utf8').trim() ?? GITHUB } : { key };
  return {
    name,
    expected: !name.endsWith('_fail'),
    question: { bundle: file('bundle.sigstore.json') ?? Buffer.alloc(0), artifact: file('artifact') ?? readFileSync(join(ASSETS, 'a.txt')), by, ...(trustedRoot === undefined ? {} : { trustedRoot }) },
  };
}

function digestOf(artifact: Question['artifact']): Question['artifact'] {
  return parseDigest(`sha256:${createHash('sha256').update(artifact).digest('hex')}`) ?? artifact;
}

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('Sigstore conformance, verify-bundle', () => {
  test('all cases of the suite are here', () => expect(cases).toHaveLength(70));

  describe.each(['path', 'digest'] as const)('%s mode', (mode) => {
    test.each(cases)('$name', ({ name, expected, question }) => {
      const artifact = mode === 'digest' ? digestOf(question.artifact) : question.artifact;
      const { accepted, reason } = verifyBundle({ ...question, artifact });
      table.push({ case: name, mode, verdict: accepted === expected ? 'PASS' : 'FAIL', reason });
      expect(accepted, reason).toBe(expected);
    });
  });

  test('rekor2-timestamp-with-incorrect-time_fail fails for its time too, not only for the line breaks in its base64', () => {
    const { question } = cases.find(({ name }) => name === 'rekor2-timestamp-with-incorrect-time_fail') ?? {};
    const bundle = JSON.parse(String(question?.bundle)) as { verificationMaterial: { timestampVerificationData: { rfc3161Timestamps: { signedTimestamp: string }[] } } };
    for (const stamp of bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps) stamp.signedTimestamp = stamp.signedTimestamp.replaceAll('\n', '');
    const answer = verifyBundle({ ...(question as Question), bundle: Buffer.from(JSON.stringify(bundle)) });
    expect(answer).toMatchObject({ accepted: false, reason: expect.stringContaining('VERIFY_CERTIFICATE_EXPIRED') as string });
  });

  afterAll(() => {
    const passed = table.filter((row) => row.verdict === 'PASS').length;
    const rows = table.map((row) => `${row.verdict}  ${row.mode.padEnd(6)}  ${row.case.padEnd(58)}  ${row.reason}`);
    process.stdout.write(`${rows.join('\n')}\nconformance: ${passed} of ${table.length}\n`);
  });
});

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('the client speaks the suite\'s command line', () => {
  const client = fileURLToPath(new URL('./sigstore-client', import.meta.url));
  const run = (name: string, target: string): number | null => {
    const folder = join(ASSETS, name);
    const root = join(folder, 'trusted_root.json');
    const args = ['verify-bundle', '--bundle', join(folder, 'bundle.sigstore.json'), '--certificate-identity', BEACON, '--certificate-oidc-issuer', GITHUB];
    return spawnSync(client, [...args, ...(existsSync(root) ? ['--trusted-root', root] : []), target]).status;
  };

  test.each([
    ['happy-path-v0.3', 0],
    ['rekor2-happy-path', 0],
    ['signature-mismatch_fail', 1],
  ])('%s exits with %i', (name, code) => expect(run(name, join(ASSETS, 'a.txt'))).toBe(code));

  test('a digest stands for the artifact', () => {
    expect(run('happy-path-v0.3', String(digestOf(readFileSync(join(ASSETS, 'a.txt')))))).toBe(0);
    expect(run('happy-path-v0.3', `sha256:${'0'.repeat(64)}`)).toBe(1);
  });

  test('a wrong command line is neither yes nor no', () => expect(spawnSync(client, ['verify-bundle']).status).toBe(64));
});
