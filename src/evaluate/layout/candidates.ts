/** What can stand for a step: statements that enough distinct functionaries agree on. */
import type { Statement } from '../../domain/evidence.ts';
import type { LayoutItem } from '../../domain/policy/layout.ts';
import type { Person } from '../../domain/policy/same.ts';
import { countDistinct } from '../vouched/threshold.ts';
import { failedByOwnWord } from './own-word.ts';
import type { LayoutProblem } from './result.ts';
import { few } from './result.ts';
import type { StatementLink } from './statement-link.ts';
import { LINK_TYPE, NAMES_STEP, statementLink } from './statement-link.ts';

/** A step of an attestation layout: enough distinct functionaries stated the same, by statements of one type. */
export interface LayoutStatementStep extends LayoutItem {
  /** Exact predicate type. A link statement must also carry the step's name. */
  readonly predicateType: string;
  readonly threshold: number;
  /** Who they are, for messages. */
  readonly functionaries?: string;
}

/** A verified statement by somebody who is a functionary of the step it is listed under. */
export interface AcceptedStatement {
  readonly source: string;
  /** The functionary for messages. */
  readonly functionary: string;
  /** What distinct functionaries are counted by. */
  readonly person: Person;
  /** Names of the signers it counts for; absent: the functionary stands for himself. */
  readonly signers?: readonly string[];
  readonly statement: Statement;
}

/** Statements by enough distinct functionaries that say the same of one step. */
export interface Candidate {
  readonly link: StatementLink;
  readonly statements: readonly AcceptedStatement[];
}

/** What was found for one step; a problem when nothing is enough. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly problem?: LayoutProblem;
}

/**
 * Groups the statements of a step by what they say (materials, products, and the run where all steps must be of one)
 * and keeps the groups in which enough distinct functionaries agree. Those who say something else neither help nor harm.
 */
export function candidatesOf(step: LayoutStatementStep, accepted: readonly AcceptedStatement[], sameRun: boolean): Candidates {
  const groups = new Map<string, { readonly link: StatementLink; readonly statements: AcceptedStatement[] }>();
  const notes: string[] = [];
  for (const one of accepted) {
    const reading = readStatement(step, one);
    if (typeof reading === 'string') {
      notes.push(`${one.source}: ${reading}`);
      continue;
    }
    const key = contentKey(reading, sameRun);
    const group = groups.get(key) ?? { link: reading, statements: [] };
    group.statements.push(one);
    groups.set(key, group);
  }
  const candidates = [...groups.values()].filter(({ statements }) => distinct(statements) >= step.threshold);
  if (step.threshold >= 1 && candidates.length > 0) return { candidates };
  const best = Math.max(0, ...[...groups.values()].map(({ statements }) => distinct(statements)));
  return { candidates: [], problem: tooFew(step, best, notes) };
}

function tooFew(step: LayoutStatementStep, best: number, notes: readonly string[]): LayoutProblem {
  return {
    kind: best === 0 ? 'link-missing' : 'threshold', step: step.name,
    expected: `${step.predicateType} by ${step.functionaries ?? `${step.threshold} distinct functionaries`}${step.threshold > 1 ? ' who agree' : ''}`,
    found: best === 0 ? few(notes) : String(best), trace: notes,
  };
}

function readStatement(step: LayoutStatementStep, { statement }: AcceptedStatement): StatementLink | string {
  if (statement.predicateType !== step.predicateType) return `it is of type ${statement.predicateType}`;
  const failed = failedByOwnWord(statement);
  if (failed !== undefined) return failed;
  const reading = statementLink(statement);
  if (!reading.ok) return reading.problem;
  if (NAMES_STEP.has(statement.predicateType) && reading.link.step !== step.name)
    return `it is a ${statement.predicateType === LINK_TYPE ? 'link' : 'collection'} for step ${reading.link.step ?? 'nothing, without a name'}`;
  return reading.link;
}

/** Distinct signers with distinct credentials: one key listed under two signers is one functionary. */
function distinct(statements: readonly AcceptedStatement[]): number {
  return countDistinct(
    statements.flatMap(({ functionary, person, signers }) => (signers ?? [functionary]).map((signer) => ({ signer, person }))),
  );
}

/** Rebuilders of one thing each have a run of their own; it only tells them apart where runs are compared. */
function contentKey({ materials, products, run }: StatementLink, sameRun: boolean): string {
  return JSON.stringify([[...materials].sort(byName), [...products].sort(byName), sameRun ? run ?? null : null]);
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
