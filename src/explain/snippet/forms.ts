/** The requirements that a proof may meet, the strongest first; which of them it does meet is for the engine to say. */
import type { VerifiedEvidence } from '../../domain/evidence.ts';
import type { InspectedBuild } from '../../domain/decision/inspection.ts';
import { familyOf, HOST_REVIEW_TYPES } from '../../domain/policy/predicate-types.ts';
import { SEVERITIES } from '../../domain/policy/content-check.ts';
import { isRegistryWord } from '../../domain/policy/registry-requirement.ts';
import { own, ownList, ownText } from '../../text/json/fields.ts';
import { buildFields } from './build.ts';
import { isPlain, quote } from './quote.ts';

/** A requirement but for its signers. */
export interface Form {
  /** Begins its name: `signed`. */
  readonly word: string;
  /** Kind of requirement, as it is written. */
  readonly kind: string;
  /** Its fields as YAML. */
  readonly fields: readonly string[];
  /** Those of them that weaker forms do not have, for messages; absent where there are none. */
  readonly asks?: string;
  /** Names of signers that its fields name besides whoever states it. */
  readonly names?: readonly string[];
  /** Fields that it could have as well and nothing was found of, each with what it asks. */
  readonly more?: readonly string[];
}

/** Approvals that are tried, at most: a requirement for each number would be one for each name that somebody wrote down. */
const MOST_APPROVALS = 5;
const MOST_LEVELS = 32;
const LEVEL = /^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/;

/** A signature in the weakest form, which asks who made it alone. */
const SIGNED: Form = { word: 'signed', kind: 'signature', fields: [] };

/**
 * What may be asked for of a proof. A statement about an outcome is never asked for without its outcome. `approvers` are names of others
 * who have signed a tag of the commit.
 */
export function formsOf(proof: VerifiedEvidence, build: InspectedBuild | undefined, approvers: readonly string[] = []): readonly Form[] {
  const { statement } = proof;
  if (isRegistryWord(proof)) return [{ word: 'served', kind: 'registry', fields: [] }];
  if (proof.kind === 'signature' || statement === undefined) return [...(proof.gitObject === 'commit' ? source(approvers) : []), SIGNED];
  const { predicateType, predicate } = statement;
  const any: Form = { word: 'attested', kind: 'attestation', fields: [`type: ${quote(predicateType)}`] };
  switch (familyOf(predicateType)) {
    case 'slsa-provenance':
      return [...provenance(build, predicate), any];
    case 'spdx':
      return [...sbom('spdx'), any];
    case 'cyclonedx':
      return [...sbom('cyclonedx'), any];
    case 'cosign-vuln':
    case 'vulns':
      return [...scan(), any];
    case 'runtime-trace':
      return [...trace(), any];
    case 'test-result':
      return ladder({ word: 'tested', kind: 'testResult', fields: [] }, [[], ['accept: [PASSED, WARNED]']]);
    case 'human-review':
      return HOST_REVIEW_TYPES.includes(predicateType) ? reviews(predicate) : [passed(any, 'predicate.result == "pass"')];
    case 'vsa':
      return summary(predicate);
    default:
      return [any];
  }
}

/** A commit that is signed itself: a tag of somebody does not stand for it then. Who approves commits is seen where one is tagged. */
function source(approvers: readonly string[]): readonly Form[] {
  const base: Form = { word: 'signed', kind: 'source', fields: [] };
  const since = 'since: ["COMMIT"] (every commit since that one is signed as well, and handed over)';
  const alone = { ...base, more: ['approvedBy: [SIGNER] (another person has signed a tag that points to it)', since] };
  if (approvers.length === 0) return [alone];
  const approved = `approvedBy: [${approvers.join(', ')}]`;
  return [{ ...base, fields: [approved], asks: approved, names: approvers, more: [since] }, alone];
}

/** Most builders say nothing of networks, which is then no news. */
function provenance(build: InspectedBuild | undefined, predicate: unknown): readonly Form[] {
  const fields = build === undefined || build.builder === '' ? [] : buildFields(build);
  if (!fields.some((field) => /^(?:builder|source):/.test(field))) return [];
  const [hermetic, pinned] = ['hermetic: true', 'dependencies: {pinned: true}'];
  const walled = JSON.stringify(predicate).includes('hermetic') ? [[hermetic, pinned], [hermetic]] : [];
  return ladder({ word: 'built', kind: 'provenance', fields }, [...walled, [pinned], []]);
}

function sbom(format: string): readonly Form[] {
  return ladder({ word: 'listed', kind: 'sbom', fields: [`formats: [${format}]`] }, [['complete: true'], []]);
}

function scan(): readonly Form[] {
  const limits = SEVERITIES.toReversed().map((severity) => [`deny: ${severity}`]);
  return ladder({ word: 'scanned', kind: 'vulnerability', fields: [] }, [...limits, ['deny: critical', 'fixableOnly: true']]);
}

function trace(): readonly Form[] {
  return ladder({ word: 'traced', kind: 'runtimeTrace', fields: [] }, [['singleUse: true', 'network: []'], ['singleUse: true'], ['network: []']]);
}

function reviews(predicate: unknown): readonly Form[] {
  const named = Math.min(ownList(predicate, 'reviewers')?.length ?? 0, MOST_APPROVALS);
  const rungs = Array.from({ length: named }, (_, index) => [`approvals: ${named - index}`]);
  return ladder({ word: 'reviewed', kind: 'codeReview', fields: [] }, rungs);
}

/** A review that its author signs: who wrote what was reviewed only the policy's owner knows. */
function passed(any: Form, cel: string): Form {
  return { ...any, word: 'reviewed', fields: [...any.fields, `where: [{cel: ${quote(cel)}, message: "the review did not pass"}]`] };
}

/** Without a level there is nothing to ask a summary for. */
function summary(predicate: unknown): readonly Form[] {
  const written = [...(ownList(predicate, 'verifiedLevels') ?? []), ownText(predicate, 'policy_level')];
  const levels = [...new Set(written.filter((level): level is string => typeof level === 'string' && LEVEL.test(level)))];
  if (levels.length === 0) return [];
  const verifier = ownText(own(predicate, 'verifier'), 'id') ?? '';
  const asked = `levels: [${levels.slice(0, MOST_LEVELS).map(quote).join(', ')}]`;
  const named = isPlain(verifier) ? [[`verifier: ${quote(verifier)}`, asked]] : [];
  return ladder({ word: 'verified', kind: 'vsa', fields: [] }, [...named, [asked]]);
}

/** The same requirement with ever less behind its fields. */
function ladder(base: Form, rungs: readonly (readonly string[])[]): readonly Form[] {
  return rungs.map((more) => ({ ...base, fields: [...base.fields, ...more], ...(more.length === 0 ? {} : { asks: more.join(', ') }) }));
}
