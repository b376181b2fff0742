/** Asking conditions: only true holds, and everything that is neither true nor false is an error that denies. */
import type { CelEnv, CelInput } from '@bufbuild/cel';
import type { ContentObjection } from '../../domain/policy/content-check.ts';
import type { ExactValue } from '../../text/json/exact.ts';
import { LIMITS } from '../limits.ts';
import { celEngine } from './engine.ts';
import { createEnvironment } from './environment.ts';
import { instrument } from './instrument.ts';
import { createMeter, EXHAUSTED } from './meter.ts';
import { offsetOf } from './tree.ts';
import type { ParsedExpression } from './tree.ts';

/** The variables of a run, by name. */
export type Bindings = Readonly<Record<string, ExactValue>>;

/** Asks expressions; one per thread. */
export interface ConditionRunner {
  /** Objections of the expressions, in their order; all of them together have `LIMITS.steps`. */
  run(expressions: readonly string[], bindings: Bindings): readonly ContentObjection[];
}

interface Planned {
  readonly parsed: ParsedExpression;
  readonly evaluate: (bindings: Record<string, CelInput>) => unknown;
}

/** Expressions kept planned; planning one costs more than asking it. */
const KEPT = 1000;

/**
 * Makes a runner. Only `true` holds: `false` is POLICY_CONDITION; a value that is neither, a missing field, a
 * type that does not fit and exhausted steps are POLICY_CONDITION_ERROR, with the place of what failed. Expressions
 * have passed the linter. Never throws.
 */
export function createConditionRunner(steps?: number): ConditionRunner {
  const meter = createMeter(steps);
  let environment: CelEnv | undefined;
  const planned = new Map<string, Planned>();

  function planOnce(expression: string): Planned {
    const known = planned.get(expression);
    if (known !== undefined) return known;
    const { parse, plan } = celEngine();
    const parsed = parse(expression);
    if (parsed.expr !== undefined) instrument(parsed.expr);
    const made: Planned = { parsed, evaluate: plan(environment ??= createEnvironment(meter), parsed) };
    const [oldest] = planned.keys();
    if (planned.size >= KEPT && oldest !== undefined) planned.delete(oldest);
    planned.set(expression, made);
    return made;
  }

  function ask(expression: string, index: number, bindings: Bindings): ContentObjection | undefined {
    try {
      const { parsed, evaluate } = planOnce(expression);
      const result = evaluate(bindings as unknown as Record<string, CelInput>);
      if (meter.exhausted) return { code: 'POLICY_CONDITION_ERROR', expression: index, cause: `${EXHAUSTED}: more than ${LIMITS.steps}` };
      if (result === true) return undefined;
      if (result === false) return { code: 'POLICY_CONDITION', expression: index };
      if (celEngine().isCelError(result))
        return failed(index, result.message, result.exprId === undefined ? 0 : offsetOf(parsed, result.exprId));
      return failed(index, `comes to ${describe(result)}, expected true or false`, 0);
    } catch (error) {
      return failed(index, error instanceof Error ? error.message : 'cannot be evaluated', 0);
    }
  }

  return {
    run(expressions, bindings) {
      meter.reset();
      return expressions.map((expression, index) => ask(expression, index, bindings)).filter((objection) => objection !== undefined);
    },
  };
}

function failed(expression: number, message: string, offset: number): ContentObjection {
  return { code: 'POLICY_CONDITION_ERROR', expression, offset, cause: message.slice(0, LIMITS.quoted) };
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? 'a list, map or message' : `a ${typeof value}`;
}
