/** Policies of other projects that end up in a folder of ours: they are recognised, and the way on is named. */
import { isObject, own, ownText } from '../../text/json/fields.ts';

/** Kinds by the group of their API, and whose they are. */
const GROUPS: ReadonlyMap<string, string> = new Map([
  ['policy.sigstore.dev', 'of policy-controller'],
  ['kyverno.io', 'of Kyverno'],
  ['policies.kyverno.io', 'of Kyverno'],
  ['config.ratify.deislabs.io', 'of Ratify'],
]);
/** What of each can be rewritten by `policy import`; of the rest it is only said whose it is. */
const IMPORTED: ReadonlySet<string> = new Set([
  'ClusterImagePolicy', 'TrustRoot', 'ClusterPolicy', 'Policy', 'ImageValidatingPolicy', 'NamespacedImageValidatingPolicy',
]);

/** What is to be said of a document that is another project's; `undefined` for everything else. */
export function foreignKind(document: unknown): string | undefined {
  if (!isObject(document)) return undefined;
  const kind = ownText(document, 'kind');
  const group = (ownText(document, 'apiVersion') ?? '').split('/')[0] ?? '';
  const whose = GROUPS.get(group);
  if (whose !== undefined && kind !== undefined) {
    const what = `${kind.slice(0, 64)} is a kind ${whose}`;
    return IMPORTED.has(kind) ? imported(what) : `${what}, which is not read here; take it out of the folder`;
  }
  if (kind !== undefined) return undefined;
  const application = own(document, 'application');
  const connaisseur = Array.isArray(own(document, 'validators')) || (isObject(application) && own(application, 'validators') !== undefined);
  return connaisseur ? imported('this is a configuration of Connaisseur') : undefined;
}

function imported(what: string): string {
  return `${what}; rewrite it with gatehouse policy import FILE, and read what that writes`;
}
