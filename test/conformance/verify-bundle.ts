import type { TrustedKey, UnverifiedEvidence, VerificationJob } from '../../src/domain/evidence.ts';
import type { SigstoreRoot } from '../../src/domain/policy/trust-root.ts';
import { parseDigest } from '../../src/domain/artifact/digest.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import { checkTrustedRoot, hashJson, publicGoodRoot, readPublicKey } from '../../src/trust/index.ts';
import { verifySigstoreBundle } from '../../src/verify/formats/sigstore-bundle.ts';
import { createTools } from '../../src/verify/job.ts';
import { createProofCore } from '../../src/verify/run.ts';
import { createHash } from 'node:crypto';

const PROOF_CORE = createProofCore();

/** One question of the conformance suite (sigstore-conformance docs/cli_protocol.md, `verify-bundle`). */
export interface Question {
  readonly bundle: Uint8Array;
  /** The artifact's bytes, or only its digest. */
  readonly artifact: Uint8Array | Digest;
  /** Content of a trusted_root.json; the public-good root otherwise. */
  readonly trustedRoot?: Uint8Array;
  readonly by: { readonly identity: string; readonly issuer: string } | { readonly key: string };
}

/** The verdict, with the reason for the table. */
export interface Answer {
  readonly accepted: boolean;
  readonly reason: string;
}

/** Answers one question with the product's parsers, core and subject binding; compares the identity exactly. */
export function verifyBundle(question: Question): Answer {
  const root = readRoot(question.trustedRoot);
  if (typeof root === 'string') return no(root);
  const key = 'key' in question.by ? readPublicKey(question.by.key) : undefined;
  if (key?.ok === false) return no(`key: ${key.problem}`);
  const message = typeof question.artifact === 'string' ? undefined : question.artifact;
  const digest = typeof question.artifact === 'string' ? question.artifact : sha256(question.artifact);
  const job = jobOf({ bytes: question.bundle, digest, ...(message === undefined ? {} : { message }) }, root, key?.key);
  const [evidence] = job.evidence;
  if (evidence === undefined) return no('no evidence');
  const judged = verifySigstoreBundle(evidence, job, createTools(PROOF_CORE, (it) => PROOF_CORE.compileRoot(it)));
  const proof = judged.proofs.find(({ signer }) => signedBy(signer, question.by));
  if (proof !== undefined) return { accepted: true, reason: 'verified' };
  const [problem] = judged.problems;
  return no(problem === undefined ? 'another signer' : `${problem.code} ${problem.cause ?? problem.found ?? ''}`);
}

function signedBy(signer: ReturnType<typeof verifySigstoreBundle>['proofs'][number]['signer'], by: Question['by']): boolean {
  if ('key' in by) return signer.kind === 'key';
  return signer.kind === 'certificate' && signer.subject.value === by.identity && signer.issuer === by.issuer;
}

function readRoot(json: Uint8Array | undefined): SigstoreRoot | string {
  if (json === undefined) return publicGoodRoot();
  const trustedRoot: unknown = JSON.parse(Buffer.from(json).toString('utf8'));
  const [problem] = checkTrustedRoot(trustedRoot);
  if (problem !== undefined) return `trusted root: ${problem.path} ${problem.message}`;
  // The client specification's defaults: one log, one SCT; a trusted time is always needed.
  return { kind: 'sigstore', name: 'given', id: hashJson(trustedRoot), trustedRoot, require: { transparencyLog: 1, sct: 1, timestamps: 0 }, secondOpinion: 'off' };
}

function jobOf({ bytes, digest, ...more }: { bytes: Uint8Array; digest: Digest; message?: Uint8Array }, root: SigstoreRoot, key: TrustedKey | undefined): VerificationJob {
  const evidence: UnverifiedEvidence = { format: 'sigstore-bundle', source: 'bundle', bytes, digest: sha256(bytes), ...more };
  const keys = key === undefined ? [] : [{ ...key, rootId: root.id }];
  return { artifact: { kind: 'blob', digest, name: 'artifact' }, evidence: [evidence], trust: { id: 'conformance', keys, roots: [root] }, now: 0 };
}

function sha256(bytes: Uint8Array): Digest {
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  if (digest === undefined) throw new Error('unreachable: a SHA-256 in hexadecimal is a digest');
  return digest;
}

function no(reason: string): Answer {
  return { accepted: false, reason };
}
