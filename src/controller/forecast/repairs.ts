/** Which workloads the cluster needs to mend itself: who refuses these has nothing left to bring the rest back with. */
import type { ForecastObject } from '../../domain/decision/forecast.ts';
import { parseImageReference } from '../../domain/artifact/image-reference.ts';
import { own, ownTexts } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/** What is looked at: the object by its name, as it is written, and the images in it. */
export interface Suspect {
  readonly object: ForecastObject;
  readonly written?: JsonObject | undefined;
  readonly images: readonly string[];
}

/** Says as what the cluster needs an owner; `undefined`: it does not. */
export type RepairsOf = (suspect: Suspect) => string | undefined;

/** Namespaces that the webhook as it is shipped passes over; what is in them keeps the cluster alive. */
export const UNGATED_NAMESPACES: ReadonlySet<string> = new Set(['kube-system', 'kube-node-lease', 'gatehouse-system']);

/** Words in names, labels and images, by what they are of: whole words, as dashes, dots and slashes part them. */
const KNOWN: readonly (readonly [what: string, words: readonly string[]])[] = [
  ['Gatehouse', ['gatehouse']],
  ['network', [
    'cilium', 'calico', 'canal', 'flannel', 'antrea', 'weave', 'multus', 'kindnet', 'kindnetd', 'ovn', 'ovnkube', 'kube-proxy', 'kube-router', 'aws-node',
    'azure-cni', 'amazon-k8s-cni', 'cni', 'tigera-operator',
  ]],
  ['DNS', ['coredns', 'kube-dns', 'node-local-dns', 'nodelocaldns', 'dns-default']],
  ['registry', ['registry', 'harbor', 'zot', 'quay', 'docker-registry', 'distribution', 'spegel', 'dragonfly', 'kraken', 'nexus3', 'artifactory']],
  ['signer', [
    'fulcio', 'rekor', 'trillian', 'ctlog', 'timestamp-authority', 'tuf-server', 'sigstore', 'tekton-chains', 'tekton-chains-controller', 'chains-controller',
    'spire-server', 'spire-agent', 'vault', 'cert-manager', 'notation', 'signserver',
  ]],
];

/** Labels that say what something is. */
const LABELS: readonly string[] = [
  'app', 'k8s-app', 'app.kubernetes.io/name', 'app.kubernetes.io/part-of', 'app.kubernetes.io/component', 'app.kubernetes.io/instance',
];

/**
 * Says who repairs the cluster: by its namespace, by what it is called in its name, labels and images, and because images of the cluster
 * come from it (`registry.infra.svc` is a Service of namespace infra). `images` are all that the cluster names.
 */
export function repairsIn(images: Iterable<string>): RepairsOf {
  const served = new Set([...images].flatMap((image) => {
    const host = hostOf(image) ?? '';
    const [service, namespace, svc] = host.replace(/:\d+$/, '').split('.');
    return svc === 'svc' ? [`${namespace}/${service}`] : [];
  }));
  return ({ object, written, images: own }) => {
    const words = wordsOf([object.name, ...labelsOf(written), ...own.map(nameOf)]);
    const known = KNOWN.find(([, names]) => names.some((name) => words.has(name)));
    if (known !== undefined) return known[0];
    if ([...words].some((word) => served.has(`${object.namespace}/${word}`))) return 'registry';
    return UNGATED_NAMESPACES.has(object.namespace) ? `namespace ${object.namespace}` : undefined;
  };
}

function labelsOf(written: JsonObject | undefined): readonly string[] {
  const labels = ownTexts(own(written, 'metadata'), 'labels');
  return LABELS.flatMap((name) => labels[name] ?? []);
}

/** Every run of words that dashes part, so that `tekton-chains` is found in `my-tekton-chains-2`, and `zot` not in `zotero`. */
function wordsOf(texts: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const text of texts.flatMap((one) => one.toLowerCase().split(/[^a-z0-9-]+/))) {
    const parts = text.split('-');
    for (let from = 0; from < parts.length; from += 1)
      for (let to = from + 1; to <= Math.min(parts.length, from + 4); to += 1) found.add(parts.slice(from, to).join('-'));
  }
  return found;
}

function hostOf(image: string): string | undefined {
  const read = parseImageReference(image);
  return read.ok ? read.reference.host : undefined;
}

/** The last segment of the repository: what an image is of, and not who publishes it. */
function nameOf(image: string): string {
  const read = parseImageReference(image);
  return read.ok ? read.reference.path.slice(read.reference.path.lastIndexOf('/') + 1) : '';
}
