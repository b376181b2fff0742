/** The cluster of a command: the objects that it was given, and nothing else; what is not among them is not known. */
import { OTHER_POLICY_KINDS } from '../../cluster/facts/other-policies.ts';
import type { ClusterFacts, NamespaceLabels } from '../../domain/ports.ts';
import { readNamespace } from '../../feeds/namespaces/object.ts';
import type { LocalObject } from '../../surfaces/cli/context.ts';

const ELSEWHERE = { known: false, cause: 'it is not among the files (-f), and no cluster is asked: give it as it stands there' } as const;

/** Facts by these objects. An object that is not among them may be in the cluster: that is not known, rather than absent. */
export function factsOf(objects: readonly LocalObject[]): ClusterFacts {
  const byName = new Map(objects.map((one) => [keyOf(one), one.object]));
  const others = OTHER_POLICY_KINDS.map((kind) =>
    ({ ...kind, found: objects.filter(({ group, resource }) => group === kind.group && resource === kind.resource) }));
  return {
    object(question) {
      const value = byName.get(keyOf(question));
      return Promise.resolve(value === undefined ? ELSEWHERE : { known: true, value });
    },
    networkPolicies(namespace) {
      const value = networkPoliciesIn(objects, namespace).map(({ object }) => object);
      return Promise.resolve(value.length === 0 ? ELSEWHERE : { known: true, value });
    },
    otherNetworkPolicies: (namespace) => Promise.resolve({
      known: true,
      value: {
        kinds: others.filter(({ found }) => found.length > 0).map(({ kind }) => kind),
        objects: others.flatMap(({ kind, found }) => found
          .filter((one) => one.namespace === '' || one.namespace === namespace)
          .map(({ object }) => ({ kind, object }))),
      },
    }),
    pods: () => Promise.resolve({ known: true, value: [] }),
    resolutions: () => Promise.resolve({ known: false, cause: 'remote definitions are resolved in the cluster only' }),
  };
}

/** NetworkPolicies of a namespace among these objects. */
export function networkPoliciesIn(objects: readonly LocalObject[], namespace: string): readonly LocalObject[] {
  return objects.filter((one) =>
    one.group === 'networking.k8s.io' && one.resource === 'networkpolicies' && one.namespace === namespace);
}

/** Labels of the namespaces among the objects; of others, as `besides` knows them. */
export function namespacesOf(objects: readonly LocalObject[], besides: NamespaceLabels): NamespaceLabels {
  const known = new Map(objects.filter(({ group, resource }) => group === '' && resource === 'namespaces').flatMap(({ object }) => {
    const read = readNamespace(object);
    return read === undefined ? [] : [[read.name, { ...read.labels, 'kubernetes.io/metadata.name': read.name }] as const];
  }));
  return { labels: async (namespace, signal) => known.get(namespace) ?? (await besides.labels(namespace, signal)) };
}

function keyOf({ group, resource, namespace, name }: Omit<LocalObject, 'object'>): string {
  return `${group}/${resource} ${namespace}/${name}`;
}
