/** What one policy probably does not mean: patterns that reach too far, and demands that are written twice. */
import type { Requirement, WrittenKind } from '../../domain/policy/requirement.ts';
import type { Usage } from '../../domain/artifact/artifact.ts';
import type { DraftPolicy } from '../compile/policy.ts';
import { KINDS } from '../kinds/index.ts';
import type { Advice, CompiledOf } from '../kinds/kind.ts';
import type { ArtifactPattern } from '../match/artifact-pattern.ts';
import { lintExcept } from './except.ts';
import { lintReach } from './reach.ts';
import { undatedRoots } from './roots/undated.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';

/** Advice about one policy; `now`, in epoch milliseconds, is needed to say what ends. */
export function lintPolicy(draft: DraftPolicy, now?: number): void {
  const { policy, patterns, report } = draft;
  for (const [index, pattern] of patterns.entries()) {
    lintPattern(pattern, ['spec', 'artifacts', index, pattern.kind], report);
    if (pattern.source === '**' && policy.mode === 'enforce' && policy.kind === 'ClusterArtifactPolicy' && policy.namespaces === undefined
      && policy.callers === undefined)
      report.advise(
        'pattern-everything',
        ['spec', 'artifacts', index, pattern.kind],
        `gates every ${pattern.kind} of every namespace in mode enforce, system images too; add namespaces, or begin with mode: audit`,
      );
  }
  lintCallers(policy, report);
  lintExcept(draft);
  lintReach(draft);
  lintDuplicates(draft.except.map(({ kind, source }) => `${kind} ${source}`), ['spec', 'except'], report);
  lintDuplicates(patterns.map(({ kind, source }) => `${kind} ${source}`), ['spec', 'artifacts'], report);
  const layouts = new Map((policy.trust.layouts ?? []).map((one) => [one.id, one]));
  const undated = undatedRoots(policy.trust.roots);
  lintRequirements(policy.requirements, ['spec', 'require'], { report, patterns, layout: (id) => layouts.get(id), undated, now });
}

/** Uses that only requests to the API server have. */
const AT_THE_WEBHOOK: ReadonlySet<Usage> = new Set(['container', 'definition', 'sidecarStop']);

/** With callers a policy speaks about questions to the gate alone: whoever means pods as well would leave them unjudged. */
function lintCallers({ callers, usedAs, resolveOnce, requireDigest }: DraftPolicy['policy'], report: Reporter): void {
  if (resolveOnce === true && requireDigest)
    report.advise('resolve-needless', ['spec', 'resolve'], 'what is resolved is denied all the same, since requireDigest wants a digest to be written; remove one of the two', 'key');
  if (callers === undefined) return;
  const webhook = usedAs === undefined ? ['every use'] : [...usedAs].filter((use) => AT_THE_WEBHOOK.has(use));
  if (webhook.length > 0)
    report.advise(
      'callers-at-webhook',
      ['spec', 'callers'],
      `speaks only about questions to the gate, never about pods and runs, and is for ${webhook.join(', ')}; write usedAs with what is asked about (dependency, source, baseImage), and another policy for pods`,
      'key',
    );
}

function lintPattern(pattern: ArtifactPattern, path: Path, report: Reporter): void {
  if (pattern.kind !== 'image' || pattern.image.everything) return;
  const last = pattern.image.labels.at(-1);
  if (last?.wild === true)
    report.advise(
      'host-of-strangers',
      path,
      `the last label of the host ${JSON.stringify(pattern.image.host)} is a wildcard, so hosts of strangers match; write the domain out`,
    );
}

type Context = Pick<Advice, 'report' | 'patterns' | 'layout' | 'undated' | 'now'>;

function lintRequirements(requirements: readonly Requirement[], path: Path, context: Context): void {
  lintDuplicates(requirements.map(demandsOf), path, context.report);
  for (const [index, requirement] of requirements.entries()) {
    const kind = writtenKind(requirement);
    lintKind(kind, requirement, {
      ...context,
      path: [...path, index, kind],
      beside: requirements,
      again: (alternatives, at) => lintRequirements(alternatives, at, context),
    });
  }
}

/** The key under which the policy writes it. */
function writtenKind(requirement: Requirement): WrittenKind {
  return requirement.kind === 'examined' ? requirement.written : requirement.kind;
}

function lintKind<K extends WrittenKind>(kind: K, requirement: CompiledOf<K>, advice: Advice): void {
  KINDS[kind].lint(requirement, advice);
}

function demandsOf(requirement: Requirement): string {
  return demandsOfKind(writtenKind(requirement), requirement);
}

function demandsOfKind<K extends WrittenKind>(kind: K, requirement: CompiledOf<K>): string {
  return KINDS[kind].demands(requirement, demandsOf);
}

function lintDuplicates(texts: readonly string[], path: Path, report: Reporter): void {
  const seen = new Map<string, number>();
  for (const [index, text] of texts.entries()) {
    const earlier = seen.get(text);
    if (earlier !== undefined) report.advise('demand-twice', [...path, index], `demands nothing that entry ${earlier} of this list does not; remove one`);
    else seen.set(text, index);
  }
}
