/** Policies of other projects become documents of ours, with a word about everything that cannot be said. */
import type { PolicyText } from '../policy/read/documents.ts';
import { readDocumentSteps } from '../policy/read/documents.ts';
import type { PolicyDocument } from '../policy/read/documents.ts';
import type { Path } from '../policy/read/problems.ts';
import { finished } from '../policy/steps.ts';
import { isObject, ownList, ownText } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { escapeText } from '../text/shown.ts';
import { clusterImagePolicy } from './cluster-image-policy/policy.ts';
import { trustRoot } from './cluster-image-policy/trust-root.ts';
import { connaisseurConfig, isConnaisseur } from './connaisseur/config.ts';
import { openMap, sourceOf } from './fields.ts';
import type { MapReader, Source } from './fields.ts';
import { isAlways, never } from './formula.ts';
import type { Formula } from './formula.ts';
import { kyvernoPolicy } from './kyverno/policy.ts';
import { imageValidatingPolicy } from './kyverno/validating.ts';
import { isTrustPolicy, notationTrustPolicy } from './notation/trust-policy.ts';
import { ratifyStore, withdrawStore } from './ratify/stores.ts';
import { ratifyVerifier } from './ratify/verifier.ts';
import type { Remark } from './remark.ts';
import { NOBODY } from './requirements.ts';
import { nameOf, newSession, placeOf } from './session.ts';
import type { PolicyDraft, Session } from './session.ts';
import { NOBODY_TEXT, writeNamed, writePolicy } from './write.ts';
import type { Written } from './write.ts';

export { formatRemark } from './remark.ts';
export type { Level, Remark } from './remark.ts';
export type { Written } from './write.ts';

/** What an import comes to. With any `refused` remark nothing is written. */
export interface Imported {
  readonly documents: readonly Written[];
  /** In the order of files and lines. */
  readonly remarks: readonly Remark[];
  /** Documents of kinds that are read. */
  readonly read: number;
}

/** Translates documents of one kind. */
type Translate = (root: MapReader, session: Session) => readonly PolicyDraft[];

const RATIFY = { group: 'config.ratify.deislabs.io', versions: /^v1(?:alpha1|beta1)$/ };
const CERTIFICATES = ['KeyManagementProvider', 'NamespacedKeyManagementProvider', 'CertificateStore'];
/** Documents that others name, wherever they stand. */
const NAMED = ['TrustRoot', ...CERTIFICATES];

/** Kinds of Kubernetes, by group and version. */
const KINDS: readonly { readonly group: string; readonly versions: RegExp; readonly kind: string; readonly translate: Translate }[] = [
  { group: 'policy.sigstore.dev', versions: /^v1(?:alpha1|beta1)$/, kind: 'ClusterImagePolicy', translate: clusterImagePolicy },
  { group: 'policy.sigstore.dev', versions: /^v1(?:alpha1|beta1)$/, kind: 'TrustRoot', translate: (root, session) => (trustRoot(root, session), []) },
  { group: 'kyverno.io', versions: /^v\d\w*$/, kind: 'ClusterPolicy', translate: kyvernoPolicy },
  { group: 'kyverno.io', versions: /^v\d\w*$/, kind: 'Policy', translate: kyvernoPolicy },
  { group: 'policies.kyverno.io', versions: /^v1(?:alpha1|beta1)?$/, kind: 'ImageValidatingPolicy', translate: imageValidatingPolicy },
  { group: 'policies.kyverno.io', versions: /^v1(?:alpha1|beta1)?$/, kind: 'NamespacedImageValidatingPolicy', translate: imageValidatingPolicy },
  ...['Verifier', 'NamespacedVerifier'].map((kind) => ({ ...RATIFY, kind, translate: ratifyVerifier })),
  ...CERTIFICATES.map((kind) => ({ ...RATIFY, kind, translate: ratifyStore })),
];

/** Files without a kind, by their shape. */
const SHAPES: readonly { readonly is: (value: JsonObject) => boolean; readonly kind: string; readonly translate: Translate }[] = [
  { is: isTrustPolicy, kind: 'trust policy of Notation', translate: notationTrustPolicy },
  { is: isConnaisseur, kind: 'configuration of Connaisseur', translate: connaisseurConfig },
];

/** From what matters most. */
const LEVELS: readonly Remark['level'][] = ['refused', 'unsaid', 'stricter', 'note', 'skipped'];

/** More remarks than these are counted, not listed. */
const MOST_REMARKS = 5000;

/**
 * Reads the files and translates what it knows. Never throws, whatever they hold. Each policy demands what it demanded or more; what has
 * no word here is a requirement that nobody can meet, and is told. No file is asked for, no network, no clock. `stores`: certificates in
 * PEM by how trust policies of Notation name them (`ca:acme`).
 */
export function importPolicies(files: readonly PolicyText[], stores: ReadonlyMap<string, string> = new Map()): Imported {
  const session = newSession(stores);
  const remarks: Remark[] = [];
  const documents = files.flatMap((file) => documentsOf(file, remarks));
  const found = documents.flatMap((document) =>
    itemsOf(document).map(({ value, prefix }) => translatorOf(sourceOf(document, remarks, prefix), value)));
  const known = found.filter((one) => one !== undefined);
  // Roots first: policies name them, wherever they stand.
  const drafts = known.toSorted((one, other) => Number(NAMED.includes(other.kind)) - Number(NAMED.includes(one.kind)))
    .flatMap(({ kind, translate, root }) => {
      const from = remarks.length;
      const made = translate(root, session);
      const unknown = unreadOf(root.source);
      // What stands in a root that is not known could say when it counts: policies that name it are shut.
      if (kind === 'TrustRoot' && unknown.length > 0) session.withdrawRoot(nameOf(root, 'trust-root').name);
      if (CERTIFICATES.includes(kind) && unknown.length > 0) withdrawStore(root, session);
      tellScopes(root.source, made, unknown);
      return made.map((draft) => ({ draft: shutBy(draft, unknown), remarks: remarks.slice(from) }));
    });
  const sorted = remarks.toSorted((one, other) => compare(one.file, other.file) || one.line - other.line || one.column - other.column);
  if (sorted.some(({ level }) => level === 'refused')) return { documents: [], remarks: listed(sorted), read: known.length };
  const policies = drafts.flatMap(({ draft, remarks: told }) => writePolicy(draft, told) ?? []);
  const needsNobody = policies.some(({ text }) => text.includes(`- ${NOBODY}\n`));
  return {
    documents: [
      ...(needsNobody ? [{ kind: 'Signer' as const, name: NOBODY, text: NOBODY_TEXT }] : []),
      ...session.signers.map((draft) => writeNamed('Signer', draft)),
      ...session.trustRoots.map((draft) => writeNamed('TrustRoot', draft)),
      ...policies,
    ],
    remarks: listed(sorted),
    read: known.length,
  };
}

/** As many as are listed: those that matter most, in their order, and how many there are besides. */
function listed(remarks: readonly Remark[]): readonly Remark[] {
  if (remarks.length <= MOST_REMARKS) return remarks;
  const kept = new Set(LEVELS.flatMap((level) => remarks.filter((remark) => remark.level === level)).slice(0, MOST_REMARKS));
  const { file, line, column, level } = remarks.find((remark) => !kept.has(remark)) ?? remarks[0] as Remark;
  const left = `${remarks.length - kept.size} remarks more`;
  return [
    ...remarks.filter((remark) => kept.has(remark)),
    { file, line, column, level, path: '', what: left, why: `${MOST_REMARKS} are listed`, help: 'import fewer files at a time' },
  ];
}

function documentsOf(file: PolicyText, remarks: Remark[]): readonly PolicyDocument[] {
  const { documents, problems } = finished(readDocumentSteps(file));
  for (const { message, severity: _, ...place } of problems)
    remarks.push({ ...place, level: 'refused', what: escapeText(message), why: 'the file cannot be read', help: 'mend the file' });
  return documents;
}

/** The document, or the items of a list as kubectl prints it, or as the API gives it (`ClusterPolicyList`); lists in lists too. */
function itemsOf({ value }: PolicyDocument): readonly Item[] {
  return opened({ value, prefix: [] });
}

interface Item {
  readonly value: unknown;
  readonly prefix: Path;
}

function opened({ value, prefix }: Item): readonly Item[] {
  const kind = ownText(value, 'kind') ?? '';
  const known = KINDS.find((one) => kind === `${one.kind}List`);
  const items = kind === 'List' || known !== undefined ? ownList(value, 'items') : undefined;
  // Items of a list of one kind may leave its name to the list.
  const named = (item: unknown): unknown => (known !== undefined && isObject(item) && ownText(item, 'kind') === undefined
    ? { ...item, apiVersion: ownText(item, 'apiVersion') ?? ownText(value, 'apiVersion'), kind: known.kind } : item);
  return items?.flatMap((item, index) => opened({ value: named(item), prefix: [...prefix, 'items', index] })) ?? [{ value, prefix }];
}

function translatorOf(source: Source, value: unknown): { kind: string; translate: Translate; root: MapReader } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    source.remark('refused', [], { what: 'expected a map', why: 'policies are maps', help: 'mend the file' });
    return undefined;
  }
  const root = openMap(source, value, []);
  const shape = SHAPES.find(({ is }) => is(value as JsonObject));
  if (shape !== undefined && root !== undefined) return { ...shape, root };
  const [version, kind] = [root?.raw('apiVersion'), root?.raw('kind')];
  const [, group, of = ''] = typeof version === 'string' ? /^([^/]*)\/(.*)$/s.exec(version) ?? [] : [];
  const related = KINDS.filter((one) => one.kind === kind && (version === undefined || one.group === group));
  const entry = related.find(({ versions }) => versions.test(of));
  if (entry !== undefined && root !== undefined) return { ...entry, root };
  const named = typeof kind === 'string' ? `${kind} of ${typeof version === 'string' ? version : 'no version'}` : 'a document without kind';
  if (related.length > 0)
    source.remark('unsaid', [], {
      what: `${named} is not imported`, why: 'this version of its schema is not known here, and nothing is written for it', help: 'write it in a version that is read, and import again',
    });
  else source.remark('skipped', [], {
    what: `${named} is not imported`, why: 'it is none of the kinds that are read',
    help: 'nothing, unless it says which images are to be signed',
  });
  return undefined;
}

/** What no translator has read: a field of a later version, or a misspelt one. Either could be a condition, so it shuts the door. */
function unreadOf(source: Source): readonly Formula[] {
  return source.opened.flatMap((reader) => reader.unread().map((key) => {
    const what = `the field ${key}`;
    source.remark('unsaid', reader.at(key), { what, why: 'this import does not know it', help: 'remove it where it says nothing, and import again' });
    return never(what, placeOf(source, reader.at(key)));
  }));
}

function shutBy(draft: PolicyDraft, unknown: readonly Formula[]): PolicyDraft {
  return unknown.length === 0 ? draft : { ...draft, formula: { kind: 'all', parts: [draft.formula, ...unknown] } };
}

/** Tells where patterns come to more images than there, or a policy that lets through to fewer. */
function tellScopes(source: Source, drafts: readonly PolicyDraft[], unknown: readonly Formula[]): void {
  for (const { scopes, formula } of drafts) {
    const isPass = unknown.length === 0 && isAlways(formula);
    for (const { scope, path } of scopes) {
      const written = isPass ? scope.narrow : scope.wide;
      const why = scope.wider ?? 'the patterns here are over names';
      const names = written.slice(0, 3).join(', ');
      const passes = written.length === 0 ? 'these images are not let through' : `only ${names} is let through`;
      if (scope.wider !== undefined || (isPass && written.length === 0))
        source.remark(isPass ? 'unsaid' : 'stricter', path, {
          what: isPass ? passes : `it speaks about ${names}`, why,
          help: written.length === 0 ? 'write a policy for them' : 'narrow the artifacts: who signs these images admits all of that',
        });
    }
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
