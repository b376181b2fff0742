/** Artifact rules as in-toto defines them: a queue of paths from which each rule takes what it matches. */
import type { ArtifactRule, ArtifactSet, MatchRule } from '../../domain/policy/layout.ts';
import { normalPath } from '../../domain/policy/layout-path.ts';
import { shellPattern } from '../../text/fnmatch.ts';
import type { ShellPattern } from '../../text/fnmatch.ts';

/** What rules look at of a step: its artifacts. */
export interface Recorded {
  readonly materials: ArtifactSet;
  readonly products: ArtifactSet;
}

/** One list of rules and what it is about. */
export interface RuleQuestion {
  readonly subject: 'materials' | 'products';
  readonly rules: readonly ArtifactRule[];
  readonly own: Recorded;
  /** What MATCH compares with, by name of step (or inspection). */
  readonly others: ReadonlyMap<string, Recorded>;
}

/** The first rule that failed: the artifacts it failed on, what was left before it, and what every rule before it took. */
export interface RuleFailure {
  readonly rule: string;
  readonly artifacts: readonly string[];
  readonly queue: readonly string[];
  readonly trace: readonly string[];
}

/**
 * Applies a list of artifact rules (in-toto specification v1.0, 4.3.3): all paths of the subject stand in a queue, each
 * rule takes out what it matches, DISALLOW fails on what is left, REQUIRE fails when its path is not left. What no rule
 * matched is allowed. `undefined` when no rule fails.
 */
export function applyRules(question: RuleQuestion): RuleFailure | undefined {
  const queue = new Set(question.own[question.subject].keys());
  const trace: string[] = [];
  for (const rule of question.rules) {
    const failed = failedOn(rule, queue);
    if (failed !== undefined) return { rule: ruleText(rule), artifacts: failed, queue: [...queue].sort(), trace };
    const taken = consumed(rule, queue, question);
    for (const path of taken) queue.delete(path);
    trace.push(`${ruleText(rule)}: took ${taken.length}, left ${queue.size}`);
  }
  return undefined;
}

/** A rule as its author writes it. */
export function ruleText(rule: ArtifactRule): string {
  if (rule.kind !== 'match') return `${rule.kind.toUpperCase()} ${rule.pattern}`;
  const source = rule.sourcePrefix === '' ? '' : ` IN ${rule.sourcePrefix}`;
  const destination = rule.destinationPrefix === '' ? '' : ` IN ${rule.destinationPrefix}`;
  return `MATCH ${rule.pattern}${source} WITH ${rule.destination.toUpperCase()}${destination} FROM ${rule.from}`;
}

/** The artifacts that make the rule fail; `undefined` when it cannot or does not. */
function failedOn(rule: ArtifactRule, queue: ReadonlySet<string>): readonly string[] | undefined {
  if (rule.kind === 'require') return queue.has(normalPath(rule.pattern)) ? undefined : [rule.pattern];
  if (rule.kind !== 'disallow') return undefined;
  const matched = matching(queue, rule.pattern);
  return matched.length === 0 ? undefined : matched.sort();
}

function consumed(rule: ArtifactRule, queue: ReadonlySet<string>, question: RuleQuestion): readonly string[] {
  const { materials, products } = question.own;
  switch (rule.kind) {
    case 'match':
      return matchedWith(rule, queue, question);
    case 'create':
      return matching(queue, rule.pattern).filter((path) => products.has(path) && !materials.has(path));
    case 'delete':
      return matching(queue, rule.pattern).filter((path) => materials.has(path) && !products.has(path));
    case 'modify':
      return matching(queue, rule.pattern).filter(
        (path) => materials.has(path) && products.has(path) && materials.get(path) !== products.get(path),
      );
    case 'allow':
      return matching(queue, rule.pattern);
    case 'disallow':
    case 'require':
      return [];
  }
}

/** Those whose path below the source prefix matches, and which the destination recorded below its prefix with equal digests. */
function matchedWith(rule: MatchRule, queue: ReadonlySet<string>, { own, subject, others }: RuleQuestion): readonly string[] {
  const destination = others.get(rule.from)?.[rule.destination];
  if (destination === undefined) return [];
  const pattern = compiled(rule.pattern);
  const [source, target] = [folder(rule.sourcePrefix), folder(rule.destinationPrefix)];
  return [...queue].filter((path) => {
    if (!path.startsWith(source)) return false;
    const rest = path.slice(source.length);
    return pattern.test(rest) && destination.get(normalPath(`${target}${rest}`)) === own[subject].get(path);
  });
}

/** The prefix with the slash that ends it; nothing for no prefix. */
function folder(prefix: string): string {
  if (prefix === '') return '';
  const path = normalPath(prefix);
  return path.endsWith('/') ? path : `${path}/`;
}

function matching(queue: ReadonlySet<string>, pattern: string): string[] {
  const { test } = compiled(pattern);
  return [...queue].filter((path) => test(path));
}

const UNTIDY_PATTERN = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** Patterns are normalised like the paths they are for, unless a set could have the slash inside. */
function compiled(pattern: string): ShellPattern {
  return shellPattern(UNTIDY_PATTERN.test(pattern) && !/[[*?]/.test(pattern) ? normalPath(pattern) : withoutDots(pattern));
}

/** `./*` is `*`; further inside, only segments without a wildcard could be resolved, so nothing is. */
function withoutDots(pattern: string): string {
  return pattern.replace(/^(?:\.\/+)+(?=.)/s, '');
}
