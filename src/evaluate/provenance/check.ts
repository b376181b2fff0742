/** Provenance is compared with the policy claim by claim, after the builder with its signer. */
import type { DependencyExpectation, ProvenanceRequirement, SourceExpectation } from '../../domain/policy/build-requirement.ts';
import type { ProvenSigner } from '../../domain/policy/identity.ts';
import type { ReasonCode } from '../../domain/decision/reasons.ts';
import { namesWorkflow } from '../../domain/artifact/workflow.ts';
import type { TextMatcher } from '../../domain/policy/requirement.ts';
import type { Stated } from '../content/predicate-reader.ts';
import { stretchText, timeText } from '../vouched/time.ts';
import { commitOf, isPinned } from './dependencies.ts';
import type { Mismatch } from '../content/mismatch.ts';
import { checkFlags } from './flags.ts';
import type { Dependency, Provenance, Source } from './model.ts';
import { checkParameters } from './parameters.ts';
import { checkSourceIds } from './source-ids.ts';
import { assessBuilder, namesBuilder as saysWho } from './profiles/index.ts';

/** What provenance is compared with: the policy's expectations, who signed, and the present. */
export interface Comparison {
  readonly requirement: ProvenanceRequirement;
  readonly signer: ProvenSigner;
  readonly provenance: Provenance;
  /** A signer who counts is one workflow by name, and no pattern over many. */
  readonly namesSigner: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The claims of a build are later than this many milliseconds after now: a clock that is off, or a lie. */
const CLOCK_SKEW = 300_000;

/** Every claim that is not as the policy expects it, or that the signer may not make; the gravest first. Empty: all hold. */
export function checkProvenance(comparison: Comparison): readonly Mismatch[] {
  const { requirement, signer, provenance, namesSigner } = comparison;
  const namesBuilder = requirement.builder !== undefined && namesWorkflow(requirement.builder);
  const assessment = assessBuilder(signer, provenance, requirement.profile, { namesBuilder, namesSigner });
  const { level = 1 } = requirement;
  return [
    ...(saysWho(provenance)
      ? [...assessment.mismatches, ...compare('POLICY_PROVENANCE_BUILDER', 'builder id', requirement.builder, provenance.builderId)]
      : wanting(requirement, assessment.mismatches)),
    ...(assessment.level >= level
      ? []
      : [
          {
            code: 'POLICY_PROVENANCE_LEVEL' as const,
            claim: 'build level',
            path: provenance.builderId.path,
            expected: `at least ${level}`,
            found: `${assessment.level}: ${assessment.because}`,
          },
        ]),
    ...(requirement.source === undefined ? [] : checkSources(requirement.source, provenance)),
    ...(requirement.source === undefined ? [] : checkSourceIds(requirement.source, signer, provenance)),
    ...compare('POLICY_PROVENANCE_BUILD', 'build type', requirement.buildType, provenance.buildType),
    ...compare('POLICY_PROVENANCE_BUILD', 'entry point', requirement.entryPoint, provenance.entryPoint),
    ...compare('POLICY_PROVENANCE_BUILD', 'invocation id', requirement.invocation, provenance.invocationId),
    ...checkParameters(requirement.parameters ?? [], requirement.otherParameters ?? 'allow', provenance),
    ...(requirement.dependencies === undefined ? [] : checkDependencies(requirement.dependencies, provenance)),
    ...checkFlags(requirement, provenance, assessment),
    ...checkTimes(comparison),
  ];
}

/** Where nobody is named, the builder that the policy names is told as what was expected. */
function wanting({ builder }: ProvenanceRequirement, mismatches: readonly Mismatch[]): readonly Mismatch[] {
  return builder === undefined ? mismatches : mismatches.map((mismatch) => ({ ...mismatch, expected: builder.source }));
}

function compare(
  code: ReasonCode,
  claim: string,
  expected: TextMatcher | undefined,
  found: Stated<string> | undefined,
): readonly Mismatch[] {
  if (expected === undefined) return [];
  if (found === undefined) return [{ code, claim, path: 'predicate', expected: expected.source, found: 'nothing' }];
  return expected.test(found.value) ? [] : [{ code, claim, path: found.path, expected: expected.source, found: found.value }];
}

/** All sources must be as expected: a build from two repositories is not a build from one of them. */
function checkSources(expected: SourceExpectation, { sources }: Provenance): readonly Mismatch[] {
  if (sources.length > 0) return sources.flatMap((source) => checkSource(expected, source));
  const wanted = expected.uri?.source ?? expected.ref?.source ?? expected.digest ?? 'a source';
  return [{ code: 'POLICY_PROVENANCE_SOURCE', claim: 'source', path: 'predicate', expected: wanted, found: 'nothing' }];
}

function checkSource({ uri, ref, digest }: SourceExpectation, source: Source): readonly Mismatch[] {
  const problem = (claim: string, path: string, expected: string, found: string): Mismatch => ({
    code: 'POLICY_PROVENANCE_SOURCE',
    claim,
    path,
    expected,
    found,
  });
  const commit = commitOf(source.digests);
  return [
    ...(uri === undefined || (source.repository !== undefined && uri.test(source.repository))
      ? []
      : [problem('source uri', source.uri.path, uri.source, source.uri.value)]),
    ...(ref === undefined || (source.ref !== undefined && ref.test(source.ref.value))
      ? []
      : [problem('source ref', source.ref?.path ?? source.uri.path, ref.source, source.ref?.value ?? 'nothing')]),
    ...(digest === undefined || digest === commit ? [] : [problem('source commit', source.uri.path, digest, commit ?? 'nothing')]),
  ];
}

/** An empty list fails: a builder that names no dependencies has not said that there are none. */
function checkDependencies(expected: DependencyExpectation, { dependencies }: Provenance): readonly Mismatch[] {
  if (dependencies.length === 0)
    return [{ code: 'POLICY_PROVENANCE_DEPENDENCY', claim: 'dependencies', path: 'predicate', expected: 'dependencies', found: 'none' }];
  return dependencies.flatMap((dependency) => checkDependency(expected, dependency));
}

function checkDependency({ pinned, allowed, except }: DependencyExpectation, dependency: Dependency): readonly Mismatch[] {
  const { uri, path } = dependency;
  const problem = (expected: string): Mismatch => ({
    code: 'POLICY_PROVENANCE_DEPENDENCY',
    claim: 'dependency',
    path,
    expected,
    found: uri === '' ? dependency.name || 'a dependency without a name' : uri,
  });
  const excused = except?.some((pattern) => pattern.test(uri)) === true;
  return [
    ...(!pinned || excused || isPinned(dependency) ? [] : [problem('a dependency with a digest')]),
    ...(allowed === undefined || allowed.some((pattern) => pattern.test(uri))
      ? []
      : [problem(allowed.map((pattern) => pattern.source).join(' or '))]),
  ];
}

/** Signing an old build again does not make it young; a build cannot end after today or before it began. */
function checkTimes({ requirement: { maxAge }, provenance: { startedOn, finishedOn }, now }: Comparison): readonly Mismatch[] {
  const problem = (code: ReasonCode, { value, path }: Stated<number>, claim: string, expected: string): Mismatch => ({
    code,
    claim,
    path,
    expected,
    found: timeText(value),
  });
  const latest = finishedOn ?? startedOn;
  if (latest === undefined) return [];
  if (latest.value > now + CLOCK_SKEW) return [problem('POLICY_PREDICATE', latest, 'build time', 'not after the decision')];
  if (startedOn !== undefined && startedOn.value > latest.value)
    return [problem('POLICY_PREDICATE', startedOn, 'start of the build', `not after its end ${timeText(latest.value)}`)];
  if (maxAge === undefined || now - latest.value <= maxAge) return [];
  return [problem('POLICY_TOO_OLD', latest, 'build time', `at most ${stretchText(maxAge)} ago`)];
}
