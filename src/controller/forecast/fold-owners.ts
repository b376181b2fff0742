/** Many refusals as few lines: one for each owner, with what of it would be refused. */
import type { Finding } from '../../domain/decision/finding.ts';
import type { ForecastOwner, ForecastPart, ForecastReason, ForecastRole } from '../../domain/decision/forecast.ts';
import { extract } from '../../extract/index.ts';
import { findingLine } from '../../explain/index.ts';
import { own, ownText } from '../../text/json/fields.ts';
import type { ListedObject } from '../../cluster/objects.ts';
import { nameOf, sinceOf } from './owners.ts';
import type { Owner, OwnerOf } from './owners.ts';
import type { Question } from './population.ts';
import { repairsIn, UNGATED_NAMESPACES } from './repairs.ts';

/** A question whose answer would be no, and the findings for which it is. */
export interface Refused {
  readonly question: Question;
  readonly findings: readonly Finding[];
}

/** Whose they are, and everything that was asked: from it is known where the images of the cluster come from. */
export interface Folding {
  readonly ownerOf: OwnerOf;
  readonly questions: readonly Question[];
  readonly ungated?: ReadonlySet<string> | undefined;
}

/** Names that are listed of many objects that are alike. */
const MOST_NAMES = 20;
const ROLES: readonly ForecastRole[] = ['template', 'schedule', 'job', 'build', 'pods', 'earlier'];

/** Folds them; those that the cluster needs to mend itself stand first. */
export function foldOwners(
  refused: readonly Refused[], { ownerOf, questions, ungated = UNGATED_NAMESPACES }: Folding,
): readonly ForecastOwner[] {
  if (refused.length === 0) return [];
  const repairsOf = repairsIn(questions.flatMap(({ review }) => imagesOf(review)));
  const owned = Map.groupBy(refused, ({ question }) => ownerOf(question.listed).key);
  return [...owned.values()].map((all): ForecastOwner => {
    const [first] = all;
    const owner = ownerOf((first as Refused).question.listed);
    const images = all.flatMap(({ question }) => imagesOf(question.review));
    const written = owner.listed?.object ?? first?.question.listed.object;
    const repairs = repairsOf({ object: owner.object, written, images });
    return {
      object: owner.object,
      ...(owner.since === undefined ? {} : { since: owner.since }),
      ...(repairs === undefined ? {} : { repairs }),
      ...(ungated.has(owner.object.namespace) ? { ungated: true } : {}),
      parts: partsOf(all, owner),
    };
  }).toSorted(inOrder);
}

function imagesOf(review: Question['review']): readonly string[] {
  return extract(review).artifacts.map(({ raw }) => raw);
}

/** Alike are objects of one role and kind that are refused for the same reasons; of a template that is the same as its owner's, the owner's. */
function partsOf(refused: readonly Refused[], owner: Owner): readonly ForecastPart[] {
  const parts = Map.groupBy(refused, (one) => {
    const role = roleOf(one.question, owner);
    const why = one.findings.map(
      ({ code, policy, ofRequest, requirement, artifact, digest }) => [code, policy, ofRequest, requirement, artifact, digest],
    );
    const { listed } = one.question;
    return JSON.stringify([role, role === 'pods' ? '' : listed.kind, role === 'earlier' ? nameOf(listed).name : why]);
  });
  const all = [...parts.values()].map((alike) => partOf(alike, owner));
  const ofOwner = all.filter(({ role, kind }) => role === 'template' && kind === owner.object.kind).map(whyOf);
  return all
    .filter((part) => part.role !== 'template' || part.kind === owner.object.kind || !ofOwner.includes(whyOf(part)))
    .toSorted((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || compare(a.names[0] ?? '', b.names[0] ?? ''));
}

function partOf(alike: readonly Refused[], owner: Owner): ForecastPart {
  const [{ question, findings }] = alike as readonly [Refused, ...Refused[]];
  const objects = [...new Set(alike.map((one) => one.question.listed))];
  const since = objects.map((one) => sinceOf(one).since).filter((one) => one !== undefined).toSorted()[0];
  return {
    role: roleOf(question, owner),
    kind: question.listed.kind,
    names: objects.slice(0, MOST_NAMES).map((one) => nameOf(one).name),
    count: objects.length,
    ...(since === undefined ? {} : { since }),
    outcome: findings.some(({ verdict }) => verdict === 'violated') ? 'deny' : 'undetermined',
    reasons: findings.map(reasonOf),
  };
}

/** Kinds whose earlier templates are read as such (`revisions.ts`). */
const REVISED: ReadonlySet<string> = new Set(['DaemonSet', 'StatefulSet']);
const REVISION = 'deployment.kubernetes.io/revision';

/** A ReplicaSet that its Deployment has gone on from is what a rollback would bring back, and so is a set that one of its kind controls. */
function roleOf({ listed, role }: Question, { listed: owner, object }: Owner): ForecastRole {
  if (REVISED.has(listed.kind) && listed.kind === object.kind && listed !== owner) return 'earlier';
  if (listed.kind !== 'ReplicaSet' || owner?.kind !== 'Deployment') return role;
  const [its, current] = [revisionOf(listed), revisionOf(owner)];
  const isEarlier = its === '' || current === '' ? own(own(listed.object, 'spec'), 'replicas') === 0 : its !== current;
  return isEarlier ? 'earlier' : role;
}

function revisionOf({ object }: ListedObject): string {
  return ownText(own(own(object, 'metadata'), 'annotations'), REVISION) ?? '';
}

function whyOf({ reasons }: ForecastPart): string {
  return JSON.stringify(reasons.map(({ code, policy, requirement, artifact }) => [code, policy, requirement, artifact]));
}

function reasonOf(finding: Finding): ForecastReason {
  const { verdict, code, policy, ofRequest, requirement, path, artifact, digest } = finding;
  return {
    verdict: verdict === 'violated' ? 'violated' : 'undetermined', code,
    ...(policy === undefined ? {} : { policy }), ...(ofRequest === undefined ? {} : { ofRequest }),
    ...(requirement === undefined ? {} : { requirement }),
    path, artifact, ...(digest === undefined ? {} : { digest }),
    text: findingLine(finding),
  };
}

function inOrder(a: ForecastOwner, b: ForecastOwner): number {
  return Number(a.repairs === undefined) - Number(b.repairs === undefined)
    || compare(a.object.namespace, b.object.namespace) || compare(a.object.kind, b.object.kind) || compare(a.object.name, b.object.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
