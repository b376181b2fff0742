/** The content of a definition, and what of its signatures holds. */
import type { QuestionOf } from '../../domain/build/facts.ts';
import { DEFAULT_BUILD_SETTINGS } from '../../domain/build/settings.ts';
import { isObject, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { Context } from '../context.ts';
import { foundAnswer, nameOf, notFound, notKnown } from './definitions/answer.ts';
import type { DefinitionResult } from './definitions/answer.ts';
import { bundleImage, findBundled } from './definitions/bundled.ts';
import { gathered, proveDefinition } from './definitions/prove.ts';
import { findResolved, findResolvedBefore } from './definitions/resolved.ts';
import { carriedBy } from './definitions/signatures.ts';
import type { Ways } from './ways.ts';

const TEKTON = 'tekton.dev';

/**
 * Finds the content of a definition where it is, and verifies its signatures (ADR 0023):
 *
 * - what stands in the request, over the object, or over what its author applied; what an engine has resolved, over the bytes that its
 *   ResolutionRequest brought;
 * - what the cluster holds, as it is now;
 * - what a bundle holds that is pinned by a digest, by its own signatures and by those of the image;
 * - what is fetched when the run is on its way is not there yet: it is found only if the same was resolved before.
 */
export async function findDefinition(question: QuestionOf<'definition'>, ways: Ways): Promise<DefinitionResult> {
  const { context } = ways;
  const { use } = question;
  switch (use.form) {
    case 'self':
      if (!isObject(use.object)) return notFound('it is no object');
      return isDryRunOfEngine(use.object, context)
        ? findResolved(question, use.object, ways)
        : proveObject(question, use.object, `the ${use.kind} of the request`, context);
    case 'local':
      return findLocal(question, use, ways);
    case 'remote':
      return findRemote(question, use, ways);
    case 'inline':
      return notFound('it stands in the object that uses it, and is signed with that');
    case 'custom':
      return notFound('another controller runs it');
  }
}

type UseOf<Form> = Extract<QuestionOf<'definition'>['use'], { readonly form: Form }>;

/** An engine has what it resolved admitted under a name of its own: its controller asks, and nothing is stored. */
function isDryRunOfEngine(object: JsonObject, { ports, review }: Context): boolean {
  const { tekton } = ports.build ?? DEFAULT_BUILD_SETTINGS;
  const isTekton = (ownText(object, 'apiVersion') ?? '').startsWith(`${TEKTON}/`);
  return isTekton && review.dryRun && review.operation === 'CREATE' && tekton.controllers.has(review.user.username);
}

async function findRemote(question: QuestionOf<'definition'>, use: UseOf<'remote'>, ways: Ways): Promise<DefinitionResult> {
  const { source } = use;
  const { context } = ways;
  switch (source.from) {
    case 'cluster':
      if (source.resource !== `${use.kind.toLowerCase()}s`)
        return notFound(`${source.resource} are no definitions of the kind ${use.kind}`);
      return findLocal(question, { ...source, group: TEKTON }, ways);
    case 'bundle': {
      const image = source.digest === undefined ? undefined : bundleImage(`${source.name}@${source.digest}`);
      if (image === undefined) return notFound('what it names can move until it is resolved');
      return findBundled(question, image, source.entry, context);
    }
    case 'git': case 'http':
      return (await findResolvedBefore(question, ways)) ?? notFound('it is fetched when the run is on its way');
    default:
      return notFound('it is fetched when the run is on its way');
  }
}

type Located = Pick<UseOf<'local'>, 'group' | 'resource' | 'namespace' | 'name'>;

async function findLocal(
  question: QuestionOf<'definition'>, { group, resource, namespace, name }: Located, { context, find }: Ways,
): Promise<DefinitionResult> {
  const answer = await find({ kind: 'object', group, resource, namespace, name });
  if (!answer.known) return answer;
  const source = namespace === '' ? `${resource} ${name}` : `${resource} ${namespace}/${name}`;
  return answer.value === null ? notFound(`${source}: there is none`) : proveObject(question, answer.value, source, context);
}

async function proveObject(
  question: QuestionOf<'definition'>, object: JsonObject, source: string, context: Context,
): Promise<DefinitionResult> {
  const { digest, evidence, problems } = carriedBy(object);
  const outcomes = await proveDefinition(evidence, { name: nameOf(object), digest, trust: question.trust }, context);
  if (outcomes === undefined) return notKnown(`signatures of ${source}: time ran out`);
  const { proofs, problems: further } = gathered(outcomes);
  return foundAnswer({ content: object, digest, source, proofs, problems: [...problems, ...further] }, question);
}
