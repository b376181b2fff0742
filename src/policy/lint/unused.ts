/** Names of signers as policies write them, whether or not the policy is otherwise in order. */
import { isObject } from '../../text/json/fields.ts';
import type { PolicyDocument } from '../read/documents.ts';
import type { Entry } from '../read/catalogue.ts';
import type { SignerDocument } from '../schema/signer.ts';
import { closest } from '../read/suggest.ts';

/** Under these keys policies name signers. */
const NAMING: ReadonlySet<string> = new Set(['by', 'owners', 'authors', 'admittedBy', 'signedBy']);
const RELYING: ReadonlySet<string> = new Set(['ClusterArtifactPolicy', 'ArtifactPolicy', 'PipelinePolicy']);

/** Names of signers in all documents that may rely on some; `undefined` when there is no such document. */
export function signersNamed(documents: readonly Pick<PolicyDocument, 'value'>[]): ReadonlySet<string> | undefined {
  const relying = documents.filter(({ value }) => isObject(value) && RELYING.has(String(value['kind'])));
  const names = new Set<string>();
  for (const { value } of relying) collect(value, names);
  return relying.length === 0 ? undefined : names;
}

function collect(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) for (const entry of value as readonly unknown[]) collect(entry, names);
  else if (isObject(value))
    for (const [key, part] of Object.entries(value)) {
      const named = NAMING.has(key) && Array.isArray(part) ? (part as readonly unknown[]) : [];
      for (const name of named) if (typeof name === 'string') names.add(name);
      collect(part, names);
    }
}

/** Advice about signers on whom no policy relies. Nothing is said of a set without policies, from which others take them. */
export function lintUnused(signers: readonly Entry<SignerDocument>[], documents: readonly Pick<PolicyDocument, 'value'>[]): void {
  const named = signersNamed(documents);
  if (named === undefined) return;
  const declared = new Set(signers.map(({ name }) => name));
  const unknown = [...named].filter((name) => !declared.has(name));
  for (const { name, report } of signers) {
    if (named.has(name)) continue;
    const meant = closest(name, unknown);
    report.advise(
      'signer-unused',
      ['metadata', 'name'],
      meant === undefined
        ? `no policy of this set relies on ${name}; name it in by of a requirement, or remove it`
        : `no policy of this set relies on ${name}, and one names ${JSON.stringify(meant)}, which there is not; write one of the two`,
    );
  }
}
