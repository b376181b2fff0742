/** What a policy expects of a build becomes matchers, and expectations that anybody's build meets are warned of. */
import type {
  DependencyExpectation,
  ParameterExpectation,
  ProvenanceRequirement,
  ReviewExpectation,
  SourceExpectation,
} from '../../../domain/policy/build-requirement.ts';
import { namesWorkflow, namesWorkflowOf } from '../../../domain/artifact/workflow.ts';
import type { Signer, TextMatcher } from '../../../domain/policy/requirement.ts';
import { compact } from '../../compile/compact.ts';
import { compileVouched, findSigners } from '../../compile/vouched.ts';
import { lintVouched, vouchedDemands } from '../../lint/vouched.ts';
import type { Advice, RequirementPart, Site } from '../kind.ts';
import { PARAMETER_ABSENT, provenanceField } from './schema.ts';
import type { ProvenanceField } from './schema.ts';

/** `provenance`: the artifact was built as the policy expects it. */
export const provenancePart: RequirementPart<'provenance', ProvenanceField> = {
  schema: () => provenanceField,
  compile: compileProvenance,
  demands: vouchedDemands,
  lint(requirement, advice) {
    lintProvenance(requirement, advice);
    lintVouched(requirement, advice);
  },
};

function compileProvenance(written: ProvenanceField, site: Site): ProvenanceRequirement | undefined {
  return compileVouched(written, site, (base) => {
    const { profile, builder, buildType, entryPoint, otherParameters, invocation, run, hermetic, isolated, complete, level } = written;
    const { source, parameters, dependencies } = written;
    const at = [...site.path, 'source', 'reviewed', 'by'];
    const reviewers = source?.reviewed === undefined ? [] : findSigners(source.reviewed.by, at, site);
    const admitting = run === undefined || run === 'admitted' ? [] : findSigners(run.admittedBy, [...site.path, 'run', 'admittedBy'], site);
    if (reviewers === undefined || admitting === undefined) return undefined;
    return {
      kind: 'provenance',
      ...base,
      ...compact({ profile, builder, buildType, entryPoint, otherParameters, invocation, hermetic, isolated, complete, level }),
      ...(run === undefined ? {} : { run: run === 'admitted' ? {} : { admittedBy: admitting } }),
      ...(source === undefined ? {} : { source: compileSource(source, reviewers) }),
      ...(parameters === undefined ? {} : { parameters: compileParameters(parameters) }),
      ...(dependencies === undefined ? {} : { dependencies: compileDependencies(dependencies) }),
    };
  });
}

function compileSource(
  { uri, ref, branch, tag, digest, repositoryId, ownerId, reviewed }: NonNullable<ProvenanceField['source']>,
  reviewers: readonly Signer[],
): SourceExpectation {
  return {
    ...compact({ uri, ref: ref ?? branch ?? tag, digest, repositoryId, ownerId }),
    ...(reviewed === undefined ? {} : { reviewed: compileReviewed(reviewed, reviewers) }),
  };
}

function compileReviewed(
  { level, verifier, ref, branch, maxAge }: NonNullable<NonNullable<ProvenanceField['source']>['reviewed']>,
  by: readonly Signer[],
): ReviewExpectation {
  return { by, level, ...compact({ verifier, ref: ref ?? branch, maxAge }) };
}

function compileDependencies({
  pinned = false,
  allowed,
  except,
  images,
}: NonNullable<ProvenanceField['dependencies']>): DependencyExpectation {
  return {
    pinned,
    ...compact({ allowed, except }),
    ...(images === undefined ? {} : { images: { unmatched: images.unmatched ?? 'deny', ...compact({ except: images.except }) } }),
  };
}

function compileParameters(parameters: NonNullable<ProvenanceField['parameters']>): readonly ParameterExpectation[] {
  return Object.entries(parameters).map(([name, value]) => (value === PARAMETER_ABSENT ? { name } : { name, value }));
}

/** What a builder of that name or level makes anybody's workflow into, unless the policy also says from which source. */
function lintProvenance(
  { builder, source, level, isolated, profile, hermetic, complete, by }: ProvenanceRequirement,
  { path, report }: Advice,
): void {
  const flagged = hermetic !== undefined ? 'hermetic' : complete !== undefined ? 'complete' : undefined;
  if (flagged !== undefined && profile === undefined)
    report.advise(
      'flag-not-believed',
      [...path, flagged],
      'is believed only of platforms that are known to set it; write profile: buildkit or slsa-github-generator',
      'key',
    );
  if (builder === undefined && source === undefined)
    report.advise('provenance-of-anybody', path, 'compares neither source nor builder, so it accepts whatever its signers build; write source.uri and builder', 'key');
  if (level === 3 && builder === undefined && profile === undefined)
    report.advise(
      'level-of-anybody',
      path,
      'demands level 3 of any builder; a workflow of GitHub reaches it only when the policy names it, so write builder',
      'key',
    );
  else if ((level === 3 || isolated === true) && [undefined, 'github-attestations'].includes(profile) && leavesWorkflowOpen(builder, by))
    report.advise(
      'level-of-anybody',
      path,
      'demands level 3 and leaves open which workflow of GitHub it is, so none reaches more than level 2; write builder with owner, repository and file',
      'key',
    );
  if (source !== undefined && source.uri === undefined && source.repositoryId === undefined)
    report.advise('source-ref-only', [...path, 'source'], 'compares the ref of any repository; write uri', 'key');
}

/** Neither the builder nor any signer is one workflow; a builder elsewhere than on GitHub is none. */
function leavesWorkflowOpen(builder: TextMatcher | undefined, by: readonly Signer[]): boolean {
  if (builder !== undefined && (namesWorkflow(builder) || !builder.source.startsWith('https://github.com/'))) return false;
  return !by.some(({ identities }) => identities.some(namesWorkflowOf));
}
