import type { Artifact } from '../../src/domain/artifact/artifact.ts';
import { reason } from '../../src/domain/decision/reasons.ts';
import { evaluate } from '../../src/evaluate/index.ts';
import { compilePolicies } from '../../src/policy/index.ts';
import { mergeTrust } from '../../src/select/select.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { toOutcome } from '../../src/verify/verified.ts';
import type { Expected, Question } from './recipe.ts';

const trust = createTrustReader();

/** What Gatehouse answers: the code of the one finding, and whether it admits. */
export interface Answer {
  readonly code: Expected;
  readonly admitted: boolean;
  /** For the message of a failing test. */
  readonly why: string;
}

/** Asks Gatehouse as the server does, without network and threads: policies, selection, verification, evaluation. */
export async function askGatehouse(question: Question): Promise<Answer> {
  const text = question.documents.map((document) => JSON.stringify(document)).join('\n---\n');
  const { set, problems } = compilePolicies([{ path: 'conformance-plus.yaml', text }], { trust });
  if (set === undefined) return { code: 'refused when loaded', admitted: false, why: problems.map(({ path, message }) => `${path}: ${message}`).join('; ') };
  const about = question.artifact ?? { kind: 'image', name: IMAGE };
  const policies = set.candidates(about);
  const artifact: Artifact = { ...about, usage: 'container', path: 'spec.containers[0].image', raw: about.name, digest: question.digest, resolvedFromTag: false };
  const raw = await runVerificationJob({ artifact, evidence: [question.evidence, ...(question.beside ?? [])], trust: mergeTrust(policies), now: question.now });
  const outcomes = raw.map((one) => toOutcome(one, one.source));
  const [policy] = policies;
  const [requirement] = policy?.requirements ?? [];
  if (policy === undefined || requirement === undefined) throw new Error('the documents have no policy for the image');
  const finding = evaluate(requirement, {
    artifact, policy, now: question.now, proofs: outcomes.flatMap((one) => one.verified), related: outcomes.flatMap((one) => one.related ?? []), problems: outcomes.flatMap((one) => one.problems),
  });
  const why = [finding.cause, ...(finding.found ?? []), ...(finding.evidence ?? []).map((note) => `${note.code} ${note.text}`)].filter((one) => one !== undefined).join('; ');
  return { code: finding.code, admitted: reason(finding.code).verdict === 'satisfied', why };
}

/** The repository of commits that are asked about. */
export const COMMITTED = 'https://git.example/acme/app';

/** The image that every question is about, but for those about commits. */
export const IMAGE = 'registry.example/acme/app';
