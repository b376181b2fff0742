// Row 50: a key or a certificate given for evidence. The line says what to give, and that is accepted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ranCommandLine } from '../../support/command-line.ts';
import { keyBundle } from '../../world/bundle.ts';
import { alice, DIGEST, keySigner, NAME, policy, world } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-evidence-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const policies = file('policy.yaml', keySigner('alice', alice) + policy({ signature: { by: ['alice'] } }));
const verified = (evidence: string): ReturnType<typeof ranCommandLine> =>
  ranCommandLine('verify', `${NAME}@${DIGEST}`, '-p', policies, '--offline', '--evidence', evidence);

test.each([
  ['row 50: a public key', alice.publicKeyPem, 'a public key in PEM'],
  ['row 50: a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'a certificate in PEM'],
  ['row 50: a public key after a blank line', `\n${alice.publicKeyPem}`, 'a public key in PEM'],
])('%s is told as what it is, and with what to give', async (_, content, found) => {
  const { code, stdout } = await verified(file('cosign.pub', content));
  expect([code, stdout]).toEqual([1, expect.stringContaining('[VERIFY_FORMAT]')]);
  expect(stdout).toContain(found);
  expect(stdout).toMatch(/fix: give what signing made, not the key: .*--bundle evidence\.json; a public key belongs in a Signer/);
});

test('row 50: what signing made is accepted', async () => {
  const { code, stdout } = await verified(file('evidence.json', keyBundle(world, { key: alice, digest: DIGEST })));
  expect(code, stdout).toBe(0);
});
