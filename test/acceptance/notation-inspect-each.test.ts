/** `gatehouse inspect` of an image that several have signed with Notation: each is named ready to paste, and whoever looks like him is not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ranCommandLine } from '../support/command-line.ts';
import type { Ran } from '../support/command-line.ts';
import { extendedKeyUsage, keyUsage } from '../world/extensions.ts';
import { descriptorOf, makeImage } from '../world/image.ts';
import type { Pushable } from '../world/image.ts';
import { makeNotary, notarySign, notationReferrer } from '../world/notation.ts';
import type { Notary, NotarySigning } from '../world/notation.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import type { Name } from '../world/x509.ts';

const now = Date.now();
const named = (...names: string[]): Name => [['C', 'US'], ['ST', 'WA'], ...names.map((one): Name[number] => [one.slice(0, one.indexOf('=')) as 'O', one.slice(one.indexOf('=') + 1)])];
const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-notation-each-'));
let registry: TestRegistry;
let count = 0;

/** A signer, and somebody below the same root who is like him but for one thing. */
interface Row {
  readonly title: string;
  readonly notary: Notary;
  readonly alike: Notary;
  readonly signing?: Partial<NotarySigning>;
  readonly store?: 'ca' | 'signingAuthority';
}

const below = (subject: Name, more: Partial<Parameters<typeof makeNotary>[0]> = {}): Notary => makeNotary({ now, subject, ...more });
const ROWS: readonly Row[] = [
  { title: 'a plain name', notary: below(named('O=Acme', 'CN=release')), alike: below(named('O=Acme', 'CN=releases')) },
  { title: 'a name with everything that is written otherwise', notary: below(named('O=Acme, "Inc." + <x>;', 'CN=#re=lease\\ ')), alike: below(named('O=Acme, "Inc." + <x>;', 'CN=#re=lease\\')) },
  { title: 'COSE', notary: below(named('O=Acme', 'CN=release')), alike: below(named('O=Acme', 'CN=r\u0435lease')), signing: { format: 'notation-cose' } },
  {
    title: 'a certificate without usages', notary: below(named('O=Acme', 'CN=a'), { leafExtensions: [keyUsage(['digitalSignature'])] }),
    alike: below(named('O=Acme', 'OU=a', 'CN=a'), { leafExtensions: [keyUsage(['digitalSignature'])] }),
  },
  {
    title: 'a usage of one\'s own', notary: below(named('O=Acme', 'CN=a'), { leafExtensions: [keyUsage(['digitalSignature']), extendedKeyUsage(['1.2.3.4'])] }),
    alike: below(named('O=Acme', 'CN=a'), { leafExtensions: [keyUsage(['digitalSignature'])] }),
  },
  { title: 'a certificate that signed itself', notary: below(named('O=Acme', 'CN=a'), { between: -1 }), alike: below(named('O=Acme', 'CN=b'), { between: -1 }) },
  {
    title: 'a signing authority', notary: below(named('O=Acme', 'CN=a')), alike: below(named('O=Acme', 'CN=b')), store: 'signingAuthority',
    signing: { scheme: 'notary.x509.signingAuthority' },
  },
];

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

/** An image with these signatures. */
async function signedBy(...signers: readonly (readonly [Notary, Partial<NotarySigning>])[]): Promise<string> {
  const image: Pushable = makeImage({ seed: `each ${count += 1}` });
  await push(registry, 'acme/app', image, [`v${count}`]);
  for (const [notary, signing] of signers)
    await pushReferrer(registry, 'acme/app', notationReferrer({
      subject: image, envelope: notarySign({ notary, target: descriptorOf(image), at: now - 60_000, ...signing }), format: signing.format ?? 'notation-jws',
    }));
  return `${registry.host}/acme/app@${image.digest}`;
}

function files(name: string, content: string): string {
  const path = join(folder, `${count}-${name}.yaml`);
  writeFileSync(path, content);
  return path;
}

/** Runs the command line, once more where a busy machine had no time to verify. */
async function asked(...args: readonly string[]): Promise<Ran> {
  let ran = await ranCommandLine(...args);
  for (let tries = 1; tries < 6 && ran.stdout.includes('ENGINE_DEADLINE'); tries += 1) ran = await ranCommandLine(...args);
  return ran;
}

/** What is printed, enforced. */
function pastedFrom(stdout: string): string {
  return files('pasted', stdout.slice(stdout.indexOf('# Accepts')).replace('mode: warn', 'mode: enforce'));
}

const known = (root: string, store: string): readonly [roots: string, bare: string] => {
  const bare = document('TrustRoot', 'stores', { notation: { [store]: root } });
  return [bare + document('Signer', 'somebody', { identities: [{ x509: { subjectGlob: '**', trustRoot: 'stores' } }] })
    + document('ClusterArtifactPolicy', 'known', { artifacts: [{ image: '**' }], mode: 'audit', require: [{ name: 'signed', signature: { by: ['somebody'] } }] }), bare];
};
const verified = async (reference: string, ...policies: readonly string[]): Promise<readonly [number, string]> => {
  const { code, stdout } = await asked('verify', reference, ...policies.flatMap((one) => ['-p', one]), '--plain-http', registry.host);
  return [code, stdout];
};

describe('inspect names who signed with Notation, so that what it prints admits what he signs and nothing else', () => {
  test.each(ROWS.map((row) => [row.title, row] as const))('%s', { timeout: 300_000 }, async (_, { notary, alike, signing = {}, store = 'ca' }) => {
    const reference = await signedBy([notary, signing]);
    const [roots, bare] = known(`${notary.root.pem}${alike.root.pem}`, store);
    const { code, stdout, stderr } = await asked('inspect', reference, '-p', files('roots', roots), '--plain-http', registry.host);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    const pasted = pastedFrom(stdout);
    const root = files('root', bare);
    expect(await verified(reference, pasted, root)).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
    const [refused, told] = await verified(await signedBy([alike, signing]), pasted, root);
    expect([refused, told]).toEqual([1, expect.stringContaining('VERIFY_SIGNER_UNTRUSTED')]);
    // What is pasted is said of the image: the signer is as good for the next one.
    expect(await verified(await signedBy([notary, signing]), pasted, root)).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
  });

  test('two of them are two signers, of whom either suffices', { timeout: 300_000 }, async () => {
    const [a, b] = [below(named('O=Acme', 'CN=a')), below(named('O=Acme', 'CN=b'))];
    const reference = await signedBy([a, {}], [b, { format: 'notation-cose' }]);
    const [roots, bare] = known(`${a.root.pem}${b.root.pem}`, 'ca');
    const { stdout } = await asked('inspect', reference, '-p', files('roots', roots), '--plain-http', registry.host);
    expect(stdout.match(/(?<=subject: "C=US, ST=WA, O=Acme, CN=).(?=")/g)?.toSorted()).toEqual(['a', 'b']);
    const both = [pastedFrom(stdout), files('root', bare)] as const;
    expect((await verified(reference, ...both))[0]).toBe(0);
    expect((await verified(await signedBy([b, {}]), ...both))[0]).toBe(0);
    expect((await verified(await signedBy([below(named('O=Acme', 'CN=c')), {}]), ...both))[0]).toBe(1);
  });
});
