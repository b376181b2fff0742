import { X509Certificate } from 'node:crypto';
import { sha256Hex } from '../../../world/encode.ts';
import { rowsAt } from './row.ts';
import type { More, Row } from './row.ts';
import { KEYLESS, trusting } from './signer-rows.ts';
import { DIGEST, doc, iso, keyed, keys, MINUTE, NOW, OTHER, signs, WORKFLOW } from './world.ts';

/** Rows of `revocations`, which a Signer and a RevocationList have alike: the base revokes something else, the row what is there. */
const EVIDENCE = signs({ by: WORKFLOW });
const { verificationMaterial: material } = JSON.parse(Buffer.from(EVIDENCE.bytes).toString()) as {
  readonly verificationMaterial: {
    readonly certificate: { readonly rawBytes: string };
    readonly tlogEntries: readonly { readonly logIndex: string; readonly canonicalizedBody: string; readonly logId: { readonly keyId: string } }[];
  };
};
const certificate = Buffer.from(material.certificate.rawBytes, 'base64');
const serial = new X509Certificate(certificate).serialNumber;
const [entry] = material.tlogEntries;
const logIndex = { logId: Buffer.from(entry?.logId.keyId ?? '', 'base64').toString('hex'), index: entry?.logIndex ?? '' };
const leafHash = sha256Hex(Buffer.concat([Uint8Array.of(0), Buffer.from(entry?.canonicalizedBody ?? '', 'base64')]));
const OTHER_HASH = `sha256:${'0'.repeat(64)}`;

const BY_WORKFLOW = trusting({ keyless: KEYLESS }, { evidence: [EVIDENCE] });
const BY_KEY = trusting(keyed(keys.alice), { evidence: [signs()] });
const LIST = doc('RevocationList', 'incidents', {});

const bases = [
  ['Signer', BY_WORKFLOW, BY_KEY],
  [
    'RevocationList',
    { ...BY_WORKFLOW, documents: [...BY_WORKFLOW.documents, LIST] },
    { ...BY_KEY, documents: [...BY_KEY.documents, LIST] },
  ],
] as const;

export const revocationRows: readonly Row[] = bases.flatMap(([kind, byWorkflow, byKey]) => {
  const make = rowsAt(kind, byWorkflow, 'spec.revocations.0');
  const key = rowsAt(kind, byKey, 'spec.revocations.0');
  const of = (thing: object): More => ({ base: { 'spec.revocations.0': { ...thing, reason: 'laptop lost' } } });
  const revoked = (thing: object): More => ({ ...of(thing), from: 'POLICY_REVOKED' });
  const person = (issuer: object, subject: object): More => of({ identity: { ...issuer, ...subject } });
  const [issuer, subject] = [{ issuer: WORKFLOW.issuer }, { subject: WORKFLOW.san as string }];
  return [
    key('key', keys.alice.keyId, 'POLICY_REVOKED', of({ key: OTHER_HASH })),
    make('certificate.fingerprint', `sha256:${sha256Hex(certificate)}`, 'POLICY_REVOKED', of({ certificate: { fingerprint: OTHER_HASH } })),
    make('certificate.serial', serial, 'POLICY_REVOKED', of({ certificate: { serial: '01' } })),
    make('certificate.trustRoot', 'elsewhere', 'POLICY_SATISFIED', revoked({ certificate: { serial } })),
    make('identity.issuer', WORKFLOW.issuer, 'POLICY_REVOKED', person({ issuer: 'https://other.example' }, subject)),
    make('identity.issuerRegExp', 'https://token\\..*', 'POLICY_REVOKED', person({ issuerRegExp: 'https://other\\..*' }, subject)),
    make('identity.subject', WORKFLOW.san, 'POLICY_REVOKED', person(issuer, { subject: 'https://github.com/acme/other' })),
    make(
      'identity.subjectGlob',
      'https://github.com/acme/app/**',
      'POLICY_REVOKED',
      person(issuer, { subjectGlob: 'https://github.com/acme/other/**' }),
    ),
    make(
      'identity.subjectRegExp',
      'https://github\\.com/acme/app/.*',
      'POLICY_REVOKED',
      person(issuer, { subjectRegExp: 'https://github\\.com/acme/other/.*' }),
    ),
    make('logIndex.logId', logIndex.logId, 'POLICY_REVOKED', of({ logIndex: { ...logIndex, logId: '0'.repeat(64) } })),
    make('logIndex.index', logIndex.index, 'POLICY_REVOKED', of({ logIndex: { ...logIndex, index: 1 } })),
    make('logEntry', leafHash, 'POLICY_REVOKED', of({ logEntry: '0'.repeat(64) })),
    make('digest', DIGEST, 'POLICY_REVOKED', of({ digest: OTHER })),
    make('receipt', 'mine', { lint: /expected the id of a receipt/ }, {
      ...of({ receipt: '01JDXYZ0000000000000000000' }),
      why: 'receipts are no evidence of artifacts: test/acceptance/receipts.test.ts revokes one',
    }),
    make('reason', 'found on the internet', 'POLICY_REVOKED', {
      ...revoked({ digest: DIGEST }),
      says: /found on the internet/,
      why: 'a reason is for readers',
    }),
    key('compromisedAt', iso(NOW - MINUTE), 'POLICY_SATISFIED', revoked({ key: keys.alice.keyId })),
  ];
});
