/** Requests about resources of ours, judged with the documents in force and by the word of the API server. */
import type { Recorder, TrustReader } from '../../domain/ports.ts';
import { createAccessReview } from '../../cluster/access-review.ts';
import type { FolderPolicyStore } from '../../feeds/policies/store.ts';
import { createOwnJudge, withOwnKinds } from '../../own/index.ts';
import type { AskExempt } from '../../own/index.ts';
import { newDecisionId } from '../../platform/decisions/id.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import type { Admit } from '../../surfaces/http/deps.ts';
import type { Cluster } from '../cluster.ts';
import type { Configuration } from '../live/configuration.ts';
import type { PolicySignatures } from '../signed/index.ts';

/** With what they are judged. */
export interface OwnParts {
  readonly configuration: Pick<Configuration, 'current'>;
  readonly policies: Pick<FolderPolicyStore, 'files' | 'written' | 'current'>;
  readonly recorder: Recorder;
  readonly cluster: Pick<Cluster, 'reviews'> | undefined;
  readonly signatures: Pick<PolicySignatures, 'refusal'>;
  /** With what replicas know of trust roots by now. */
  readonly trust: TrustReader;
}

/** The judge of everything else with that of resources of ours before it. */
export function openOwn(
  { configuration, policies, recorder, cluster, signatures, trust }: OwnParts, { logger, metrics }: Telemetry, others: Admit,
): Admit {
  let glasses = 0;
  const help = 'Changes of documents of the whole cluster by the group of breakGlass';
  metrics.total('break_glass_total', help, [], () => [{ labels: {}, value: glasses }]);
  return withOwnKinds(others, createOwnJudge({
    // Both change while the server runs; a request is judged by what they are when that begins.
    get administrators() { return configuration.current().administrators; },
    get breakGlass() { return configuration.current().breakGlass; },
    policiesPerNamespace: configuration.current().limits.policiesPerNamespace,
    clock: Date,
    recorder,
    trust,
    documents: policies.written ?? policies.files,
    unsigned: signatures.refusal,
    policies: () => {
      const state = policies.current();
      if (!state.ready) return { policyGeneration: '' };
      return { policyGeneration: state.set.generation, ...(state.sources === undefined ? {} : { policySources: state.sources }) };
    },
    askExempt: cluster?.reviews === undefined ? undefined : askExempt(cluster.reviews),
    newId: newDecisionId,
    onBreakGlass({ uid, user: { username, groups } }, cause) {
      glasses += 1;
      const who = { uid: uid.slice(0, 128), user: username.slice(0, 256), groups: groups.slice(0, 32) };
      logger.error(who, `break glass: ${cause.slice(0, 512)}`);
    },
    onFault: (err, review) => logger.error({ err, uid: review.uid.slice(0, 128) }, 'fault in judging a document'),
  }));
}

/** `exempt` of a policy, asked with a SubjectAccessReview. */
function askExempt(reviews: NonNullable<Cluster['reviews']>): AskExempt {
  const ask = (resource: 'clusterartifactpolicies' | 'artifactpolicies') =>
    createAccessReview(reviews, { verb: 'exempt', group: 'gatehouse.dev', resource });
  const asking = { clusterartifactpolicies: ask('clusterartifactpolicies'), artifactpolicies: ask('artifactpolicies') };
  return (user, { resource, namespace, name }) => asking[resource](user, namespace, name);
}
