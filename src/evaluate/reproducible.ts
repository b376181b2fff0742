/** Rebuilders agree when they came to this digest from one and the same source. */
import type { ReproducibleRequirement } from '../domain/policy/build-requirement.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { Statement } from '../domain/evidence.ts';
import { checkContent, demandOf, noneOf } from './content/content.ts';
import type { Attested } from './content/content.ts';
import { findingOf } from './finding.ts';
import { unreadable } from './content/mismatch.ts';
import type { Mismatch } from './content/mismatch.ts';
import { commitOf } from './provenance/dependencies.ts';
import type { Provenance, Source } from './provenance/model.ts';
import { assessBuilder } from './provenance/profiles/index.ts';
import { builtAt, isProvenanceType, readProvenance } from './provenance/read.ts';
import type { Question } from './question.ts';
import { countDistinct } from './vouched/threshold.ts';
import { countVotes } from './vouched/votes.ts';
import { judgeVouched } from './vouched/vouched.ts';

/** Rebuild attestations that name no source at all: of types whose content is not read here. */
const NO_SOURCE = '';

/**
 * Judges a `reproducible` requirement: so many independent rebuilders, with distinct keys, attest that they came to
 * this very digest from the same source, which each of them names. That the digest is the same is what `verify/` proved of each
 * of them; that the rebuilders are independent is what the policy says by naming them.
 *
 * Rebuilds from different commits are no agreement: the largest group with one source counts.
 */
export function judgeReproducible(requirement: ReproducibleRequirement, question: Question): Finding {
  const types = requirement.types;
  const isRelevant = types === undefined ? isProvenanceType : (type: string): boolean => types.includes(type);
  const wanted = types?.join(' or ') ?? 'slsa-provenance';
  const statedAt = (statement: Statement): number | undefined => youngBuild(statement, requirement, question.now);
  const rule = { wanted, isRelevant, check: checkRebuild, statedAt };
  const { passing, problems } = checkContent(requirement, rule, question);
  const vouched = demandOf(requirement, rule);
  const groups = bySource(passing);
  const best = largest(groups, (group) => countDistinct(countVotes(vouched, group, question).votes));
  const finding = judgeVouched(vouched, { relevant: best, problems, none: noneOf(question) }, question);
  if (finding.code !== 'POLICY_THRESHOLD') return finding;
  return findingOf(requirement, question, {
    code: 'POLICY_REPRODUCIBLE',
    expected: [`${requirement.threshold} of ${requirement.by.map((signer) => signer.name).join(', ')}`],
    found: finding.found ?? [],
    ...(groups.size > 1
      ? { cause: `the rebuilds are from different sources: ${[...groups.keys()].map((source) => source || 'not named').join('; ')}` }
      : {}),
    evidence: finding.evidence ?? [],
  });
}

/** When provenance says that its build ended, if that is as young as the policy demands; then no stamp need be believed. */
function youngBuild(statement: Statement, { maxAge = 0 }: ReproducibleRequirement, now: number): number | undefined {
  const at = isProvenanceType(statement.predicateType) ? builtAt(statement) : undefined;
  return at !== undefined && at <= now && now - at <= maxAge ? at : undefined;
}

/** Provenance of a rebuild must be readable, and its signer must be allowed to claim its builder and source. */
function checkRebuild(proof: Attested): readonly Mismatch[] {
  if (!isProvenanceType(proof.statement.predicateType)) return [];
  const reading = readProvenance(proof.statement);
  if (!reading.ok) return reading.problems.map(unreadable);
  return [...assessBuilder(proof.signer, reading.provenance).mismatches, ...unnamedSources(reading.provenance)];
}

/** Two that say nothing do not agree: there is a source, and of each it is said which state of it was built. */
function unnamedSources({ sources }: Provenance): readonly Mismatch[] {
  const problem = (path: string, found: string): Mismatch => ({
    code: 'POLICY_REPRODUCIBLE', claim: 'source', path, found, expected: 'with a commit or tag, which rebuilds can agree on',
  });
  if (sources.length === 0) return [problem('predicate', 'nothing')];
  return sources.filter((source) => !isDefinite(source)).map(({ uri }) => problem(uri.path, `${uri.value} without commit and tag`));
}

function isDefinite({ digests, ref }: Source): boolean {
  return commitOf(digests) !== undefined || (ref !== undefined && !ref.value.startsWith('refs/heads/'));
}

function bySource(proofs: readonly Attested[]): ReadonlyMap<string, readonly Attested[]> {
  const groups = new Map<string, Attested[]>();
  for (const proof of proofs) {
    const reading = isProvenanceType(proof.statement.predicateType) ? readProvenance(proof.statement) : undefined;
    const source = reading?.ok === true ? sourceText(reading.provenance) : NO_SOURCE;
    groups.set(source, [...(groups.get(source) ?? []), proof]);
  }
  return groups;
}

/** All sources with their commits, in an order of its own: two builders list the same sources as they like. */
function sourceText({ sources }: Provenance): string {
  return sources
    .map((source) => `${source.repository ?? source.uri.value}@${commitOf(source.digests) ?? source.ref?.value ?? ''}`)
    .toSorted()
    .join(' ');
}

function largest(groups: ReadonlyMap<string, readonly Attested[]>, size: (group: readonly Attested[]) => number): readonly Attested[] {
  let best: readonly Attested[] = [];
  let most = -1;
  for (const group of groups.values()) {
    const count = size(group);
    if (count > most) [best, most] = [group, count];
  }
  return best;
}
