/** What an engine makes for something else belongs to that: whose an object is by its owner reference, and the live run that it names. */
import type { BuildEngine, BuildRequest, OwnerClaim } from '../../domain/build/build-request.ts';
import type { RunFact } from '../../domain/build/facts.ts';
import type { BuildMatter } from '../../domain/build/matter.ts';
import type { BuildSettings } from '../../domain/build/settings.ts';
import { unknownYet } from './question.ts';
import type { RequestOutcome, RequestQuestion } from './question.ts';

/** API groups of owners, and whose they are. */
const ENGINES: Readonly<Record<string, BuildEngine>> = { 'tekton.dev': 'tekton', 'argoproj.io': 'argo', 'shipwright.io': 'shipwright' };

/** A kind for which engines make objects. */
interface OwnerKind {
  readonly resource: string;
  /** What is made for it was asked for with it. */
  readonly starts?: 'run' | 'schedule';
  /** It says itself what is run: what is made for it must say the same. */
  readonly saysWhat?: true;
}

const KINDS: Readonly<Record<string, OwnerKind>> = {
  PipelineRun: { resource: 'pipelineruns', starts: 'run', saysWhat: true },
  TaskRun: { resource: 'taskruns', starts: 'run' },
  CustomRun: { resource: 'customruns' },
  BuildRun: { resource: 'buildruns', starts: 'run', saysWhat: true },
  Workflow: { resource: 'workflows', starts: 'run', saysWhat: true },
  CronWorkflow: { resource: 'cronworkflows', starts: 'schedule', saysWhat: true },
};

/** Whose an owner is, and where it is found. */
interface OwnerPlace extends OwnerKind {
  readonly engine: BuildEngine;
  readonly group: string;
}

/** Where the owner of a claim is found; `undefined` for owners that are no engine's. */
export function placeOf(owner: Pick<OwnerClaim, 'apiVersion' | 'kind'> | undefined): OwnerPlace | undefined {
  const group = owner?.apiVersion.split('/')[0] ?? '';
  const engine = Object.hasOwn(ENGINES, group) ? ENGINES[group] : undefined;
  const kind = owner === undefined || !Object.hasOwn(KINDS, owner.kind) ? undefined : KINDS[owner.kind];
  return engine === undefined || kind === undefined ? undefined : { ...kind, engine, group };
}

/**
 * For what an object was made, when whoever asks is the controller of the engine of the owner that it claims; `undefined` for all that
 * somebody else makes. Whether the claim is true is for `writers` to say, which is part of every policy.
 */
export function madeFor(
  { owner, requester }: Pick<BuildRequest, 'owner' | 'requester'>, settings: BuildSettings,
): 'run' | 'schedule' | undefined {
  const place = placeOf(owner);
  return place !== undefined && settings[place.engine].controllers.has(requester.username) ? place.starts : undefined;
}

/** A claim to belong to something, as far as it is compared; `path` is where it stands in the object, if it stands there. */
export type Claim = Pick<OwnerClaim, 'kind' | 'name' | 'uid'> & { readonly path?: string };

/** Whether the object of that name, which has this uid, is the one that is claimed. */
export function isClaimed({ uid: claimed }: Claim, uid: string): boolean {
  return uid === claimed && uid !== '';
}

/** What is wrong with a claim: the object of that name has this uid, or there is none. */
export function wrongClaim(owner: Claim, uid: string | undefined): RequestOutcome {
  const called = `${owner.kind} ${owner.name}`;
  return {
    code: 'POLICY_OWNER', artifact: called,
    ...(owner.path === undefined ? {} : { path: owner.path }),
    expected: [`${called} with uid ${owner.uid}`],
    found: [uid === undefined ? 'there is none of that name' : `uid ${uid}`],
  };
}

/** The run that a claim names, or what is wrong or not known of it. */
export type ClaimedRun = { readonly found: true; readonly run: RunFact } | { readonly found: false; readonly outcome: RequestOutcome };

/**
 * Looks up the run that a claim names. The API server lets anybody write any owner reference, so the run must be there with that uid:
 * else one run would be taken for another.
 */
export function claimedRun(
  owner: Claim, place: Pick<OwnerPlace, 'group' | 'resource'>, namespace: string, ask: RequestQuestion['ask'],
): ClaimedRun {
  const { group, resource } = place;
  const answer = ask({ kind: 'run', group, resource, namespace, name: owner.name });
  if (answer?.known !== true) return { found: false, outcome: unknownYet(`${owner.kind} ${owner.name}`, answer?.cause, owner.path) };
  const run = answer.value;
  return run !== null && isClaimed(owner, run.uid) ? { found: true, run } : { found: false, outcome: wrongClaim(owner, run?.uid) };
}

/** For whom an object is made: `run` is live, and has the uid that the object claims. */
export type Belonging =
  | { readonly state: 'own' }
  | { readonly state: 'made'; readonly run: RunFact }
  | { readonly state: 'wrong'; readonly outcome: RequestOutcome };

/**
 * Whether an object is made by its engine for a live run. What anybody else makes stands for itself, whatever it claims: that it must
 * not claim it is said by `writers`.
 */
export function belongingOf({ request, requester }: BuildMatter, { settings, ask }: RequestQuestion): Belonging {
  const place = placeOf(request.owner);
  if (place === undefined || !settings[place.engine].controllers.has(requester.username)) return { state: 'own' };
  return belongingTo(request.owner, request.namespace, ask);
}

/** The run that an object claims to be made for, whoever makes the claim; what is made for nothing that says what is run is its own. */
export function belongingTo(owner: OwnerClaim | undefined, namespace: string, ask: RequestQuestion['ask']): Belonging {
  const place = placeOf(owner);
  if (owner === undefined || place?.saysWhat !== true) return { state: 'own' };
  const claimed = claimedRun(owner, place, namespace, ask);
  return claimed.found ? { state: 'made', run: claimed.run } : { state: 'wrong', outcome: claimed.outcome };
}
