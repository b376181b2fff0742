import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { issueCertificate } from '../../world/ca.ts';
import type { Identity } from '../../world/ca.ts';
import { bundleBytes, contentOf, keylessBundle } from '../../world/bundle.ts';
import { bundleEvidence } from '../../world/domain.ts';
import { makeSigned } from '../../world/evidence.ts';
import { authorityKeyId, basicConstraints, extendedKeyUsage, keyUsage, subjectKeyId } from '../../world/extensions.ts';
import { makeKey } from '../../world/keys.ts';
import { authorityJson } from '../../world/trusted-root.ts';
import { stamp } from '../../world/tsa.ts';
import type { TimestampAuthority } from '../../world/tsa.ts';
import { makeCertificate } from '../../world/x509.ts';
import type { Certificate, Name } from '../../world/x509.ts';
import { demanding } from '../policy/every-field/row.ts';
import { KEYLESS, trusting } from '../policy/every-field/signer-rows.ts';
import { DAY, DIGEST, doc, HOUR, keyed, NOW, says, signs, WORKFLOW, world } from '../policy/every-field/world.ts';
import type { Doc } from '../policy/every-field/world.ts';
import { verdictWith } from './scenes.ts';

const GOOD = 'admit POLICY_SATISFIED';
const ISSUER = 'https://accounts.example.com';
const person = (name: string): Identity => ({ san: `${name}@acme.example`, issuer: ISSUER });

/** Two roots with the same authorities that demand different things, and a signer under each. */
const TWO_ROOTS: readonly Doc[] = [
  doc('TrustRoot', 'loose', { sigstore: { trustedRoot: world.trustedRoot(), require: { sct: 0 } } }),
  doc('TrustRoot', 'strict', { sigstore: { trustedRoot: world.trustedRoot(), require: { sct: 1 } } }),
  doc('Signer', 'staff', { identities: [{ keyless: { issuer: ISSUER, subjectRegExp: '.*@acme[.]example', trustRoot: 'loose' } }] }),
  doc('Signer', 'release', { identities: [{ keyless: { issuer: ISSUER, subjectRegExp: '(mallory|trent)@acme[.]example', trustRoot: 'strict' } }] }),
];
const both = { by: ['staff', 'release'], threshold: 2 };
const SLSA = 'https://slsa.dev/provenance/v1';
const provenance = (by: Identity): UnverifiedEvidence =>
  says(SLSA, { buildDefinition: { buildType: 't', externalParameters: {}, resolvedDependencies: [{ uri: 'git+https://github.com/acme/app', digest: { gitCommit: 'c'.repeat(40) } }] }, runDetails: { builder: { id: 'b' } } }, { by });

async function answer(requirement: object, evidence: readonly UnverifiedEvidence[], documents: readonly Doc[] = TWO_ROOTS): Promise<string> {
  const scene = demanding(requirement, { evidence });
  return verdictWith({ ...scene, documents: [...scene.documents, ...documents] });
}

describe('A3: one person counts once', () => {
  const kinds: readonly (readonly [string, object, (by: Identity) => UnverifiedEvidence, string])[] = [
    ['a threshold of signatures', { signature: both }, (by) => signs({ by }), 'deny POLICY_THRESHOLD'],
    ['a threshold of attestations', { attestation: { type: SLSA, ...both } }, provenance, 'deny POLICY_THRESHOLD'],
    ['a step of a layout', { layout: { steps: [{ name: 'build', type: SLSA, ...both }] } }, provenance, 'deny POLICY_LAYOUT_STEP'],
    ['rebuilders', { reproducible: { types: [SLSA], ...both } }, provenance, 'deny POLICY_REPRODUCIBLE'],
  ];
  test.each(kinds)('A3: %s, under two trust roots that list the same authority', async (_, requirement, by, code) => {
    const one = by(person('mallory'));
    expect(await answer(requirement, [one])).toBe(code);
    expect(await answer(requirement, [one, by(person('mallory'))])).toBe(code);
    expect(await answer(requirement, [one, by(person('trent'))])).toBe(GOOD);
  });

  test('A3: one key under two names, and bare beside a certificate', async () => {
    const key = makeKey('p256');
    const named = (identity: Identity): UnverifiedEvidence => {
      const useCertificate = issueCertificate(world.ca, { key, identity, at: NOW - HOUR, ctLog: world.ctLog });
      const made = makeSigned(world, contentOf({ digest: DIGEST }), { identity }, { log: 'v1', at: NOW - HOUR, override: { signingKey: key, useCertificate } });
      return bundleEvidence(bundleBytes(made));
    };
    const bare = bundleEvidence(bundleBytes(makeSigned(world, contentOf({ digest: DIGEST }), { key }, { log: 'v1', at: NOW - HOUR })));
    const documents = [...TWO_ROOTS, doc('Signer', 'robot', { identities: [keyed(key)] })];
    const two = { by: ['staff', 'release', 'robot'], threshold: 2 };
    expect(await answer({ signature: two }, [named(person('mallory')), named(person('trent')), bare], documents)).toBe('deny POLICY_THRESHOLD');
    expect(await answer({ signature: two }, [named(person('mallory')), signs({ by: person('trent') }), bare], documents)).toBe(GOOD);
    expect(await answer({ signature: two }, [bare, signs({ by: person('trent') })], documents)).toBe(GOOD);
  });
});

describe('A6: timestamps are counted by the authorities that the trust root lists', () => {
  /** An authority with several responders behind one address. */
  function authority(organization: string, responders: number): readonly TimestampAuthority[] {
    const [rootKey, window] = [makeKey('p384'), { notBefore: NOW - 100 * DAY, notAfter: NOW + 100 * DAY }];
    const name = (cn: string): Name => [['O', organization], ['CN', cn]];
    const above = [keyUsage(['keyCertSign']), basicConstraints(true), subjectKeyId(rootKey.spki)];
    const root = makeCertificate({ subject: name('root'), issuer: name('root'), spki: rootKey.spki, extensions: above, ...window }, rootKey);
    return Array.from({ length: responders }, (_, index) => {
      const key = makeKey('p384');
      const extensions = [keyUsage(['digitalSignature']), subjectKeyId(key.spki), authorityKeyId(rootKey.spki), extendedKeyUsage(['timeStamping'], true)];
      const signer = makeCertificate({ subject: name(`responder ${index}`), issuer: name('root'), spki: key.spki, extensions, ...window }, rootKey);
      return { key, signer, chain: [signer, root], uri: `https://${organization}` };
    });
  }
  const [one, two] = [authority('tsa-one.example', 2), authority('tsa-two.example', 1)];
  const validFor = { start: new Date(NOW - 100 * DAY).toISOString() };
  const listing = (...chains: readonly (readonly Certificate[])[]): Doc => {
    const timestampAuthorities = chains.map((chain) => authorityJson('https://tsa.example', chain, validFor));
    return doc('TrustRoot', 'world', { sigstore: { trustedRoot: { ...world.trustedRoot(), timestampAuthorities }, require: { transparencyLog: 0, timestamps: 2 } } });
  };
  const [[first, second] = [], [third] = []] = [one, two];
  const stamped = (by: readonly (TimestampAuthority | undefined)[], embedded = true): UnverifiedEvidence => {
    const bytes = keylessBundle(world, {
      digest: DIGEST, identity: WORKFLOW, log: 'none', at: NOW - HOUR,
      map: (bundle) => {
        const { signatures } = bundle['dsseEnvelope'] as { readonly signatures: readonly { readonly sig: string }[] };
        const signature = Buffer.from(signatures[0]?.sig ?? '', 'base64');
        const rfc3161Timestamps = by.flatMap((tsa) =>
          tsa === undefined ? [] : [{ signedTimestamp: stamp(tsa, signature, NOW - HOUR, embedded ? {} : { embed: [] }).toString('base64') }]);
        return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, timestampVerificationData: { rfc3161Timestamps } } };
      },
    });
    return bundleEvidence(bytes);
  };
  const ask = (root: Doc, evidence: UnverifiedEvidence): Promise<string> => {
    const { documents, ...scene } = trusting({ keyless: KEYLESS }, { evidence: [evidence] });
    return verdictWith({ ...scene, documents: documents.map((each) => (each.metadata['name'] === 'world' ? root : each)) });
  };
  const [rootOne = [], rootTwo = []] = [first?.chain.slice(1), third?.chain.slice(1)];

  test('A6: two responders of one authority are one, of two authorities two', async () => {
    const root = listing(rootOne, rootTwo);
    expect(await ask(root, stamped([first, second]))).toBe('deny VERIFY_TIMESTAMP');
    expect(await ask(root, stamped([first, first]))).toBe('deny VERIFY_TIMESTAMP');
    expect(await ask(root, stamped([first, third]))).toBe(GOOD);
  });

  test('A6: a responder that is listed by its certificate belongs to the authority that is listed beside it', async () => {
    const root = listing(first?.chain ?? [], rootOne, rootTwo);
    expect(await ask(root, stamped([first, second]))).toBe('deny VERIFY_TIMESTAMP');
    expect(await ask(root, stamped([second, third]))).toBe(GOOD);
    // Whether a token brings its certificate is nobody's word, so it makes nobody a second authority.
    const apart = listing(first?.chain ?? [], second?.chain ?? [], rootOne);
    expect(await ask(apart, stamped([first, second], false))).toBe('deny VERIFY_TIMESTAMP');
    expect(await ask(listing(first?.chain ?? [], second?.chain ?? []), stamped([first, second], false))).toBe(GOOD);
  });
});

test('A3: nobody approves what he wrote, whatever the trust root under which he is heard', async () => {
  const REVIEW = 'https://in-toto.io/attestation/human-review/v0.1';
  const review = { codeReview: { by: ['staff', 'release'], authors: ['staff', 'release'] } };
  const approval = (by: Identity): UnverifiedEvidence => says(REVIEW, { result: 'pass', timestamp: new Date(NOW - HOUR).toISOString() }, { by });
  const own = await answer(review, [signs({ by: person('mallory') }), approval(person('mallory'))]);
  expect(own).toBe('deny POLICY_REVIEW');
  // Trent is heard under names that are not Mallory's as well.
  const other = { codeReview: { by: ['trent'], authors: ['staff', 'release'] } };
  const documents = [...TWO_ROOTS, doc('Signer', 'trent', { identities: [{ keyless: { issuer: ISSUER, subject: 'trent@acme.example', trustRoot: 'strict' } }] })];
  expect(await answer(other, [signs({ by: person('mallory') }), approval(person('trent'))], documents)).toBe(GOOD);
  expect(await answer(other, [signs({ by: person('trent') }), approval(person('trent'))], documents)).toBe('deny POLICY_REVIEW');
});
