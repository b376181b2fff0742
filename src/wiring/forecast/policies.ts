/** Policies as they stand in a cluster, for a command that looks at them once: what it makes of them a replica makes that begins anew. */
import { KubeStatusError } from '../../cluster/api.ts';
import type { KubeApi } from '../../cluster/api.ts';
import { listAll } from '../../cluster/list-watch.ts';
import type { TrustReader } from '../../domain/ports.ts';
import { compose } from '../../feeds/policies/composed/compose.ts';
import { NOTHING_GOOD } from '../../feeds/policies/composed/offer.ts';
import type { CompileDocuments, Composition, Offer } from '../../feeds/policies/composed/offer.ts';
import { chooseWhole } from '../../feeds/policies/composed/whole.ts';
import { withLimit } from '../../feeds/policies/sources/cluster.ts';
import { counts, pathOf, readResource, RESOURCE_KINDS } from '../../feeds/policies/sources/kinds.ts';
import type { ResourceDocument } from '../../feeds/policies/sources/kinds.ts';
import { SYSTEM_TIMERS } from '../../flow/timers.ts';
import { compilePolicies } from '../../policy/index.ts';
import type { RefusesDocument } from '../signed/index.ts';

/** Documents of a cluster, and what could not be read of them. */
export interface ClusterPolicies {
  readonly documents: readonly ResourceDocument[];
  readonly problems: readonly string[];
}

/** Reads all kinds of ours; of a namespace at most `perNamespace` ArtifactPolicies count. Rejects when the API server does not answer. */
export async function readClusterPolicies(api: KubeApi, perNamespace: number, signal: AbortSignal): Promise<ClusterPolicies> {
  const documents: ResourceDocument[] = [];
  const problems: string[] = [];
  for (const kind of RESOURCE_KINDS) {
    const read = (object: unknown): { readonly key: string; readonly value: ResourceDocument } | undefined => {
      const document = readResource(object, kind);
      return document === undefined ? undefined : { key: document.key, value: document };
    };
    try {
      const { items } = await listAll(api, { path: pathOf(kind), read }, { pageSize: 500, timers: SYSTEM_TIMERS, signal });
      documents.push(...items.values());
    } catch (cause) {
      if (!(cause instanceof KubeStatusError)) throw cause;
      // A kind that is not served has no objects.
      if (cause.status !== 404) problems.push(`${kind.plural}.gatehouse.dev cannot be listed (the API server answers ${cause.status})`);
    }
  }
  return { documents: withLimit(documents.filter(counts), perNamespace), problems };
}

/** With what they are compiled. */
export interface ComposedWith {
  readonly trust: TrustReader;
  /** Begins to refuse documents, once for each compilation; nothing: all are taken. */
  refuses(): RefusesDocument | undefined;
}

/**
 * Composes them as a replica does that has just begun (ADR 0043): what speaks and cannot be used makes undetermined what it speaks about,
 * and each such document is told. One that runs already may still have a last good form of it in memory, which nobody else knows.
 */
export async function composePolicies(
  { whole, resources }: Offer, { trust, refuses }: ComposedWith, signal: AbortSignal,
): Promise<Composition & { readonly unusable: readonly string[] }> {
  const compile: CompileDocuments = (files, _signal, extras) => compilePolicies(files, { trust, refuses: refuses(), ...extras });
  const choice = await chooseWhole(whole, NOTHING_GOOD.whole, compile, signal);
  const made = await compose(choice, { resources }, NOTHING_GOOD, compile, signal);
  const unusable = made.resources.filter(({ form }) => form !== 'good').map(({ document, form, problems: [first] }) => {
    const why = first === undefined ? 'it cannot be used' : [first.path, first.message].filter((part) => part !== '').join(': ');
    return `${document.key} ${form === 'standIn' ? 'cannot be used, so that what it speaks about is undetermined' : 'is left out'}: ${why}`;
  });
  return { ...made, unusable };
}
