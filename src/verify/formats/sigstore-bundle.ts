/** A bundle is bound to the artifact first, then proven by its certificate or by trusted keys. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { digestAlgorithm, digestHex } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import { isRevision } from '../../domain/artifact/revision.ts';
import { readBoundStatement, proofsOf } from '../statement/bound.ts';
import type { Binding } from '../statement/bound.ts';
import { parseBundle } from './bundle.ts';
import type { BundleContent, SigstoreBundle } from './bundle.ts';
import { trustThatLists } from './carried-roots.ts';
import { pae } from '../../pki/signatures/pae.ts';
import type { Parsed, Problem } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools, Signed } from '../proof.ts';
import { proveByCertificate } from '../provers/certificate.ts';
import { proveByKeys } from '../provers/keys.ts';
import type { SignedContent } from '../provers/signed.ts';
import { messageMismatch } from '../statement/subject.ts';

/**
 * Verifies a Sigstore bundle: a message signature over the artifact's digest, or a DSSE statement about it.
 *
 * `evidence.message` is the artifact itself where somebody had its bytes: some algorithms, Ed25519 among them, cannot be verified
 * from a digest alone. Whether it hashes to the artifact's digest is asked before any signature over it is verified.
 */
export function verifySigstoreBundle(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const bundle = parseBundle(evidence.bytes, { chains: job.trust.roots.some(isOwn) });
  if (!bundle.ok) return disproved(bundle.problem);
  const bound = bind(bundle.value.content, job, evidence.message);
  if (!bound.ok) return disproved(bound.problem);
  const binding: Binding = { evidence, artifact: job.artifact.digest, ...bound.value.about };
  return proofsOf(binding, [
    prove(bundle.value, { content: bound.value.content, dating: bundle.value.dating, bundle: evidence.bytes }, job, tools),
  ]);
}

/** A root of one's own authorities, of whichever kind. */
function isOwn({ kind }: TrustRoot): boolean {
  return kind !== 'sigstore';
}

interface Bound {
  readonly content: SignedContent;
  readonly about: Pick<Binding, 'statement' | 'mismatch'>;
}

function bind(content: BundleContent, { artifact, trust }: VerificationJob, message: Uint8Array | undefined): Parsed<Bound> {
  if (content.kind === 'message')
    return isRevision(artifact.digest) ? { ok: false, problem: NO_STATEMENT } : bindMessage(content, artifact.digest, message);
  const statement = readBoundStatement(content.envelope, artifact, trust.relatedTypes);
  if (!statement.ok) return statement;
  const { envelope } = content;
  const [signature] = envelope.signatures;
  return {
    ok: true,
    value: {
      // parseBundle admits envelopes with exactly one signature.
      content: { signature: signature?.sig ?? new Uint8Array(), message: pae(envelope.payloadType, envelope.payload), envelope },
      about: statement.value,
    },
  };
}

/** A signature over bytes says nothing about a commit. */
const NO_STATEMENT: Problem = {
  code: 'VERIFY_SUBJECT_MISMATCH',
  found: 'a signature over bytes',
  expected: 'a statement about the commit',
};

function bindMessage(
  content: Extract<BundleContent, { kind: 'message' }>,
  artifact: Digest,
  message: Uint8Array | undefined,
): Parsed<Bound> {
  const mismatch = content.digest === undefined ? undefined : messageMismatch(content.digest, artifact, message);
  if (mismatch !== undefined) return { ok: false, problem: mismatch };
  const messageDigest = { algorithm: digestAlgorithm(artifact), hex: digestHex(artifact) };
  return {
    ok: true,
    value: { content: { signature: content.signature, messageDigest, ...(message === undefined ? {} : { message }) }, about: {} },
  };
}

function prove(bundle: SigstoreBundle, signed: Signed, job: VerificationJob, tools: ProofTools): ReturnType<typeof proveByKeys> {
  if (bundle.material.kind === 'certificate') {
    const { der, between, own, carriedRoots } = bundle.material;
    const asked = own === true ? { ...job.trust, roots: job.trust.roots.filter(isOwn) } : job.trust;
    const trust = trustThatLists(carriedRoots, asked, tools);
    const content = between.length === 0 ? signed.content : { ...signed.content, between };
    return trust.ok
      ? proveByCertificate({ ...signed, content }, der, trust.value, tools)
      : { proven: [], problems: [trust.problem], partial: false };
  }
  const keyid = signed.content.envelope?.signatures[0]?.keyid ?? '';
  return proveByKeys(signed, bundle.material.hint === '' ? keyid : bundle.material.hint, job.trust, tools);
}
