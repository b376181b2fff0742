/** One statement examined from beginning to end: what its type asks for, then the conditions of the policy. */
import { parseOwnJson } from '../text/json/careful.ts';
import type { ContentObjection, Examination, Examined, StatementText } from '../domain/policy/content-check.ts';
import { checkCodeReview } from './code-review.ts';
import type { Bindings, ConditionRunner } from './cel/run.ts';
import { InexactNumber, parseExactly, toExact } from '../text/json/exact.ts';
import type { ExactValue } from '../text/json/exact.ts';
import { Unreadable } from './read.ts';
import { checkRuntimeTrace } from './runtime-trace.ts';
import { checkSbom } from './sbom/sbom.ts';
import { checkTestResult } from './test-result.ts';
import { checkVulnerabilities } from './vulnerability/vulnerability.ts';

/**
 * Examines one statement in this thread: the typed check first, then the conditions. Never throws for what a
 * statement says. Takes as long as the statement is large, so servers call it through `examiner.ts`.
 */
export function runExamination(examination: Examination, conditions: ConditionRunner): Examined {
  try {
    const predicate = once(() => plain(examination.statement));
    const typed = runCheck(examination, predicate);
    const objections = [...typed.objections, ...runConditions(examination, conditions, predicate)];
    return { ok: true, objections, ...(typed.claimedAt === undefined ? {} : { claimedAt: typed.claimedAt }) };
  } catch (error) {
    if (error instanceof Unreadable)
      return { ok: true, objections: [{ code: 'POLICY_CONTENT_UNREADABLE', found: error.message, expected: error.expected }] };
    return {
      ok: false,
      code: 'ENGINE_FAULT',
      cause: `examination threw ${error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : 'something that is no error'}`,
    };
  }
}

interface Typed {
  readonly objections: readonly ContentObjection[];
  readonly claimedAt?: number;
}

function runCheck({ check, vex, digest, statement: { predicateType } }: Examination, read: () => unknown): Typed {
  if (check === undefined) return { objections: [] };
  const predicate = read();
  switch (check.kind) {
    case 'sbom':
      return { objections: checkSbom({ predicateType, predicate }, check, digest) };
    case 'vulnerability': {
      const { objections, finishedAt } = checkVulnerabilities({ predicateType, predicate }, check, {
        digest,
        vex: vex.map((one) => ({ document: plain(one), authors: one.authors ?? [] })),
      });
      return { objections, ...(finishedAt === undefined ? {} : { claimedAt: finishedAt }) };
    }
    case 'testResult':
      return { objections: checkTestResult(predicate, check) };
    case 'codeReview':
      return { objections: checkCodeReview({ predicateType, predicate }, check) };
    case 'runtimeTrace':
      return { objections: checkRuntimeTrace(predicate, check) };
  }
}

/** A value that is made when it is first needed. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** `text` was well-formed JSON when it was verified. */
function plain({ text }: StatementText): unknown {
  return text === undefined ? undefined : parseOwnJson(text);
}

function runConditions(
  { expressions, statement, attestations, variables }: Examination,
  conditions: ConditionRunner,
  predicate: () => unknown,
): readonly ContentObjection[] {
  if (expressions.length === 0) return [];
  let bindings: Bindings;
  try {
    bindings = {
      ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, toExact(value)])),
      predicate: exact(statement, predicate),
      attestations: new Map(
        Object.entries(attestations).map(([name, other]) => [
          name,
          new Map<string, ExactValue>([
            ['predicateType', other.predicateType],
            ['predicate', exact(other)],
          ]),
        ]),
      ),
    };
  } catch (error) {
    if (!(error instanceof InexactNumber)) throw error;
    return [
      {
        code: 'POLICY_CONDITION_ERROR',
        expression: 0,
        found: `number ${error.message}`,
        expected: 'whole numbers of at most 64 bits',
        cause: 'the attestation holds a number that cannot be compared exactly',
      },
    ];
  }
  return conditions.run(expressions, bindings);
}

function exact({ text }: StatementText, parsed?: () => unknown): ExactValue {
  return text === undefined ? null : parseExactly(text, parsed);
}
