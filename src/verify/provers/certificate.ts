/** Keyless signatures are tried under every trust root; of the refusals, those of roots that know the issuer are told. */
import type { TrustMaterial } from '../../domain/evidence.ts';
import type { TrustRoot } from '../../domain/policy/trust-root.ts';
import { certificateCost, OPINION_COST } from '../limits.ts';
import { attemptsExhausted, keyList } from './keys.ts';
import type { Attempt } from './keys.ts';
import type { Problem } from '../problem.ts';
import type { ProofResult, ProofTools, Proven, Signed } from '../proof.ts';

/**
 * Tries to prove a signature by its certificate under each trust root. Every root that succeeds gives a proof of
 * its own, since a signer names the root under which it is trusted.
 *
 * Without a proof: the reasons of the roots that know the certificate's issuer, or one reason when none does.
 */
export function proveByCertificate(signed: Signed, certificateDer: Uint8Array, trust: TrustMaterial, tools: ProofTools): Attempt {
  if (trust.roots.length === 0) return { proven: [], problems: [keylessButKeyed(certificateDer, trust, tools)], partial: false };
  const proven: Proven[] = [];
  const problems: Problem[] = [];
  for (const root of trust.roots) {
    if (!tools.takeAttempt(costUnder(root, signed))) return { proven, problems: [attemptsExhausted()], partial: true };
    const result = tools.proveCertificate(signed, certificateDer, root);
    if (result.ok) proven.push(...provenOf(result));
    else problems.push(result.problem);
  }
  return { proven, problems: proven.length > 0 ? [] : mostTelling(problems), partial: false };
}

function provenOf({ ok: _, signer, others = [], ...rest }: Extract<ProofResult, { readonly ok: true }>): readonly Proven[] {
  return [signer, ...others].map((one) => ({ ...rest, signer: one }));
}

function costUnder({ secondOpinion }: TrustRoot, { content, dating }: Signed): number {
  return certificateCost(content, dating) + (secondOpinion === 'require' ? OPINION_COST : 0);
}

/** A root that did not issue the certificate says nothing of interest while another one did. */
function mostTelling(problems: readonly Problem[]): readonly Problem[] {
  const issued = problems.filter((problem) => problem.code !== 'VERIFY_CERTIFICATE_UNTRUSTED');
  if (issued.length === 0) return problems.slice(0, 1);
  return issued.filter(
    (problem, index) => issued.findIndex((other) => other.code === problem.code && other.found === problem.found) === index,
  );
}

function keylessButKeyed(certificateDer: Uint8Array, trust: TrustMaterial, tools: ProofTools): Problem {
  const identity = tools.describeCertificate(certificateDer);
  return {
    code: 'VERIFY_SIGNER_UNTRUSTED',
    found: identity === undefined ? 'a keyless signature, with a certificate' : `a keyless signature, with a certificate of ${identity}`,
    expected: trust.keys.length === 0 ? 'a trusted signer' : `a signature by ${keyList(trust)}`,
  };
}
