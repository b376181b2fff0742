/** Definitions come from places that are allowed, do not move, and are signed; what stands in a run itself is signed by nobody. */
import type { BuildMatter } from '../../domain/build/matter.ts';
import type { DefinitionsRequirement } from '../../domain/policy/request-policy.ts';
import { isWithin, openLevel } from './definition/graph.ts';
import type { DefinitionNode, Level } from './definition/graph.ts';
import { judgeMade } from './definition/made.ts';
import { judgeOrigin } from './definition/origin.ts';
import { belongingOf } from './owner.ts';
import type { RequestJudge, RequestOutcome, RequestQuestion } from './question.ts';

/**
 * Judges every definition that an object is, holds or leads to.
 *
 * A run: all of them. A definition that is stored: its own signature, and where the definitions come from to which it refers; what those
 * say is judged when a run uses them, since they may be stored later. One that an engine has resolved for a run (it comes as a dry run):
 * as a run. What an engine makes for a run that was admitted is compared with that run, in place of the rule about inline definitions.
 * An UPDATE of a run that changes nothing of what is executed is not judged again: it must not keep anybody from stopping a run.
 */
export const judgeDefinitions: RequestJudge<'definitions'> = (requirement, question) => {
  const { matter } = question;
  if (matter.about !== 'build' || matter.operation === 'DELETE' || isSettled(matter)) return undefined;
  const { request } = matter;
  const belonging = belongingOf(matter, question);
  const shallow = request.role !== 'run' && !isResolved(matter, question);
  const level = openLevel(request, question, requirement.signedBy, shallow);
  const made = belonging.state === 'made' ? judgeMade(request, belonging.run, question, requirement.signedBy) : [];
  return [
    ...(belonging.state === 'wrong' ? [belonging.outcome] : []),
    ...made,
    // While it is not known for whom it was made, that is all that is said: a violation would end a run that may be good.
    ...(belonging.state === 'own' ? inlineOnes(level, requirement) : []),
    ...everyNode(level).flatMap((node) => {
      const origin = judgeOrigin(node.use, requirement);
      // What must not be used at all needs no word about its signature.
      return origin === undefined ? node.outcomes : [{ ...origin, path: node.path, artifact: node.called }];
    }),
  ];
};

/** True for an UPDATE by which nothing else is executed than before, and for what is on its way out. */
export function isSettled({ request }: BuildMatter): boolean {
  return request.isUnchanged === true && (request.role !== 'definition' || request.isEnding === true);
}

/** A definition that an engine has fetched for a run: it comes as a dry run, by its controller. */
export function isResolved({ request, requester }: BuildMatter, { settings }: RequestQuestion): boolean {
  return request.role === 'definition' && request.dryRun && settings[request.engine].controllers.has(requester.username);
}

const REFERRED = { expected: ['a reference to a definition that is signed and stored'], found: ['what the run itself says'] } as const;

/** What stands in an object that is a definition itself is part of it; in anything else it is what whoever asks has written. */
function inlineOnes({ request, nodes }: Level, { inline }: DefinitionsRequirement): readonly RequestOutcome[] {
  if (inline === 'allow' || request.role === 'definition') return [];
  const selves = nodes.filter(({ use }) => use.form === 'self').map(({ use }) => use);
  const found = nodes.filter(({ use }) => use.form === 'inline' && !selves.some((self) => isWithin(use, self)));
  const paths = new Set(found.map(({ path }) => path));
  return found
    .filter(({ path }) => !holdersOf(path).some((holder) => paths.has(holder)))
    .map(({ path, called }) => ({ code: 'POLICY_DEFINITION_INLINE', path, artifact: called, ...REFERRED }));
}

/** Paths of everything that holds what stands at a path. */
function holdersOf(path: string): readonly string[] {
  const parts = path.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}

function everyNode({ nodes }: Level): readonly DefinitionNode[] {
  return nodes.flatMap((node) => {
    // What was looked up stands in itself once more.
    const inside = node.inside === undefined ? [] : everyNode(node.inside).filter(({ use }) => use.form !== 'self');
    return [node, ...inside];
  });
}
