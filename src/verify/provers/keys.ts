/** Trusted keys are tried until one verifies; when none does, the most telling reason is given. */
import type { TrustedKey, TrustMaterial } from '../../domain/evidence.ts';
import type { ProvenSigner } from '../../domain/policy/identity.ts';
import { hintedFirst, isNamedBy, keyIdOfHint } from './key-hint.ts';
import { keyCost, LIMITS } from '../limits.ts';
import { loggedKey } from './logged-key.ts';
import { clip } from '../problem.ts';
import type { Problem } from '../problem.ts';
import type { ProofTools, Proven, Signed } from '../proof.ts';
import type { SignedContent } from './signed.ts';

/** What trying trusted keys or roots on one signature came to. */
export interface Attempt {
  readonly proven: readonly Proven[];
  readonly problems: readonly Problem[];
  /** True when the job's budget ran out first. */
  readonly partial: boolean;
}

/** Reasons that only say "not with this key"; any other reason means that the signature verified and something else did not. */
const NOT_THIS_KEY: ReadonlySet<string> = new Set(['VERIFY_SIGNATURE_INVALID', 'VERIFY_ALGORITHM']);

/** What may be tried on a signature beside the keys that its hint names: asked at most once for each signature. */
export type Further = () => boolean;

const ALWAYS: Further = () => true;

/**
 * Tries the trusted keys on one signature, those that `hint` names first, and stops at the key that verifies. The others are
 * tried if `further` says so: of several signatures only a few may be tried with every key.
 * A key trusted with several roots gives one proof per root, because each root proves its own log and time.
 *
 * At most `LIMITS.keysPerSignature` keys are tried (VERIFY_LIMIT). Without a proof there is exactly one reason:
 * broken (the hint names a trusted key), by somebody else, or what failed after a trusted key had verified.
 */
export function proveByKeys(signed: Signed, hint: string, trust: TrustMaterial, tools: ProofTools, further: Further = ALWAYS): Attempt {
  if (trust.keys.length === 0) return failed(keyedButKeyless(hint, trust));
  const proven: Proven[] = [];
  const failures: Failure[] = [];
  let verifiedWith: string | undefined;
  let tried = 0;
  let beyond: boolean | undefined;
  for (const key of hintedFirst(trust.keys, hint)) {
    if (verifiedWith !== undefined && key.keyId !== verifiedWith) continue;
    const content = signedBy(key, signed.content, hint);
    if (content === undefined) continue;
    if (!isNamedBy(key, hint) && !(beyond ??= further())) break;
    tried += 1;
    if (tried > LIMITS.keysPerSignature) break;
    if (!tools.takeAttempt(keyCost(content, key))) return { proven, problems: [attemptsExhausted()], partial: true };
    const result = tools.proveKey({ ...signed, content }, key, rootOf(key, trust));
    if (result.ok || !NOT_THIS_KEY.has(result.problem.code)) verifiedWith = key.keyId;
    if (result.ok) proven.push(provenBy(key, result));
    else failures.push({ key, problem: result.problem });
  }
  if (proven.length > 0) return { proven, problems: [], partial: false };
  if (tried === 0 && beyond === false) return failed(tooManyUnnamed());
  const foreign = foreignSigner({ signed, hint, trust }, tools);
  return failed(tried > LIMITS.keysPerSignature ? tooManyKeys(trust) : whyNot(failures, hint, foreign));
}

/**
 * What this key would have signed: the content as it is, or for a key that a policy pins for bare payloads the payload
 * alone, if the envelope names the key as the policy does; `undefined` when the key is not meant (DSSE's encoding
 * protects against reading one sort of document as another, so nobody else may go without it).
 */
function signedBy({ barePayloadKeyId, openPgp, securityKey }: TrustedKey, content: SignedContent, hint: string): SignedContent | undefined {
  if (openPgp !== undefined || securityKey !== undefined) return undefined;
  if (barePayloadKeyId === undefined) return content;
  return content.envelope === undefined || hint !== barePayloadKeyId ? undefined : { ...content, message: content.envelope.payload };
}

function provenBy(key: TrustedKey, { signer, times, logEntries, unlisted }: Proven): Proven {
  return { signer: signerOf(key, signer), times, logEntries, ...(unlisted === undefined ? {} : { unlisted }) };
}

function signerOf({ barePayloadKeyId }: TrustedKey, signer: ProvenSigner): ProvenSigner {
  return barePayloadKeyId === undefined || signer.kind !== 'key' ? signer : { ...signer, barePayloadKeyId };
}

interface Failure {
  readonly key: TrustedKey;
  readonly problem: Problem;
}

function failed(problem: Problem): Attempt {
  return { proven: [], problems: [problem], partial: false };
}

function rootOf(key: TrustedKey, trust: TrustMaterial): TrustMaterial['roots'][number] | undefined {
  return key.rootId === undefined ? undefined : trust.roots.find((root) => root.id === key.rootId);
}

function whyNot(failures: readonly Failure[], hint: string, foreign: () => Problem): Problem {
  const further = failures.find(({ problem }) => !NOT_THIS_KEY.has(problem.code));
  if (further !== undefined) return further.problem;
  const broken = failures.find(({ key }) => isNamedBy(key, hint));
  if (broken !== undefined) return { found: `a signature that key ${broken.key.keyId} did not make over this content`, ...broken.problem };
  const [first] = failures;
  if (first !== undefined && failures.every(({ problem }) => problem.code === 'VERIFY_ALGORITHM')) return first.problem;
  return foreign();
}

/** Made only when needed: naming the key that did sign costs one more verification. */
function foreignSigner(
  question: { readonly signed: Signed; readonly hint: string; readonly trust: TrustMaterial },
  tools: ProofTools,
): () => Problem {
  return () => ({
    code: 'VERIFY_SIGNER_UNTRUSTED',
    found: loggedKey(question.signed, tools) ?? hintText(question.hint) ?? 'a key that is not trusted',
    expected: keyList(question.trust),
  });
}

function keyedButKeyless(hint: string, trust: TrustMaterial): Problem {
  const key = hintText(hint);
  return {
    code: 'VERIFY_SIGNER_UNTRUSTED',
    found: key === undefined ? 'a signature by a key, without certificate' : `a signature by ${key}, without certificate`,
    expected:
      trust.roots.length === 0
        ? 'a trusted signer'
        : `a keyless signature, with a certificate under ${trust.roots.map((root) => root.name).join(', ')}`,
  };
}

function hintText(hint: string): string | undefined {
  return hint === '' ? undefined : `key ${keyIdOfHint(hint) ?? clip(hint, 128)}`;
}

/** The trusted keys, for a message. */
export function keyList(trust: TrustMaterial): string {
  const ids = [...new Set(trust.keys.map(({ keyId, openPgp }) => (openPgp === undefined ? keyId : `${openPgp.fingerprint} (OpenPGP)`)))];
  return ids.length > 3 ? `key ${ids.slice(0, 3).join(', ')} or one of ${ids.length - 3} more` : `key ${ids.join(' or ')}`;
}

function tooManyKeys(trust: TrustMaterial): Problem {
  return {
    code: 'VERIFY_LIMIT',
    found: `${trust.keys.length} trusted keys`,
    expected: `at most ${LIMITS.keysPerSignature} keys to try on one signature`,
  };
}

/** Signatures that are not tried any more. */
export function tooManyUnnamed(): Problem {
  return {
    code: 'VERIFY_LIMIT',
    found: 'more signatures that name no trusted key, or one a second time, than are tried',
    expected: `at most ${LIMITS.unnamedSignatures} of them in one envelope`,
  };
}

/** No attempt is left in this job. */
export function attemptsExhausted(): Problem {
  return {
    code: 'VERIFY_LIMIT',
    found: 'more keys and signatures than can be tried',
    expected: `evidence that takes at most ${LIMITS.attemptsPerJob} attempts for one artifact`,
  };
}
