import type { EncryptionRequirement } from '../../domain/policy/examined-requirement.ts';
import type { LayoutRequirement } from '../../domain/policy/layout-requirement.ts';
import { familyOf, PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import type { PredicateFamily } from '../../domain/policy/predicate-types.ts';
import type { AnyOfRequirement, AttestationRequirement, Requirement, Signer } from '../../domain/policy/requirement.ts';
import type { ArtifactPattern } from '../match/artifact-pattern.ts';
import type { DraftPolicy } from '../compile/policy.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';
import { didYouMean } from '../read/suggest.ts';

type Vouched = Exclude<Requirement, AnyOfRequirement | EncryptionRequirement | LayoutRequirement>;

/** Advice about one policy. */
export function lintPolicy({ policy, patterns, report }: DraftPolicy): void {
  for (const [index, pattern] of patterns.entries()) {
    lintPattern(pattern, ['spec', 'artifacts', index, pattern.kind], report);
    if (pattern.source === '**' && policy.mode === 'enforce' && policy.kind === 'ClusterArtifactPolicy' && policy.namespaces === undefined)
      report.warn(
        ['spec', 'artifacts', index, pattern.kind],
        `gates every ${pattern.kind} of every namespace in mode enforce, system images too; add namespaces, or begin with mode: audit`,
      );
  }
  lintDuplicates(patterns.map(({ kind, source }) => `${kind} ${source}`), ['spec', 'artifacts'], report);
  lintRequirements(policy.requirements, ['spec', 'require'], { report, patterns });
}

function lintPattern(pattern: ArtifactPattern, path: Path, report: Reporter): void {
  if (pattern.kind !== 'image' || pattern.image.everything) return;
  const last = pattern.image.labels.at(-1);
  if (last?.wild === true)
    report.warn(
      path,
      `the last label of the host ${JSON.stringify(pattern.image.host)} is a wildcard, so hosts of strangers match; write the domain out`,
    );
}

interface Context {
  readonly report: Reporter;
  readonly patterns: readonly ArtifactPattern[];
}

function lintRequirements(requirements: readonly Requirement[], path: Path, context: Context): void {
  lintDuplicates(requirements.map(signature), path, context.report);
  for (const [index, requirement] of requirements.entries()) {
    const at = [...path, index];
    if (requirement.kind === 'encryption') lintEncryption(requirements, at, context.report);
    else if (requirement.kind === 'layout') lintLayout(requirement, [...at, 'layout'], context.report);
    else if (requirement.kind !== 'anyOf')
      lintVouched(requirement, [...at, requirement.kind === 'examined' ? requirement.written : requirement.kind], context);
    else {
      if (requirement.of.length === 1) context.report.warn([...at, 'anyOf'], 'has a single alternative; write it without anyOf', 'key');
      lintRequirements(requirement.of, [...at, 'anyOf'], context);
    }
  }
}

/** What a requirement demands, without its name. */
function signature(requirement: Requirement): string {
  if (requirement.kind === 'anyOf') return `anyOf ${requirement.of.map(signature).toSorted().join(' | ')}`;
  if (requirement.kind === 'encryption') return JSON.stringify([requirement.recipients, [...requirement.plainLayers]]);
  if (requirement.kind === 'layout')
    return JSON.stringify(
      requirement.form === 'signed'
        ? [requirement.layoutId, [...requirement.parameters], requirement.product]
        : requirement.steps.map(({ by, ...step }) => [by.map((signer) => signer.name), step]),
    );
  const { name: _, by, ...demands } = requirement;
  return JSON.stringify([by.map((signer) => signer.name).toSorted(), demands]);
}

function lintDuplicates(texts: readonly string[], path: Path, report: Reporter): void {
  const seen = new Map<string, number>();
  for (const [index, text] of texts.entries()) {
    const earlier = seen.get(text);
    if (earlier !== undefined) report.warn([...path, index], `demands nothing that entry ${earlier} of this list does not; remove one`);
    else seen.set(text, index);
  }
}

function lintVouched(requirement: Vouched, path: Path, { report, patterns }: Context): void {
  if (requirement.kind === 'provenance') lintProvenance(requirement, path, report);
  const type = exactType(requirement);
  if (type !== undefined && !/^[a-z][a-z0-9+.-]*:/i.test(type))
    report.warn(
      [...path, 'type'],
      `${JSON.stringify(type)} is no URI and no short name; predicate types are compared exactly, for example "https://slsa.dev/provenance/v1"${didYouMean(type, Object.keys(PREDICATE_FAMILIES))}`,
    );
  if (requirement.kind === 'attestation') lintOutcome(requirement, path, report);
  if (requirement.threshold > 1) lintSharedKeys(requirement, path, report);
  for (const [index, signer] of requirement.by.entries())
    lintSignerUse(signer, requirement, { path: [...path, 'by', index], report, patterns });
}

/** Statements that say how something ended, and the requirement that reads them. */
const OUTCOMES: ReadonlyMap<PredicateFamily | undefined, string> = new Map([
  ['vsa', 'vsa'],
  ['test-result', 'testResult'],
  ['human-review', 'codeReview'],
]);

function lintOutcome({ type, types }: AttestationRequirement, path: Path, report: Reporter): void {
  const written = OUTCOMES.get(familyOf(types?.[0] ?? type));
  if (written !== undefined)
    report.warn([...path, 'type'], `accepts the statement whatever it says, a failure too; write ${written}, which reads it, or add where`);
}

/** The one predicate type that an attestation asks for; `undefined` when it asks for a family by its short name. */
function exactType(requirement: Vouched): string | undefined {
  if (requirement.kind === 'attestation') return requirement.types === undefined ? requirement.type : undefined;
  return requirement.kind === 'examined' && requirement.written === 'attestation' && requirement.types.has(requirement.wanted)
    ? requirement.wanted
    : undefined;
}

/** Manifests say for whom they are encrypted, and anybody can write a manifest. */
function lintEncryption(requirements: readonly Requirement[], path: Path, report: Reporter): void {
  if (requirements.every(({ kind }) => kind === 'encryption'))
    report.warn(
      [...path, 'encryption'],
      'names recipients, but nobody who must sign: anybody could have built the image; add a signature requirement',
      'key',
    );
}

/** Without rules and hand-over, steps are only several attestations. */
function lintLayout(requirement: LayoutRequirement, path: Path, report: Reporter): void {
  if (requirement.form === 'signed') return;
  const bound =
    requirement.chained ||
    requirement.sameRun ||
    requirement.steps.some((step) => step.expectedMaterials.length + step.expectedProducts.length > 0);
  if (!bound) report.warn(path, 'has steps that nothing holds together; write rules, or leave out chained: false', 'key');
}

/** What a builder of that name or level makes anybody's workflow into, unless the policy also says from which source. */
function lintProvenance(
  { builder, source, level, profile, hermetic, complete }: Extract<Vouched, { kind: 'provenance' }>,
  path: Path,
  report: Reporter,
): void {
  const flagged = hermetic !== undefined ? 'hermetic' : complete !== undefined ? 'complete' : undefined;
  if (flagged !== undefined && profile === undefined)
    report.warn(
      [...path, flagged],
      'is believed only of platforms that are known to set it; write profile: buildkit or slsa-github-generator',
      'key',
    );
  if (builder === undefined && source === undefined)
    report.warn(path, 'compares neither source nor builder, so it accepts whatever its signers build; write source.uri and builder', 'key');
  if (level === 3 && builder === undefined && profile === undefined)
    report.warn(path, 'demands level 3 of any builder; any workflow of another repository reaches it, so name the builder', 'key');
  if (source !== undefined && source.uri === undefined)
    report.warn([...path, 'source'], 'compares the ref of any repository; write uri', 'key');
}

/** Thresholds count distinct keys: two signers who share one can never both count. */
function lintSharedKeys({ by }: Vouched, path: Path, report: Reporter): void {
  const owners = new Map<string, string>();
  for (const [index, signer] of by.entries()) {
    for (const identity of signer.identities) {
      if (identity.kind !== 'key') continue;
      const owner = owners.get(identity.keyId);
      if (owner !== undefined && owner !== signer.name)
        report.warn(
          [...path, 'by', index],
          `${signer.name} has a key in common with ${owner}; the threshold counts distinct keys, so the two count once`,
        );
      owners.set(identity.keyId, signer.name);
    }
  }
}

function lintSignerUse(signer: Signer, requirement: Vouched, { path, report, patterns }: Context & { readonly path: Path }): void {
  const undatable = signer.identities.some((identity) => identity.kind === 'key' && identity.trustRoot === undefined);
  if (requirement.maxAge !== undefined && undatable)
    report.warn(
      path,
      `maxAge needs a provable signing time, but a key of ${signer.name} names no trustRoot whose logs or timestamps could prove it; its signatures will never be young enough`,
    );
  const { mayCertify } = signer;
  if (mayCertify === undefined) return;
  const outside = patterns.find(
    (pattern) => isLiteral(pattern) && !mayCertify.some((bound) => bound.test({ kind: pattern.kind, name: literalName(pattern) })),
  );
  if (outside !== undefined)
    report.warn(
      path,
      `${signer.name} may not certify ${JSON.stringify(outside.source)}: its mayCertify does not cover it, so its signatures do not count here`,
    );
}

function isLiteral(pattern: ArtifactPattern): boolean {
  return !pattern.source.includes('*');
}

function literalName(pattern: ArtifactPattern): string {
  if (pattern.kind !== 'image' || pattern.image.everything) return pattern.source;
  return `${pattern.image.host}/${pattern.image.path.map((segment) => (typeof segment === 'string' ? segment : segment.source)).join('/')}`;
}
