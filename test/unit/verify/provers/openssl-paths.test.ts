// Of generated certification paths, openssl verify takes every one that admits an image here: `-purpose` beside `eku`, at the same moment.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seq, utf8 } from '../../../world/der.ts';
import { layerEvidence } from '../../../world/domain.ts';
import { nameConstraints } from '../../../world/extensions.ts';
import { createOwnPki, signedByHolder } from '../../../world/own-pki.ts';
import type { Holder, HolderOptions, OwnPki } from '../../../world/own-pki.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, DIGEST, doc, NOW } from '../../policy/every-field/world.ts';

/** What openssl calls the usages that it knows a purpose for; it has none for code in all versions, and asks for no usage then. */
const PURPOSES = { serverAuth: 'sslserver', clientAuth: 'sslclient', emailProtection: 'smimesign', codeSigning: 'any' } as const;
type Usage = keyof typeof PURPOSES;
const USAGES = Object.keys(PURPOSES) as Usage[];

/** Mostly as it should be, so that whole paths are often good. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 24, arbitrary: fc.constant(usual) }, ...others.map((other) => ({ weight: 1, arbitrary: fc.constant(other) })));
}

const DURING = { notBefore: NOW - 9 * DAY, notAfter: NOW + 9 * DAY };
const validity = mostly(DURING, { ...DURING, notAfter: NOW - DAY }, { ...DURING, notBefore: NOW + DAY });
const keyType = mostly<NonNullable<HolderOptions['keyType']>>('p256', 'p384', 'p521', 'ed25519', 'rsa-2048', 'rsa-1024');
const unknown = { oid: '1.2.3.4.5', value: seq(utf8('x')) };
const extensions = mostly<NonNullable<HolderOptions['extensions']>>(
  [], [unknown], [{ ...unknown, critical: true }], [nameConstraints({ permitted: [{ type: 'dns', value: 'acme.example' }] })],
);

const authority = fc.record({
  ca: mostly(true, false),
  pathLength: mostly<number | undefined>(undefined, 0, 1, 2, 3),
  keyUsages: mostly<NonNullable<HolderOptions['keyUsages']>>(['keyCertSign', 'cRLSign'], ['digitalSignature'], [], ['keyCertSign']),
  usages: mostly<readonly string[]>([], ['any'], [...USAGES], ['serverAuth'], ['clientAuth']),
  validity, keyType, extensions,
});
const leaf = fc.record({
  ca: mostly(false, true),
  keyUsages: mostly<NonNullable<HolderOptions['keyUsages']>>(['digitalSignature'], [], ['keyEncipherment'], ['digitalSignature', 'keyCertSign']),
  usages: fc.subarray(USAGES, { minLength: 0 }),
  validity, keyType, extensions,
});
const scene = fc.record({
  authorities: fc.array(authority, { minLength: 0, maxLength: 6 }),
  leaf,
  usage: fc.constantFrom(...USAGES),
  /** The leaf is for it. */
  named: mostly(true, false),
  /** Which of them is signed by somebody else of the same name, and which one does not come along. */
  forged: mostly<number | undefined>(undefined, 0, 1, 2),
  missing: mostly<number | undefined>(undefined, 0, 1, 2),
  anchor: mostly('root', 'first'),
  reversed: fc.boolean(),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

interface Made { readonly leaf: Holder; readonly between: readonly Holder[]; readonly anchors: readonly Holder[] }

function make(pki: OwnPki, { authorities, leaf: wanted, forged, missing, anchor, reversed, usage, named }: Scene): Made {
  const levels = authorities.reduce<readonly Holder[]>((above, { validity: window, pathLength, ...options }, index) => {
    const [issuer = pki.root] = above;
    const by = index === forged ? { ...issuer, key: createOwnPki(NOW).root.key } : issuer;
    const subject = [['O', 'Acme'], ['CN', `level ${index}`]] as const;
    return [pki.issue({ subject, issuer: by, ...options, ...window, ...(pathLength === undefined ? {} : { pathLength }) }), ...above];
  }, []);
  const { validity: window, usages: others, ...options } = wanted;
  const usages = [...new Set(named ? [...others, usage] : others)];
  const made = pki.issue({ issuer: levels[0] ?? pki.root, ...options, usages, ...window });
  const first = levels.at(-1);
  const between = levels.filter((_, index) => index !== missing);
  return { leaf: made, between: reversed ? between.toReversed() : between, anchors: anchor === 'first' && first !== undefined ? [first] : [pki.root] };
}

async function admits({ leaf: holder, between, anchors }: Made, usage: Usage): Promise<boolean> {
  const base = demanding({ signature: { by: ['tested'] } }, { evidence: [layerEvidence(signedByHolder(DIGEST, holder, between))] });
  const identity = { x509: { trustRoot: 'acme', subject: 'C=DE, O=Acme, CN=release', eku: [usage] } };
  const root = doc('TrustRoot', 'acme', { x509: { certificates: anchors.map(({ certificate }) => certificate.pem).join('') } });
  const { verdict } = await judge({ ...base, documents: [doc('Signer', 'tested', { identities: [identity] }), ...base.documents, root] });
  return verdict.startsWith('admit');
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-openssl-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function opensslTakes({ leaf: holder, between, anchors }: Made, usage: Usage): boolean {
  const file = (name: string, holders: readonly Holder[]): string => {
    const path = join(folder, name);
    writeFileSync(path, holders.map(({ certificate }) => certificate.pem).join(''));
    return path;
  };
  const moment = ['-attime', String(NOW / 1000), '-partial_chain', '-no-CApath', '-no-CAfile', '-no-CAstore'];
  const untrusted = between.length === 0 ? [] : ['-untrusted', file('between.pem', between)];
  const purpose = ['-purpose', PURPOSES[usage]];
  const { status, error } = spawnSync('openssl', ['verify', ...moment, ...purpose, '-trusted', file('anchors.pem', anchors), ...untrusted, file('leaf.pem', [holder])]);
  if (error !== undefined) throw error;
  return status === 0;
}

describe('of 400 generated paths', () => {
  test('openssl takes whatever is admitted', async () => {
    const pki = createOwnPki(NOW);
    const count = { both: 0, stricter: 0, neither: 0, any: 0 };
    const looser: string[] = [];
    for (const one of fc.sample(scene, { numRuns: 400, seed: 16 })) {
      const made = make(pki, one);
      const [ours, theirs] = [await admits(made, one.usage), opensslTakes(made, one.usage)];
      // OpenSSL does not know that an authority for any usage (RFC 5280, 4.2.1.12) is one for this; Go and we do.
      if (ours && !theirs && one.usage !== 'codeSigning' && one.authorities.some(({ usages }) => usages.includes('any'))) count.any += 1;
      else if (ours && !theirs) looser.push(JSON.stringify(one));
      else count[ours ? 'both' : theirs ? 'stricter' : 'neither'] += 1;
    }
    expect(looser).toEqual([]);
    process.stdout.write(`paths: ${JSON.stringify(count)}\n`);
    expect(count.both).toBeGreaterThan(40);
    expect(count.neither).toBeGreaterThan(40);
    expect(count.any).toBeLessThan(20);
  });
});
