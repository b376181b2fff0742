/** Certificates that Ratify keeps in resources of its own: those that stand in them, by the names that verifiers give them. */
import type { MapReader } from '../fields.ts';
import { nameOf } from '../session.ts';
import type { PolicyDraft, Session } from '../session.ts';

/** KeyManagementProvider, and CertificateStore, which it was before. */
export function ratifyStore(root: MapReader, session: Session): readonly PolicyDraft[] {
  const { source } = root;
  root.without('status');
  const { name, namespace } = nameOf(root, 'certificates');
  const spec = root.map('spec');
  const provider = spec?.text('type') ?? spec?.text('provider');
  spec?.without('type', 'provider', 'refreshInterval');
  const parameters = spec?.map('parameters');
  const type = parameters?.text('contentType') ?? 'certificate';
  if (provider !== 'inline' || type !== 'certificate') {
    parameters?.without(...parameters.keys);
    source.remark('skipped', spec?.path ?? [], {
      what: `${name} holds no certificates that stand in the file`, why: provider === 'inline' ? `it holds: ${type}` : 'import asks no key service',
      help: 'write it as an inline one with the PEM of the certificates, where a verifier of Notation names it',
    });
    return [];
  }
  const text = parameters?.text('value') ?? '';
  // A name that two have means neither.
  for (const key of keysOf(name, namespace)) {
    const known = session.certificates.get(key);
    session.certificates.set(key, known === undefined || known === text ? text : '');
  }
  return [];
}

/** Leaves it out: what is not known in it could say when it counts. */
export function withdrawStore(root: MapReader, session: Session): void {
  const { name, namespace } = nameOf(root, 'certificates');
  for (const key of keysOf(name, namespace)) session.certificates.set(key, '');
}

/** A verifier names it with its namespace or without. */
function keysOf(name: string, namespace: string | undefined): readonly string[] {
  return namespace === undefined ? [name] : [`${namespace}/${name}`, name];
}
