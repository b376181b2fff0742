/** One rule of hygiene: what it is given, and what it gives. */
import type { Matter } from '../../../domain/build/matter.ts';
import type { TaskClasses } from '../../../domain/policy/request-policy.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import type { Places } from './places.ts';

/** What every rule may look at. */
export interface HygieneSubject extends Places {
  readonly matter: Matter;
  readonly classes: TaskClasses;
  /** Whether all rules of level restricted are asked for, so that rules that both levels have mean it as that level does. */
  readonly isRestricted: boolean;
  readonly question: RequestQuestion;
}

/** Everything that is wrong, each with its place; pure and linear in the object. */
export type HygieneJudge = (subject: HygieneSubject) => readonly RequestOutcome[];
