/** Another verifier's summary, compared point by point: who, about what, with which result and levels. */
import type { VsaRequirement } from '../domain/policy/build-requirement.ts';
import type { Artifact } from '../domain/artifact/artifact.ts';
import type { Statement } from '../domain/evidence.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { isObject } from '../text/json/fields.ts';
import { PREDICATE_FAMILIES } from '../domain/policy/predicate-types.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { judgeContent } from './content/content.ts';
import type { Attested } from './content/content.ts';
import { unreadable } from './content/mismatch.ts';
import type { Mismatch } from './content/mismatch.ts';
import { createReader } from './content/predicate-reader.ts';
import { gateOf } from './content/receipt-of-gate.ts';
import type { DigestSet, ReadProblem, Stated, StatedObject } from './content/predicate-reader.ts';
import type { Question } from './question.ts';
import { namesArtifact } from './content/resource-uri.ts';
import { stretchText, timeText } from './vouched/time.ts';

const TYPES: ReadonlySet<string> = new Set(PREDICATE_FAMILIES.vsa);
const V1 = 'https://slsa.dev/verification_summary/v1';
const CLOCK_SKEW = 300_000;
/** A level of a track, with its number: `SLSA_BUILD_LEVEL_3`. Properties such as `SLSA_BUILD_REPRODUCED` have none. */
const TRACK_LEVEL = /^(SLSA_[A-Z][A-Z_]*_LEVEL_)(\d)$/;

/** A verification summary, the signer's word in one shape for both versions. */
interface Summary {
  readonly verifier: Stated<string>;
  readonly timeVerified?: Stated<number>;
  readonly resourceUri: Stated<string>;
  readonly policyUri?: Stated<string>;
  readonly policyDigests: DigestSet;
  readonly result: Stated<string>;
  readonly levels: readonly string[];
  readonly levelsPath: string;
}

/**
 * Judges a `vsa` requirement: a trusted verifier says that this artifact passed (slsa.dev verification_summary, "How to
 * verify"). Signature and subject are verified already; compared here are verifier, resource, result, levels, policy, age.
 */
export function judgeVsa(requirement: VsaRequirement, question: Question): Finding {
  const check = (proof: Attested): readonly Mismatch[] => {
    const gate = gateOf(proof.statement);
    if (gate !== undefined) return [mismatch('POLICY_RECEIPT_PURPOSE', 'verifier id', 'predicate.verifier.id', 'one that is no gate', gate)];
    const { summary, problems } = readSummary(proof.statement);
    return summary === undefined ? problems.map(unreadable) : checkSummary(summary, requirement, question);
  };
  const statedAt = (statement: Statement): number | undefined => readSummary(statement).summary?.timeVerified?.value;
  return judgeContent(requirement, { wanted: 'vsa', isRelevant: (type) => TYPES.has(type), check, statedAt }, question);
}

function readSummary({ predicateType, predicate }: Statement): { readonly summary?: Summary; readonly problems: readonly ReadProblem[] } {
  if (!isObject(predicate)) return { problems: [{ path: 'predicate', found: 'no object', expected: 'an object' }] };
  const reader = createReader();
  const root: StatedObject = { value: predicate, path: 'predicate' };
  const v1 = predicateType === V1;
  const policy = reader.object(root, 'policy');
  const timeVerified = reader.time(root, v1 ? 'timeVerified' : 'time_verified');
  const policyUri = reader.text(policy, 'uri');
  const levels = v1 ? reader.list(root, 'verifiedLevels').map((level) => level.value) : [reader.text(root, 'policy_level')?.value];
  const summary: Summary = {
    verifier: reader.needed(reader.object(root, 'verifier'), 'id'),
    ...(timeVerified === undefined ? {} : { timeVerified }),
    resourceUri: reader.needed(root, v1 ? 'resourceUri' : 'resource_uri'),
    ...(policyUri === undefined ? {} : { policyUri }),
    policyDigests: reader.digests(policy, 'digest'),
    result: reader.needed(root, v1 ? 'verificationResult' : 'verification_result'),
    levels: levels.filter((level) => typeof level === 'string'),
    levelsPath: v1 ? 'predicate.verifiedLevels' : 'predicate.policy_level',
  };
  return reader.problems.length === 0 ? { summary, problems: [] } : { problems: reader.problems };
}

function checkSummary(summary: Summary, requirement: VsaRequirement, question: Question): readonly Mismatch[] {
  return [
    ...checkResult(summary),
    ...checkVerifier(summary, requirement),
    ...checkResource(summary, requirement, question.artifact),
    ...checkPolicy(summary, requirement),
    ...requirement.levels
      .filter((level) => !hasLevel(summary.levels, level))
      .map((level) => mismatch('POLICY_VSA_LEVEL', 'verified level', summary.levelsPath, level, summary.levels.join(', ') || 'none')),
    ...checkTime(summary, requirement, question.now),
  ];
}

function mismatch(code: ReasonCode, claim: string, path: string, expected: string, found: string): Mismatch {
  return { code, claim, path, expected, found };
}

function checkResult({ result }: Summary): readonly Mismatch[] {
  return result.value === 'PASSED' ? [] : [mismatch('POLICY_VSA_RESULT', 'verification result', result.path, 'PASSED', result.value)];
}

function checkVerifier({ verifier }: Summary, requirement: VsaRequirement): readonly Mismatch[] {
  const expected = requirement.verifier;
  return expected === undefined || expected.test(verifier.value)
    ? []
    : [mismatch('POLICY_VSA_SCOPE', 'verifier id', verifier.path, expected.source, verifier.value)];
}

/** A summary about another resource is no summary about this one, even when the bytes are the same: its policy was another's. */
function checkResource({ resourceUri }: Summary, { resource }: VsaRequirement, artifact: Artifact): readonly Mismatch[] {
  const same = resource === undefined ? namesArtifact(resourceUri.value, artifact) : resource.test(resourceUri.value);
  return same ? [] : [mismatch('POLICY_VSA_SCOPE', 'resource uri', resourceUri.path, resource?.source ?? artifact.name, resourceUri.value)];
}

function checkPolicy({ policyUri, policyDigests }: Summary, { policy }: VsaRequirement): readonly Mismatch[] {
  if (policy === undefined) return [];
  const { uri, digest } = policy;
  const [algorithm = '', hex = ''] = digest?.split(':') ?? [];
  const found = policyDigests.get(algorithm);
  return [
    ...(uri === undefined || (policyUri !== undefined && uri.test(policyUri.value))
      ? []
      : [mismatch('POLICY_VSA_SCOPE', 'policy uri', policyUri?.path ?? 'predicate.policy', uri.source, policyUri?.value ?? 'nothing')]),
    ...(digest === undefined || found === hex
      ? []
      : [
          mismatch(
            'POLICY_VSA_SCOPE',
            'policy digest',
            'predicate.policy.digest',
            digest,
            found === undefined ? 'nothing' : `${algorithm}:${found}`,
          ),
        ]),
  ];
}

/** The proven signing time is compared elsewhere; the time of the verification may be long before it. */
function checkTime({ timeVerified }: Summary, { maxAge }: VsaRequirement, now: number): readonly Mismatch[] {
  if (timeVerified === undefined) return [];
  const { value, path } = timeVerified;
  if (value > now + CLOCK_SKEW)
    return [mismatch('POLICY_PREDICATE', 'time of verification', path, 'not after the decision', timeText(value))];
  if (maxAge === undefined || now - value <= maxAge) return [];
  return [mismatch('POLICY_TOO_OLD', 'time of verification', path, `at most ${stretchText(maxAge)} ago`, timeText(value))];
}

/**
 * True when the verified levels contain the wanted one, or a higher one of the same track, which implies it. Anything
 * else than a numbered level is compared exactly; `…_LEVEL_UNEVALUATED` implies nothing (SLSA verification_summary, "SlsaResult").
 */
export function hasLevel(verified: readonly string[], wanted: string): boolean {
  const [, track, number] = TRACK_LEVEL.exec(wanted) ?? [];
  if (track === undefined || number === undefined) return verified.includes(wanted);
  return verified.some((level) => {
    const [, sameTrack, higher = ''] = TRACK_LEVEL.exec(level) ?? [];
    return sameTrack === track && higher >= number;
  });
}
