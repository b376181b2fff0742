/** The walk over the places where evidence may be, verifying what is found and judging after each place. */
import type { TrustMaterial, UnverifiedEvidence } from '../domain/evidence.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { isNewest, singlesOf } from '../domain/policy/requirement.ts';
import type { EvidenceBatch, EvidenceLookup } from '../domain/ports.ts';
import { allHold, judgeInRounds } from './rounds.ts';
import type { Gathered, Task } from './task.ts';
import { isToBeVouched, noteProven } from './vouching/vouched.ts';

/** What one walk over the evidence brought. */
export interface Walk {
  readonly findings: readonly Finding[];
  readonly gathered: Gathered;
  /** True when part of it was known before this request asked. */
  readonly remembered: boolean;
}

/** Whether there may be another place, whether this was the last, or whether time ended first. */
type Step = 'more' | 'end' | 'late';

/**
 * Looks at the places where evidence may be, one after the other, until every requirement holds. Stopping early
 * is sound because further evidence never turns an admission into a denial; where the newest decides it does, so nothing is left out.
 */
export async function walk(task: Task, fresh: boolean): Promise<Walk> {
  const { context } = task;
  const gathered: Gathered = { proofs: [], related: [], problems: [], evidence: [] };
  const lookup = await context.deadline.race(context.ports.source.open(task.artifact, task.scope, { fresh }));
  const remembered = lookup !== undefined && lookup.batches.length > 0;
  const whole = task.policies.some(({ requirements }) => requirements.some((one) => singlesOf(one).some(isNewest)));
  let findings: readonly Finding[] = [];
  for (let place = 0; ; place += 1) {
    const more = lookup === undefined ? 'late' : await takeBatch(task, lookup, place, gathered);
    if (more === 'late') gathered.problems.push({ code: 'ENGINE_DEADLINE', source: `evidence of ${task.artifact.raw}` });
    if (more !== 'end' || place === 0) findings = await judgeInRounds(task, gathered);
    if (more !== 'more' || (!whole && allHold(findings))) return { findings, gathered, remembered };
  }
}

/** Takes the next place's evidence and verifies it into what is gathered. */
async function takeBatch(task: Task, lookup: EvidenceLookup, place: number, gathered: Gathered): Promise<Step> {
  const { deadline, ports } = task.context;
  const known = lookup.batches[place];
  const batch = known ?? (await deadline.race(lookup.next(deadline.work)));
  if (batch === undefined) return deadline.over ? 'late' : 'end';
  gathered.problems.push(...batch.problems);
  const evidence = withLinks(task, batch, gathered);
  if (evidence.length === 0) return 'more';
  const job = { artifact: task.artifact, evidence, trust: task.trust, now: ports.clock.now() };
  const outcomes = ports.verifier.known(job) ?? (await deadline.race(ports.verifier.verify(job, deadline.work)));
  if (outcomes === undefined) return 'late';
  if (isToBeVouched(task.context.review)) noteProven(task.context.proven, task.covered ?? task.artifact.digest, evidence, outcomes);
  for (const outcome of outcomes) {
    gathered.proofs.push(...outcome.verified);
    gathered.related.push(...(outcome.related ?? []));
    gathered.problems.push(...outcome.problems);
    gathered.layouts = outcome.layouts ?? gathered.layouts;
  }
  return 'more';
}

/** The batch's evidence; where policies carry layouts, also all links so far as one piece, unless nothing was added to them. */
function withLinks(task: Task, { evidence }: EvidenceBatch, gathered: Gathered): readonly UnverifiedEvidence[] {
  gathered.evidence.push(...evidence);
  const together = linksOf(gathered.evidence, task.trust);
  const nothingNew = evidence.length === 0 && gathered.layouts !== undefined;
  return together === undefined || nothingNew ? evidence : [...evidence, together];
}

/** Formats in which a link or a sublayout may come. */
const LINK_FORMATS = new Set<string>(['dsse', 'cosign-dsse', 'in-toto']);

/** Files that are looked at as links of one artifact. */
const MOST_FILES = 1000;

/**
 * All evidence that may be links, as the one piece in which layouts are proven; `undefined` when no policy carries a
 * layout. Its digest stands for all parts, so that a chain is proven once for the same set of files.
 */
function linksOf(evidence: readonly UnverifiedEvidence[], trust: TrustMaterial): UnverifiedEvidence | undefined {
  if (trust.layouts === undefined || trust.layouts.length === 0) return undefined;
  const parts = evidence.filter(({ format }) => LINK_FORMATS.has(format)).slice(0, MOST_FILES);
  return {
    format: 'layout-links',
    source: 'the links of the artifact',
    bytes: new Uint8Array(),
    digest: parts.map(({ digest }) => digest).join('+'),
    parts,
  };
}
