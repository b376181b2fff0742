/** A short memory of admissions: a rollout asks the same question many times within a second. Refusals are never in it. */
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import type { PolicySet } from '../domain/policy/policy.ts';
import { singlesOf } from '../domain/policy/requirement.ts';
import type { RequirementOf, SingleRequirement } from '../domain/policy/requirement.ts';
import type { Extraction, PullScope, UsableCredentials } from '../domain/decision/review.ts';
import { REQUIREMENT_TRAITS } from '../evaluate/index.ts';
import { select } from '../select/select.ts';
import type { Context, Judgement } from './context.ts';
import { allHold } from './rounds.ts';
import { MOST_DEMANDS } from '../select/tenant-demands.ts';

/** Admissions of the last moment. */
export interface Recent {
  /** The judgements of all artifacts of a request, when each was asked the same question a moment ago; else nothing. */
  recall(extraction: Extraction, context: Context): readonly Judgement[] | undefined;
  /** Remembers what will last, and gives all of it back. */
  keep(extraction: Extraction, context: Context, judged: readonly Judgement[]): readonly Judgement[];
}

/** A judgement and everything that it depends on. */
interface Entry {
  readonly at: number;
  /** Milliseconds for which it holds. */
  readonly holds: number;
  readonly policies: PolicySet;
  /** Of what was known of revoked certificates. */
  readonly revocations: number | undefined;
  readonly usage: ArtifactRef['usage'];
  readonly scope: PullScope;
  readonly judgement: Judgement;
}

/** Entries of one generation; there are two, so twice as many at most. */
const MOST = 8192;
/** What asks for the present (ages, windows of keys and signers) is judged anew after this. */
const BRIEFLY = 1000;

/**
 * Remembers admissions for `forMs` milliseconds, and for a second at most where the verdict depends on the present: a
 * rollout asks for the same image hundreds of times a second, and within that time the answer is the same (ADR 0003).
 *
 * Only what was asked for twice in that time and admitted in full, for an image named by digest, under policies that
 * ask for evidence alone and select by no label. An entry holds for the very set of policies it was judged under, so that a change
 * of policies, trust
 * roots or revocations acts at once, and for the same namespace and pull credentials. Who may use no credentials has a memory
 * apart: it is never filled by who may, and whoever floods it pushes nothing out of another (fault S7).
 */
export function createRecent(forMs: number): Recent {
  const memories: Readonly<Record<UsableCredentials, Recent>> = {
    all: createMemory(forMs),
    own: createMemory(forMs),
    none: createMemory(forMs),
  };
  const of = ({ scope }: Extraction): Recent => memories[scope.credentials ?? 'all'];
  return {
    recall: (extraction, context) => of(extraction).recall(extraction, context),
    keep: (extraction, context, judged) => of(extraction).keep(extraction, context, judged),
  };
}

/** What is remembered of requests that were answered with the same right to credentials. */
function createMemory(forMs: number): Recent {
  let young = new Map<string, Entry>();
  let old = new Map<string, Entry>();
  let asked = new Map<string, number>();
  let askedBefore = new Map<string, number>();

  /** True when this was asked for a moment ago as well: what is asked for once costs no memory here. */
  function isAgain(key: string, now: number): boolean {
    const last = asked.get(key) ?? askedBefore.get(key);
    if (asked.size >= MOST) [askedBefore, asked] = [asked, new Map()];
    asked.set(key, now);
    return last !== undefined && now >= last && now - last < forMs;
  }

  function find(ref: ArtifactRef, scope: PullScope, { startedAt, policies, ports }: Context): Judgement | undefined {
    const key = keyOf(ref, scope);
    const entry = young.get(key) ?? old.get(key);
    // A digest may stand beside the text, and the text be the name of something else.
    if (entry === undefined || entry.judgement.artifact.digest !== ref.digest || ref.kind !== 'image') return undefined;
    if (entry.revocations !== ports.certificates?.generation()) return undefined;
    if (entry.policies !== policies || entry.usage !== ref.usage || !sameScope(entry.scope, scope)) return undefined;
    const age = startedAt - entry.at;
    return age >= 0 && age < entry.holds ? at(ref, entry.judgement) : undefined;
  }

  return {
    recall(extraction, context) {
      const judged: Judgement[] = [];
      let findings = 0;
      for (const ref of extraction.artifacts) {
        const judgement = ref.digest === undefined ? undefined : find(ref, extraction.scope, context);
        // What is remembered one by one may be too much together.
        findings += judgement?.findings.length ?? 0;
        if (judgement === undefined || findings > MOST_DEMANDS) return undefined;
        judged.push(judgement);
      }
      return judged;
    },
    keep({ artifacts, scope }, { startedAt, policies, revocations }, judged) {
      if (forMs <= 0 || policies === undefined) return judged;
      for (const [index, ref] of artifacts.entries()) {
        const judgement = judged[index];
        const key = keyOf(ref, scope);
        if (judgement === undefined || !isAgain(key, startedAt)) continue;
        const holds = lastsFor(ref, judgement, policies, scope, forMs);
        if (holds === 0) continue;
        if (young.size >= MOST) [old, young] = [young, new Map()];
        young.set(key, { at: startedAt, holds, policies, revocations, usage: ref.usage, scope, judgement });
      }
      return judged;
    },
  };
}

function keyOf(ref: ArtifactRef, { namespace }: PullScope): string {
  return `${namespace} ${ref.raw}`;
}


function sameScope(a: PullScope, b: PullScope): boolean {
  return a.credentials === b.credentials && a.namespace === b.namespace && a.serviceAccount === b.serviceAccount
    && a.pullSecrets.length === b.pullSecrets.length && a.pullSecrets.every((name, index) => name === b.pullSecrets[index]);
}

/** Milliseconds for which the judgement holds; 0 when it must not be remembered. */
function lastsFor(ref: ArtifactRef, { findings }: Judgement, policies: PolicySet, { namespace }: PullScope, forMs: number): number {
  // What rests on what somebody brought along holds for whoever brings it.
  if (ref.presented !== undefined) return 0;
  if (ref.kind !== 'image' || ref.digest === undefined || findings.length === 0 || !allHold(findings)) return 0;
  // Whether such a policy speaks is a question of who asks, which the memory does not know.
  if (policies.candidates(ref, namespace).some(({ callers }) => callers !== undefined)) return 0;
  const { applies, unknown } = select(ref, policies, { namespace, labels: undefined });
  // There the tag may name the index that speaks for the image, and a tag is resolved anew for every decision.
  const byTag = ref.tag !== undefined && applies.some((policy) => policy.indexCoversChildren);
  if (byTag || unknown.length > 0) return 0;
  const singles = applies.flatMap((policy) => policy.requirements).flatMap(singlesOf);
  return Math.min(forMs, ...singles.map((single) => holdsFor(single.kind, single, forMs)));
}

/** Milliseconds for which the verdict of a requirement holds: one that asks for more than evidence must not be remembered. */
function holdsFor<K extends SingleRequirement['kind']>(kind: K, requirement: RequirementOf<K>, forMs: number): number {
  const traits = REQUIREMENT_TRAITS[kind];
  if (!traits.byEvidence) return 0;
  return traits.timeless(requirement) ? forMs : Math.min(forMs, BRIEFLY);
}

/** The judgement for the place where the image stands now. */
function at(ref: ArtifactRef, judgement: Judgement): Judgement {
  if (judgement.artifact.path === ref.path) return judgement;
  return {
    artifact: { ...judgement.artifact, path: ref.path },
    findings: judgement.findings.map((finding) => ({ ...finding, path: ref.path })),
  };
}
