/** One PipelinePolicy becomes requirements, in the order in which messages name them, and the trust that its signers take. */
import type { TrustMaterial } from '../../domain/evidence.ts';
import type { PublishRequirement, RequestPolicy, RequestRequirement } from '../../domain/policy/request-policy.ts';
import { materialOf } from '../compile/material.ts';
import type { PolicyContext } from '../compile/policy.ts';
import type { Collected } from '../kinds/kind.ts';
import type { Entry } from '../read/catalogue.ts';
import type { Reporter } from '../read/reporter.ts';
import type { Steps } from '../steps.ts';
import { eachStep } from '../steps.ts';
import { compileCallers, compileReceipts } from './callers.ts';
import { compileClasses } from './classes.ts';
import { compileHygiene, compileImages, compileParameters } from './contents.ts';
import { compileDefinitions, compileRequiredTasks, compileSignedBy } from './definitions.ts';
import type { SignedBy } from './definitions.ts';
import { compileJail, compilePublish } from './gates.ts';
import { compileRequesters, compileServiceAccounts } from './requesters.ts';
import type { PipelinePolicyDocument } from './schema.ts';

/** A policy about pipelines with what only this room needs: what its author wrote, and where to report advice. */
export interface DraftRequestPolicy {
  readonly policy: RequestPolicy;
  readonly spec: PipelinePolicyDocument['spec'];
  readonly report: Reporter;
}

type PipelineEntry = Entry<PipelinePolicyDocument>;

/** Compiles all policies about pipelines, one a step; broken ones are reported and absent. */
export function compilePipelineSteps(entries: readonly PipelineEntry[], context: PolicyContext): Steps<readonly DraftRequestPolicy[]> {
  const materials = new Map<string, TrustMaterial>();
  return eachStep(entries, (entry) => compileOne(entry, context, materials));
}

function compileOne(
  { name, value, report }: PipelineEntry,
  { trust, ...known }: PolicyContext,
  materials: Map<string, TrustMaterial>,
): DraftRequestPolicy | undefined {
  const { spec } = value;
  const collected: Collected = {
    names: new Set(), signers: new Map(), earlier: new Map(), layouts: new Map(), relatedTypes: new Set(),
  };
  const tools = { report, ...known, hash: (one: unknown) => trust.hash(one) };
  const signedBy = compileSignedBy(spec.definitions, { tools, collected });
  if (spec.definitions?.signedBy !== undefined && signedBy === undefined) return undefined;
  const site = { tools, collected };
  const publish = spec.publish && compilePublish(spec.publish, signedBy, compileClasses(spec.classes), site);
  if (spec.publish !== undefined && publish === undefined) return undefined;
  const policy: RequestPolicy = {
    name,
    ...(spec.namespaces === undefined ? {} : { namespaces: spec.namespaces }),
    mode: spec.mode ?? 'enforce',
    requirements: requirementsOf(spec, signedBy, publish),
    trust: materialOf(collected.signers, trust, materials),
  };
  return { policy, spec, report };
}

/** What is written is demanded; images, writers and reserved names are looked at by every policy. */
function requirementsOf(
  spec: PipelinePolicyDocument['spec'], signedBy: SignedBy, publish: PublishRequirement | undefined,
): readonly RequestRequirement[] {
  const { requesters, definitions, parameters, images, hygiene, serviceAccounts, jail, callers, receipts } = spec;
  const classes = compileClasses(spec.classes);
  const requirements: readonly (RequestRequirement | undefined)[] = [
    requesters && compileRequesters(requesters),
    definitions && compileDefinitions(definitions, signedBy, classes),
    definitions?.require && compileRequiredTasks(definitions.require, signedBy, classes),
    parameters && compileParameters(parameters),
    compileImages(images, definitions !== undefined),
    hygiene && compileHygiene(hygiene, classes),
    serviceAccounts && compileServiceAccounts(serviceAccounts),
    jail && compileJail(jail, signedBy, classes),
    publish,
    callers && compileCallers(callers),
    receipts && compileReceipts(receipts, signedBy, classes),
    { kind: 'writers', name: 'writers' },
    { kind: 'reserved', name: 'reserved names' },
  ];
  return requirements.filter((requirement) => requirement !== undefined);
}
