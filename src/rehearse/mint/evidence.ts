/** Evidence as a test describes it, signed by the stand-ins of its world: the verifier meets real signatures over real bytes. */
import { isRevision } from '../../domain/artifact/revision.ts';
import type { Revision } from '../../domain/artifact/revision.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { WorldEvidence } from '../read/evidence-schema.ts';
import { keyBundle, keylessBundle } from '../world/bundle.ts';
import { base64, digestOf, sha256Hex } from '../world/encode.ts';
import type { Overrides, Proofs } from '../world/evidence.ts';
import { COSIGN_SIGN_TYPE, makeStatement, slsaProvenanceV1, spdxDocument, subjectOf, vulnScan } from '../world/statement.ts';
import type { InTotoStatement, Predicate, Subject } from '../world/statement.ts';
import { flipped } from './flipped.ts';
import type { IssuedHolder } from './holders.ts';
import type { Issue } from './issuing.ts';
import type { SigningParty } from './signers.ts';
import type { RootWorld } from './stand-ins.ts';

/** What is signed, and when. */
export interface About {
  readonly digest: Digest | Revision;
  /** Epoch milliseconds; unless the evidence says otherwise. */
  readonly at: number;
  /** Where it is found, for messages. */
  readonly source: string;
  /** The bytes that have this digest, where the test has made them up. */
  readonly content: Uint8Array | undefined;
  readonly issue: Issue;
}

/** One piece of evidence, as if fetched: a Sigstore bundle. */
export function mintEvidence(evidence: WorldEvidence, { by, root, hash }: SigningParty, about: About): UnverifiedEvidence {
  const at = evidence.at ?? about.at;
  const statement = statementOf(evidence, about.digest, at);
  const log = evidence.log ?? (root.hasLogs ? 'v1' : 'none');
  const override: Overrides = {
    ...(hash === undefined ? {} : { sign: { hash } }),
    ...(evidence.broken === 'tampered' ? { signature: flipped } : {}),
    ...(root.hasCtLogs ? {} : { certificate: { ctLogs: [] } }),
  };
  if ('holder' in by) {
    const holder = about.issue(by, at);
    return byHolder(holder, { world: root.world, statement, proofs: { at, log, tsa: root.isStamped, override }, source: about.source });
  }
  const isKeyless = 'identity' in by;
  // Rekor v2 tells no time, and a certificate without any proven time proves nothing.
  const tsa = root.isStamped || log === 'v2' || (isKeyless && log === 'none' && !root.hasLogs);
  const proofs: Proofs = { at, log, tsa, override };
  const bytes = isKeyless
    ? keylessBundle(root.world, { identity: by.identity, statement, ...proofs })
    : keyBundle(root.world, { key: by.key, statement, ...proofs });
  return { format: 'sigstore-bundle', source: about.source, bytes, digest: `sha256:${sha256Hex(bytes)}` };
}

interface ToSign extends Pick<RootWorld, 'world'> {
  readonly statement: InTotoStatement;
  readonly proofs: Proofs;
  readonly source: string;
}

/** As cosign 3 writes it with a certificate and a chain of one's own. */
function byHolder({ key, certificate, chain }: IssuedHolder, { world, statement, proofs, source }: ToSign): UnverifiedEvidence {
  const override = { ...proofs.override, useCertificate: certificate, signingKey: key };
  const certificates = [certificate, ...chain].map(({ der }) => ({ rawBytes: base64(der) }));
  const bytes = keylessBundle(world, {
    identity: { san: '', issuer: '' }, statement, ...proofs, override,
    map: ({ verificationMaterial: { certificate: _, ...material }, ...bundle }) =>
      ({ ...bundle, verificationMaterial: { ...material, x509CertificateChain: { certificates } } }),
  });
  return { format: 'sigstore-bundle', source, bytes, digest: `sha256:${sha256Hex(bytes)}` };
}

function statementOf(evidence: WorldEvidence, artifact: Digest | Revision, at: number): InTotoStatement {
  const { subject, broken, signature } = evidence;
  const digest = broken === 'otherArtifact' ? digestOf(`another than ${artifact}`) : artifact;
  const own: Subject = isRevision(digest) ? { digest: { gitCommit: digest.slice('gitCommit:'.length) } } : subjectOf(digest);
  const annotations = { ...signature?.annotations, ...subject?.annotations };
  const about: Subject = {
    ...(subject?.name === undefined ? {} : { name: subject.name }),
    digest: subject?.digest ?? own.digest,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return makeStatement([about], predicateOf(evidence, at));
}

function predicateOf({ attestation, provenance, sbom, scan }: WorldEvidence, at: number): Predicate {
  if (attestation !== undefined) return { predicateType: attestation.predicateType, predicate: attestation.predicate ?? {} };
  if (provenance !== undefined) return slsaProvenanceV1(defined(provenance));
  if (sbom !== undefined) return spdxDocument({ at, ...(sbom.packages && { packages: sbom.packages }) });
  if (scan !== undefined) return vulnScan({ at, ...(scan.findings && { severities: scan.findings }) });
  return { predicateType: COSIGN_SIGN_TYPE, predicate: {} };
}

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** Without the members that are there and undefined, which would take the place of what is meant when they are left out. */
function defined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<Defined<T>>;
}
