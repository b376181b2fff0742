/** Policies as they stand in a cluster, for a command that looks at them once. */
import type { ListedObject } from '../../cluster/objects.ts';
import { listObjects } from '../../cluster/objects.ts';
import type { KubeApi } from '../../cluster/api.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { PolicyFile } from '../../feeds/policies/files.ts';
import { compilePolicies, formatProblem } from '../../policy/index.ts';
import { own, ownText } from '../../text/json/fields.ts';
import type { Compiled } from '../local/policies.ts';

const GROUP = 'gatehouse.dev';
/** Kinds of ours that are documents of a set, by their resources. */
const RESOURCES: ReadonlySet<string> = new Set([
  'signers', 'clusterartifactpolicies', 'artifactpolicies', 'trustroots', 'revocationlists', 'pipelinepolicies', 'admissionexceptions', '*',
]);

/** Documents of a cluster, and what could not be read of them. */
export interface ClusterPolicies {
  readonly files: readonly PolicyFile[];
  readonly problems: readonly string[];
}

/** Reads them all. Rejects when the API server does not say what it serves. */
export async function readClusterPolicies(api: KubeApi, signal: AbortSignal): Promise<ClusterPolicies> {
  const { objects, problems } = await listObjects(api, {
    isWanted: (group, resource) => group === GROUP && RESOURCES.has(resource), signal,
  });
  return { files: objects.map(documentOf), problems };
}

/** What its author has written, and nothing that others write beside it: neither status nor managed fields. */
function documentOf({ kind, object }: ListedObject): PolicyFile {
  const metadata = own(object, 'metadata');
  const [name, namespace] = [ownText(metadata, 'name') ?? '', ownText(metadata, 'namespace')];
  const { apiVersion, status: _status, metadata: _metadata, ...rest } = object;
  const text = JSON.stringify({ apiVersion, ...rest, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } });
  return { path: `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`, text };
}

/**
 * Compiles them, without those that cannot be used: the server makes undetermined what such a one speaks about (ADR 0043), and each is
 * told in `leftOut`. In each round something goes, so there is an end.
 */
export function compileUsable(files: readonly PolicyFile[], trust: TrustReader, leftOut: string[]): Compiled {
  let usable = files;
  for (;;) {
    const compiled = compilePolicies(usable, { trust });
    const broken = new Map(compiled.problems.filter(({ severity }) => severity === 'error').map((one) => [one.file, one]));
    const kept = usable.filter(({ path }) => !broken.has(path));
    if (compiled.set !== undefined || kept.length === usable.length) return compiled;
    leftOut.push(...[...broken.values()].map((one) => `left out, so that nothing is known of what it speaks about: ${formatProblem(one)}`));
    usable = kept;
  }
}
