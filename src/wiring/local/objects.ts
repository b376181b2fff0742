/** The cluster of a command: the objects that it was given, and nothing else; what is not among them is not known. */
import type { ClusterFacts, NamespaceLabels } from '../../domain/ports.ts';
import { readNamespace } from '../../feeds/namespaces/object.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { resourceOf } from '../../text/resource-name.ts';

const ELSEWHERE = { known: false, cause: 'it is not among the files, and no cluster is asked' } as const;

/** Facts by these objects. An object that is not among them may be in the cluster: that is not known, rather than absent. */
export function factsOf(objects: readonly JsonObject[]): ClusterFacts {
  const byName = new Map(objects.map((object) => [keyOf(object), object]));
  const inNamespace = (kind: string, namespace: string): JsonObject[] =>
    objects.filter((object) => field(object, 'kind') === kind && namespaceOf(object) === namespace);
  return {
    object({ group, resource, namespace, name }) {
      const value = byName.get(`${group}/${resource} ${namespace}/${name}`) ?? byName.get(`${group}/${resource} /${name}`);
      return Promise.resolve(value === undefined ? ELSEWHERE : { known: true, value });
    },
    networkPolicies: (namespace) =>
      Promise.resolve({ known: true, value: [...inNamespace('NetworkPolicy', namespace), ...inNamespace('NetworkPolicy', '')] }),
    otherNetworkPolicies: () => Promise.resolve({ known: true, value: { kinds: [], objects: [] } }),
    pods: () => Promise.resolve({ known: true, value: [] }),
    resolutions: () => Promise.resolve({ known: false, cause: 'remote definitions are resolved in the cluster only' }),
  };
}

/** Labels of the namespaces among the objects; of others, as `besides` knows them. */
export function namespacesOf(objects: readonly JsonObject[], besides: NamespaceLabels): NamespaceLabels {
  const known = new Map(objects.filter((object) => field(object, 'kind') === 'Namespace').flatMap((object) => {
    const read = readNamespace(object);
    return read === undefined ? [] : [[read.name, { ...read.labels, 'kubernetes.io/metadata.name': read.name }] as const];
  }));
  return { labels: async (namespace, signal) => known.get(namespace) ?? (await besides.labels(namespace, signal)) };
}

function keyOf(object: JsonObject): string {
  const [group = ''] = String(field(object, 'apiVersion')).includes('/') ? String(field(object, 'apiVersion')).split('/') : [''];
  return `${group}/${resourceOf(String(field(object, 'kind')))} ${namespaceOf(object)}/${textOf(object, 'name')}`;
}

function namespaceOf(object: JsonObject): string {
  return textOf(object, 'namespace');
}

function textOf(object: JsonObject, name: string): string {
  const metadata = field(object, 'metadata');
  const value = isObject(metadata) ? field(metadata, name) : undefined;
  return typeof value === 'string' ? value : '';
}
