/** What can be wrong with a condition is told when the policy is loaded, at its character, and not when somebody deploys. */
import { once } from '../../text/once.ts';
import type { CelEnv } from '@bufbuild/cel';
import type { ConditionUses, ConditionVariable } from '../../domain/policy/content-check.ts';
import { LIMITS } from '../limits.ts';
import { celEngine } from './engine.ts';
import { compileRe2, createEnvironment } from './environment.ts';
import { notAnExpression } from './meant.ts';
import { createMeter } from './meter.ts';
import { childrenOf, offsetOf } from './tree.ts';
import type { Node, ParsedExpression } from './tree.ts';

/** Something wrong with an expression, at one of its characters. */
export interface ExpressionProblem {
  readonly offset: number;
  readonly message: string;
}

/** What reading an expression brought. */
export type LintedExpression =
  | { readonly ok: true; readonly uses: ConditionUses }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] };

export const VARIABLES: readonly ConditionVariable[] = ['predicate', 'subject', 'signer', 'times', 'request', 'artifact'];
const ATTESTATIONS = 'attestations';

/** Names that stand for types, as in `type(x) == string`. */
const TYPES: ReadonlySet<string> = new Set(['bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map', 'null_type', 'type']);

/** Operators that the planner knows without a function. */
const BUILT_IN: ReadonlySet<string> = new Set(['_[_]', '_?_:_', '_&&_', '_||_', '@not_strictly_false']);

const functions: () => CelEnv['funcs'] = once(() => createEnvironment(createMeter()).funcs);

/**
 * Reads a CEL expression as a policy's author wrote it: it parses, stays within the limits, and knows every
 * variable, function and regular expression in it. All problems are found in one run; at run time only values can
 * still be wrong. The library itself checks none of this before it evaluates.
 */
export function lintExpression(text: string): LintedExpression {
  if (text.trim() === '') return refused(0, 'expression is empty');
  if (text.length > LIMITS.expression)
    return refused(0, `expression has ${text.length} characters, at most ${LIMITS.expression} are allowed`);
  const parsed = parseExpression(text);
  if (!parsed.ok) return parsed;
  const { expr } = parsed.value;
  if (expr === undefined) return refused(0, 'expression is empty');
  const walk: LintWalk = { parsed: parsed.value, problems: [], nodes: 0, variables: new Set(), attestations: new Set() };
  visit(expr, { scope: new Set(), loops: 0, depth: 0 }, walk);
  checkResult(expr, walk);
  if (walk.problems.length > 0) return { ok: false, problems: walk.problems };
  return { ok: true, uses: { variables: VARIABLES.filter((name) => walk.variables.has(name)), attestations: [...walk.attestations] } };
}

interface LintWalk {
  readonly parsed: ParsedExpression;
  readonly problems: ExpressionProblem[];
  nodes: number;
  readonly variables: Set<string>;
  readonly attestations: Set<string>;
}

interface Surroundings {
  /** Variables of the loops around. */
  readonly scope: ReadonlySet<string>;
  readonly loops: number;
  readonly depth: number;
}

function refused(offset: number, message: string): LintedExpression & { ok: false } {
  return { ok: false, problems: [{ offset, message }] };
}

function parseExpression(text: string): { readonly ok: true; readonly value: ParsedExpression } | (LintedExpression & { ok: false }) {
  try {
    return { ok: true, value: celEngine().parse(text) };
  } catch (error) {
    if (error instanceof RangeError) return refused(0, 'expression is nested too deeply');
    const { location, rawMessage = '' } = error as { location?: { start?: { offset?: number } }; rawMessage?: string };
    const offset = location?.start?.offset ?? 0;
    const reserved = rawMessage.startsWith('reserved') ? ` (${rawMessage.slice(0, LIMITS.quoted)})` : '';
    return refused(offset, `${notAnExpression(text, offset)}${reserved}`);
  }
}

function visit(node: Node, place: Surroundings, walk: LintWalk): void {
  walk.nodes += 1;
  if (walk.nodes === LIMITS.nodes + 1)
    report(node, `expression has more than ${LIMITS.nodes} parts; split it into several conditions`, walk);
  if (place.depth === LIMITS.depth + 1) report(node, `expression is nested deeper than ${LIMITS.depth} levels`, walk);
  if (walk.nodes > LIMITS.nodes || place.depth > LIMITS.depth) return;
  const below = { ...place, depth: place.depth + 1 };
  const { exprKind } = node;
  switch (exprKind.case) {
    case 'identExpr':
      return visitName(node, exprKind.value.name, place, walk);
    case 'comprehensionExpr':
      return visitLoop(node, below, walk);
    case 'callExpr':
      visitCall(node, walk);
      break;
    case 'structExpr':
      if (exprKind.value.messageName !== '') report(node, `there are no message types here, found ${exprKind.value.messageName}`, walk);
      break;
  }
  if (namesAttestation(node, walk)) return;
  for (const child of childrenOf(node)) visit(child, below, walk);
}

function visitName(node: Node, name: string, { scope }: Surroundings, walk: LintWalk): void {
  if (scope.has(name) || TYPES.has(name)) return;
  if (name === ATTESTATIONS)
    report(node, `${ATTESTATIONS} must be asked for a requirement by its name: ${ATTESTATIONS}["built"].predicate`, walk);
  else if ((VARIABLES as readonly string[]).includes(name)) walk.variables.add(name);
  else report(node, `unknown variable ${name.slice(0, 64)}; known are ${[...VARIABLES, ATTESTATIONS].join(', ')}`, walk);
}

function visitLoop(node: Node, place: Surroundings, walk: LintWalk): void {
  if (node.exprKind.case !== 'comprehensionExpr') return;
  const { iterVar, iterVar2, accuVar, iterRange, accuInit, loopCondition, loopStep, result } = node.exprKind.value;
  const loops = place.loops + 1;
  if (loops === LIMITS.nesting + 1)
    report(node, `loops (all, exists, map, filter) may stand at most ${LIMITS.nesting} inside each other`, walk);
  for (const name of [iterVar, iterVar2]) {
    if ((VARIABLES as readonly string[]).includes(name) || name === ATTESTATIONS)
      report(node, `loop variable ${name} hides the variable of that name; call it otherwise`, walk);
  }
  const scope = new Set([...place.scope, iterVar, iterVar2, accuVar]);
  if (iterRange !== undefined) visit(iterRange, place, walk);
  for (const part of [accuInit, loopCondition, loopStep, result]) if (part !== undefined) visit(part, { ...place, scope, loops }, walk);
}

function visitCall(node: Node, walk: LintWalk): void {
  if (node.exprKind.case !== 'callExpr') return;
  const { function: name, args, target } = node.exprKind.value;
  if (BUILT_IN.has(name)) return;
  const overloads = [...(functions().find(name) ?? [])];
  const shown = name.slice(0, 64);
  if (overloads.length === 0 || name.startsWith('@range')) report(node, `unknown function ${shown}()`, walk);
  else if (!overloads.some((one) => (one.target !== undefined) === (target !== undefined)))
    report(
      node,
      target === undefined ? `${shown}() is called on a value: value.${shown}(…)` : `${shown}() is not called on a value: ${shown}(value)`,
      walk,
    );
  else if (!overloads.some((one) => one.arguments.length === args.length))
    report(node, `${shown}() takes another number of arguments than ${args.length}`, walk);
  else if (name === 'matches') checkPattern(args[0], node, walk);
}

/** Only a literal can be checked now; a pattern out of evidence would be one that its author chose. */
function checkPattern(pattern: Node | undefined, call: Node, walk: LintWalk): void {
  const constant = pattern?.exprKind.case === 'constExpr' ? pattern.exprKind.value.constantKind : undefined;
  if (pattern === undefined || constant?.case !== 'stringValue')
    return report(call, 'the pattern of matches() must be written out as a text', walk);
  try {
    compileRe2(constant.value);
  } catch (error) {
    report(
      pattern,
      `${error instanceof Error ? error.message : 'not a regular expression'} (RE2: no look-around, no back-references)`,
      walk,
    );
  }
}

/** Takes in `attestations["name"]` and `attestations.name` as a whole. */
function namesAttestation(node: Node, walk: LintWalk): boolean {
  const { exprKind } = node;
  let name: string | undefined;
  if (exprKind.case === 'selectExpr' && isAttestations(exprKind.value.operand)) name = exprKind.value.field;
  if (exprKind.case === 'callExpr' && exprKind.value.function === '_[_]' && isAttestations(exprKind.value.args[0])) {
    const index = exprKind.value.args[1];
    if (index?.exprKind.case === 'constExpr' && index.exprKind.value.constantKind.case === 'stringValue')
      name = index.exprKind.value.constantKind.value;
  }
  if (name === undefined) return false;
  walk.attestations.add(name);
  if (walk.attestations.size === LIMITS.attestations + 1)
    report(node, `expression looks at more than ${LIMITS.attestations} other requirements`, walk);
  return true;
}

function isAttestations(node: Node | undefined): boolean {
  return node?.exprKind.case === 'identExpr' && node.exprKind.value.name === ATTESTATIONS;
}

/** Catches the plain mistakes; what only values decide fails at run time, and denies. */
function checkResult(node: Node, walk: LintWalk): void {
  const { exprKind } = node;
  const constant = exprKind.case === 'constExpr' ? exprKind.value.constantKind.case : undefined;
  const wrong =
    exprKind.case === 'listExpr' ||
    exprKind.case === 'structExpr' ||
    exprKind.case === 'identExpr' ||
    (constant !== undefined && constant !== 'boolValue');
  if (wrong) report(node, 'a condition must come to true or false', walk);
  else if (constant === 'boolValue') report(node, 'a condition that is always the same says nothing', walk);
}

function report(node: Node, message: string, walk: LintWalk): void {
  walk.problems.push({ offset: offsetOf(walk.parsed, node.id), message });
}
