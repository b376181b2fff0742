/** `gatehouse inspect` names who signed with Notation, ready to paste: what it prints lints, and admits the image. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ranProgram } from '../support/program.ts';
import { descriptorOf, makeImage } from '../world/image.ts';
import { makeNotary, notarySign, notationReferrer } from '../world/notation.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';

const now = Date.now();
const notary = makeNotary({ now, subject: [['C', 'US'], ['ST', 'WA'], ['O', 'Acme, Inc.'], ['CN', 'release']] });
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-notation-inspect-'));
const roots = join(folder, 'roots.yaml');
const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
let registry: TestRegistry;

const gatehouse = (...args: string[]): ReturnType<typeof ranProgram> => ranProgram(folder, ...args);

beforeAll(async () => {
  registry = await startRegistry();
  writeFileSync(roots, document('TrustRoot', 'acme-notation', { notation: { ca: notary.root.pem } })
    + document('Signer', 'somebody', { identities: [{ x509: { subjectGlob: '**', trustRoot: 'acme-notation' } }] })
    + document('ClusterArtifactPolicy', 'known', { artifacts: [{ image: '**' }], mode: 'audit', require: [{ name: 'signed', signature: { by: ['somebody'] } }] }));
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

describe('a signature of Notation', () => {
  test('is shown with its signer, and the policy to paste admits the image', async () => {
    const image = makeImage({ seed: 'inspect' });
    await push(registry, 'acme/app', image, ['v1']);
    await pushReferrer(registry, 'acme/app', notationReferrer({ subject: image, envelope: notarySign({ notary, target: descriptorOf(image), at: now - 60_000 }) }));
    const reference = `${registry.host}/acme/app@${image.digest}`;
    const [code, output] = await gatehouse('inspect', reference, '-p', roots, '--plain-http', registry.host);
    expect([code, output]).toEqual([0, expect.stringMatching(/✓ signature[\s\S]*by {6}C=US, ST=WA, O=Acme\\, Inc\., CN=release \(issued by [\s\S]*under acme-notation[\s\S]*no time is proven/)]);
    const pasted = join(folder, 'pasted.yaml');
    writeFileSync(pasted, output.slice(output.indexOf('# Accepts')));
    const both = ['-p', pasted, '-p', join(folder, 'root.yaml')];
    writeFileSync(join(folder, 'root.yaml'), document('TrustRoot', 'acme-notation', { notation: { ca: notary.root.pem } }));
    expect(await gatehouse('verify', reference, ...both, '--plain-http', registry.host)).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
    const other = makeImage({ seed: 'other' });
    await push(registry, 'acme/app', other, ['v2']);
    expect((await gatehouse('verify', `${registry.host}/acme/app@${other.digest}`, ...both, '--plain-http', registry.host, '--fail-on-warn'))[0]).not.toBe(0);
  }, 60_000);

  test('without a trust root for it is told as one, with the name that it claims', async () => {
    const image = makeImage({ seed: 'unknown' });
    await push(registry, 'acme/other', image, ['v1']);
    await pushReferrer(registry, 'acme/other', notationReferrer({ subject: image, envelope: notarySign({ notary, target: descriptorOf(image), at: now - 60_000 }) }));
    const [, output] = await gatehouse('inspect', `${registry.host}/acme/other@${image.digest}`, '--plain-http', registry.host);
    expect(output).toMatch(/a signature of the Notary Project by C=US, ST=WA, O=Acme, Inc\., CN=release/);
  }, 60_000);
});
