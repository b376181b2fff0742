/** Verifiers of Ratify for Notation: the trust policy that stands in one, with the certificates that others keep. */
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import type { Formula } from '../formula.ts';
import { LEFT_OUT, sortStore } from '../notation/stores.ts';
import { trustPolicyOf } from '../notation/trust-policy.ts';
import { nameOf } from '../session.ts';
import type { PolicyDraft, Session } from '../session.ts';
import { cannot } from '../signing.ts';

const SIGNATURES = 'application/vnd.cncf.notary.signature';
const TYPES = ['ca', 'signingAuthority', 'tsa'];

/** Translates one; verifiers of other sorts are told. A namespaced one demands in its namespace what it demanded there, beside all others. */
export function ratifyVerifier(root: MapReader, session: Session): readonly PolicyDraft[] {
  const { source } = root;
  root.without('status');
  const { name, namespace } = nameOf(root, 'verifier');
  const spec = root.map('spec');
  if (spec === undefined) {
    refuse(source, ['spec'], 'a spec');
    return [];
  }
  const sort = spec.text('type') ?? spec.text('name') ?? '';
  spec.without('name', 'type', 'version', 'address');
  if (sort !== 'notation' && sort !== 'notaryv2') {
    spec.without(...spec.keys);
    source.remark('unsaid', spec.at('name'), {
      what: `verifier ${name} (${sort})`, why: 'only verifiers of Notation are translated, and nothing is written for it',
      help: 'write who has to sign or attest: docs/migrate/ratify.md',
    });
    return [];
  }
  const parameters = spec.map('parameters');
  const policy = parameters?.map('trustPolicyDoc');
  if (parameters === undefined || policy === undefined) {
    refuse(source, parameters?.at('trustPolicyDoc') ?? spec.at('parameters'), 'a trust policy');
    return [];
  }
  const artifacts = spec.text('artifactTypes') ?? '';
  const shut: readonly Formula[] = artifacts === SIGNATURES || artifacts === '*' ? [] : [cannot(source, spec.at('artifactTypes'), {
    what: `artifacts of type ${artifacts}`, why: `signatures of Notation are ${SIGNATURES}`, help: 'write that, and import again',
  })];
  // Files on the disk of Ratify; what they hold is not in the document.
  parameters.without('verificationCerts');
  const stores = storesOf(parameters.map('verificationCertStores'), session);
  const help = 'write its KeyManagementProvider, type inline, into the same import, with the PEM of a certificate that signed itself';
  return trustPolicyOf(policy, session, { stores, help }).map((draft) => ({
    ...draft,
    ...(root.raw('kind') === 'NamespacedVerifier' ? { kind: 'ArtifactPolicy' as const, namespace: namespace ?? 'default' } : {}),
    formula: shut.length === 0 ? draft.formula : { kind: 'all', parts: [draft.formula, ...shut] },
  }));
}

/** By type and name, or, as it was before, by name: then all are of type `ca`. Stores without a certificate that signed itself are none. */
function storesOf(written: MapReader | undefined, session: Session): ReadonlyMap<string, string> {
  const stores = new Map<string, string>();
  if (written === undefined) return stores;
  const add = (type: string, of: MapReader, name: string): void => {
    const all = of.texts(name).map((one) => sortStore(session.certificates.get(one) ?? ''));
    const roots = [...new Set(all.map((one) => one.roots))].join('');
    if (roots === '') return;
    stores.set(`${type}:${name}`, roots);
    if (all.some(({ others }) => others > 0)) of.source.remark('stricter', of.at(name), LEFT_OUT);
  };
  for (const key of written.keys) {
    if (Array.isArray(written.raw(key))) add('ca', written, key);
    else if (TYPES.includes(key)) for (const name of written.map(key)?.keys ?? []) add(key, written.map(key) ?? written, name);
    else refuse(written.source, written.at(key), 'names of stores, or ca, signingAuthority and tsa with names of stores');
  }
  return stores;
}
