/** What was collected, as YAML with comments: the same import always writes the same bytes. */
import { Document, isCollection, isNode } from 'yaml';
import { clausesOf, isAlways } from './formula.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { escapeText, shownText } from '../text/shown.ts';
import type { Remark } from './remark.ts';
import { NOBODY, requirementsOf } from './requirements.ts';
import type { NamedRequirement } from './requirements.ts';
import type { NamedDraft, PolicyDraft } from './session.ts';

/** A document that is written: its kind decides in which file. */
export interface Written {
  readonly kind: 'Signer' | 'TrustRoot' | 'ClusterArtifactPolicy' | 'ArtifactPolicy';
  readonly name: string;
  /** YAML, with a line break at the end and without `---`. */
  readonly text: string;
}

/** The Signer who signs nothing: `.invalid` is nobody's (RFC 2606), so no certificate names him. */
export const NOBODY_TEXT = yamlOf('Signer', { name: NOBODY }, {
  identities: [{ keyless: { issuer: 'https://nobody.invalid', subject: 'nobody@nobody.invalid' } }],
}, ['nobody signs: requirements that could not be imported ask for this signer, which keeps the door shut',
  'replace it in each of them by who has to sign'], []);

/** A Signer or TrustRoot. */
export function writeNamed(kind: 'Signer' | 'TrustRoot', { name, spec, comments }: NamedDraft): Written {
  return { kind, name, text: yamlOf(kind, { name }, spec, [`from ${comments.join(', ')}`], []) };
}

/** A policy; `undefined` when it lets through what nobody can name here, so that nothing is to be said. Remarks stand in its comments. */
export function writePolicy(draft: PolicyDraft, remarks: readonly Remark[]): Written | undefined {
  const isPass = isAlways(draft.formula);
  const artifacts = unique(draft.scopes.flatMap(({ scope }) => (isPass ? scope.narrow : scope.wide)));
  const except = unique((draft.except ?? []).flatMap((scope) => (isPass ? scope.wide : scope.narrow)));
  if (artifacts.length === 0) return undefined;
  const requirements = isPass ? [LET_THROUGH] : requirementsOf(clausesOf(draft.formula));
  const metadata = { name: draft.name, ...(draft.namespace === undefined ? {} : { namespace: draft.namespace }) };
  const spec = {
    artifacts: artifacts.map((image) => ({ image })),
    ...(except.length === 0 ? {} : { except: except.map((image) => ({ image })) }),
    ...(isPass ? { usedAs: ['container'] } : {}),
    ...(draft.namespaces === undefined ? {} : { namespaces: draft.namespaces }),
    mode: isPass ? 'warn' : draft.mode,
    ...(draft.requireDigest === true && !isPass ? { requireDigest: true } : {}),
    require: requirements.map(({ value }) => value),
  };
  const told = remarks.filter(({ level }) => level === 'unsaid' || level === 'stricter').slice(0, 20)
    .map(({ level, line, path, what }) => `${level}: ${line}: ${path}: ${what}`);
  return { kind: draft.kind, name: draft.name, text: yamlOf(draft.kind, metadata, spec, [...draft.comments, ...told], requirements) };
}

/** Let through is said by a warning: nothing is demanded that could be met, and nothing is denied. */
const LET_THROUGH: NamedRequirement = {
  value: { name: 'let through as before: name who signs it, and enforce', signature: { by: [NOBODY] } },
  from: ['nothing is demanded there; mode warn admits with a warning'],
};

function yamlOf(
  kind: Written['kind'], metadata: JsonObject, spec: JsonObject, comments: readonly string[], requirements: readonly NamedRequirement[],
): string {
  const document = new Document({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata, spec }, { version: '1.2' });
  document.commentBefore = comments.map((line) => ` ${shownText(line, 300)}`).join('\n');
  const list: unknown = document.getIn(['spec', 'require'], true);
  if (isCollection(list))
    for (const [index, item] of list.items.entries())
      if (isNode(item)) item.commentBefore = (requirements[index]?.from ?? []).map((line) => ` ${escapeText(line)}`).join('\n') || null;
  return document.toString({ lineWidth: 0 }).replace(/^(#[^\n]*\n)\n/, '$1');
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
