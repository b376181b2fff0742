import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { bundleBytes } from '../../../world/bundle.ts';

import { bundleEvidence, layerEvidence } from '../../../world/domain.ts';
import { makeSigned } from '../../../world/evidence.ts';
import { createOwnPki, envelopeByHolders, signedByHolder } from '../../../world/own-pki.ts';
import { makeList, points } from '../../../world/revocation.ts';
import { cosignSignStatement, makeStatement } from '../../../world/statement.ts';
import { feedScene } from '../../feeds/certificates/support.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, DIGEST, doc, HOUR, NOW, world } from '../../policy/every-field/world.ts';

/** However the evidence is written, its certificate is asked about; and each trust root asks for itself. */
const LIST = 'http://crl.acme.example/signing.crl';
const TYPE = 'https://acme.example/checked';
const SERIAL = Buffer.from('4711', 'hex');
const pki = createOwnPki(NOW);
const holder = pki.issue({ serial: SERIAL, extensions: [points([LIST])] });
const [GOOD, REVOKED, OPEN] = ['admit POLICY_SATISFIED', 'deny POLICY_REVOKED', 'deny VERIFY_REVOCATION_UNKNOWN'];

const bundle = (version: '0.2' | '0.3') => (): UnverifiedEvidence => {
  const made = makeSigned(world, { statement: cosignSignStatement(DIGEST) }, { key: holder.key });
  const certificates = [holder, pki.intermediate].map(({ certificate }) => ({ rawBytes: certificate.der.toString('base64') }));
  return bundleEvidence(bundleBytes(made, { version, map: (one) => ({ ...one, verificationMaterial: { tlogEntries: [], x509CertificateChain: { certificates } } }) }));
};
const envelope = (form: 'witness' | 'in-toto') => (): UnverifiedEvidence => {
  const bytes = envelopeByHolders(makeStatement(DIGEST, { predicateType: TYPE, predicate: {} }), [{ by: holder, chain: [pki.intermediate], form }]);
  return { format: 'cosign-dsse', source: 'referrer', bytes, digest: createHash('sha256').update(bytes).digest('hex'), annotations: {} };
};
const SIGNATURE = { signature: { by: ['tested'] } };
const ATTESTATION = { attestation: { type: TYPE, by: ['tested'] } };
const FORMATS: readonly (readonly [string, () => UnverifiedEvidence, object])[] = [
  ['annotations of a signature', () => layerEvidence(signedByHolder(DIGEST, holder, [pki.intermediate])), SIGNATURE],
  ['a bundle of version 0.2', bundle('0.2'), SIGNATURE], ['a bundle of version 0.3', bundle('0.3'), SIGNATURE],
  ['an envelope of Witness', envelope('witness'), ATTESTATION], ['an envelope with the certificate beside its signature', envelope('in-toto'), ATTESTATION],
];

/** How trust roots of the same authority ask, by name, and by which of them the signer is known. */
async function verdict(evidence: UnverifiedEvidence, demand: object, roots: Readonly<Record<string, object | undefined>>, revoked: boolean | undefined, by: readonly string[] = Object.keys(roots)): Promise<string> {
  const scene = feedScene(NOW);
  if (revoked !== undefined) scene.published.set(LIST, makeList(pki.intermediate, { thisUpdate: NOW - HOUR, revoked: [{ serial: revoked ? SERIAL : 1, at: NOW - DAY }] }));
  const documents = [
    ...Object.entries(roots).map(([name, revocation]) => doc('TrustRoot', name, { x509: { certificates: pki.root.certificate.pem, ...(revocation === undefined ? {} : { revocation }) } })),
    doc('Signer', 'tested', { identities: by.map((trustRoot) => ({ x509: { trustRoot, subjectIncludes: 'O=Acme' } })) }),
  ];
  const asked = demanding(demand as never, { evidence: [evidence], certificates: scene.feed });
  const ask = async (): Promise<string> => (await judge({ ...asked, documents: [...documents, ...asked.documents] })).verdict;
  await ask();
  await scene.pass(0);
  const said = await ask();
  scene.feed.close();
  return said;
}

describe.each(FORMATS)('%s', (_, make, demand) => {
  test.each<[string, boolean | undefined, string]>([
    ['hard', false, GOOD], ['hard', true, REVOKED], ['hard', undefined, OPEN],
    ['soft', false, GOOD], ['soft', true, REVOKED], ['soft', undefined, GOOD],
    ['off', true, GOOD], ['off', undefined, GOOD],
  ])('%s, revoked: %s', async (mode, revoked, expected) => {
    expect(await verdict(make(), demand, { own: { mode } }, revoked)).toBe(expected);
  });
});

describe('two trust roots of the same authority', () => {
  const roots = { hard: { mode: 'hard' }, soft: { mode: 'soft' }, off: undefined };
  test.each<[readonly ('hard' | 'soft' | 'off')[], boolean | undefined, string]>([
    [['hard'], undefined, OPEN], [['soft'], undefined, GOOD], [['hard', 'soft'], undefined, GOOD], [['off'], undefined, GOOD],
    [['hard'], true, REVOKED], [['soft'], true, REVOKED], [['hard', 'soft'], true, REVOKED], [['off'], true, GOOD], [['hard'], false, GOOD],
  ])('a signer known by %j, revoked: %s', async (by, revoked, expected) => {
    const [[, make, demand]] = FORMATS as [typeof FORMATS[number]];
    expect(await verdict(make(), demand, roots, revoked, by)).toBe(expected);
  });
});
