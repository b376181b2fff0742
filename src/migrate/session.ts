/** One import: what is collected from all documents, under names that are unique and always the same. */
import type { Formula } from './formula.ts';
import type { Path } from '../policy/read/problems.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { escapeText } from '../text/shown.ts';
import type { MapReader, Source } from './fields.ts';
import type { Scope } from './scope.ts';

/** A pattern of the source, and where it stands. */
export interface PlacedScope {
  readonly scope: Scope;
  readonly path: Path;
}

/** A policy as it will be written, but for what is still to be decided when all of its document is read. */
export interface PolicyDraft {
  readonly kind: 'ClusterArtifactPolicy' | 'ArtifactPolicy';
  readonly name: string;
  readonly namespace?: string;
  readonly scopes: readonly PlacedScope[];
  readonly except?: readonly Scope[];
  readonly namespaces?: JsonObject;
  readonly mode: 'enforce' | 'warn' | 'audit';
  readonly requireDigest?: true;
  readonly formula: Formula;
  /** Lines for people: what it was. */
  readonly comments: readonly string[];
}

/** A Signer or a TrustRoot as it will be written. */
export interface NamedDraft {
  readonly name: string;
  readonly spec: JsonObject;
  readonly comments: string[];
}

/** What all documents of one import add to. */
export interface Session {
  /** The name of the Signer with these identities; one is made where none has them. `from`: `file:line`. */
  signer(wanted: string, identities: readonly JsonObject[], from: string): string;
  /** The name of the TrustRoot with this content. */
  root(wanted: string, spec: JsonObject, from: string): string;
  /** Leaves out the TrustRoot that the source refers to by this name: whoever names it is told that it is missing. */
  withdrawRoot(name: string): void;
  /** What each TrustRoot of the source says, by its name there. */
  readonly rootTexts: Map<string, string>;
  /** TrustRoots of the source by the names that it refers to them by. */
  readonly roots: Map<string, string>;
  /** A name that no other policy has. */
  policyName(wanted: string): string;
  readonly signers: readonly NamedDraft[];
  readonly trustRoots: readonly NamedDraft[];
}

/** An empty import. */
export function newSession(): Session {
  const signers: NamedDraft[] = [];
  const trustRoots: NamedDraft[] = [];
  const policies = new Set<string>();
  const roots = new Map<string, string>();
  return {
    signers, trustRoots, roots, rootTexts: new Map(),
    withdrawRoot(name) {
      const ours = roots.get(name);
      roots.delete(name);
      const at = [...roots.values()].includes(ours ?? '') ? -1 : trustRoots.findIndex((draft) => draft.name === ours);
      if (at >= 0) trustRoots.splice(at, 1);
    },
    signer: (wanted, identities, from) => keep(signers, wanted, { identities }, from, ['nobody']),
    root: (wanted, spec, from) => keep(trustRoots, wanted, spec, from, ['sigstore-public-good']),
    policyName(wanted) {
      const name = freeName(wanted, policies);
      policies.add(name);
      return name;
    },
  };
}

function keep(drafts: NamedDraft[], wanted: string, spec: JsonObject, from: string, taken: readonly string[]): string {
  const text = JSON.stringify(spec);
  const known = drafts.find((draft) => JSON.stringify(draft.spec) === text);
  if (known !== undefined) {
    if (!known.comments.includes(from) && known.comments.length < 20) known.comments.push(from);
    return known.name;
  }
  const name = freeName(wanted, new Set([...taken, ...drafts.map((draft) => draft.name)]));
  drafts.push({ name, spec, comments: [from] });
  return name;
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const base = resourceNameOf(wanted);
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}-${count}`;
  return name;
}

/** A text as a name of a Kubernetes object: what cannot be part of one is a dash. */
export function resourceNameOf(text: string): string {
  const name = text.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-').replaceAll(/[-.]*\.[-.]*/g, '.').slice(0, 200).replaceAll(/^[-.]+|[-.]+$/g, '');
  return name === '' ? 'imported' : name;
}

/** `file:line path`, for comments; safe in one line. */
export function placeOf(source: Source, path: Path): string {
  return escapeText(`${source.place(path)} ${path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('').replace(/^\./, '')}`);
}

/** The name in the metadata, for people and to derive others from; what else stands there has no meaning. */
export function nameOf(root: MapReader, otherwise: string): { readonly name: string; readonly namespace?: string } {
  const metadata = root.map('metadata');
  metadata?.without(...metadata.keys.filter((key) => key !== 'name' && key !== 'namespace'));
  const name = metadata?.text('name');
  const namespace = metadata?.text('namespace');
  return { name: name === undefined || name === '' ? otherwise : name, ...(namespace === undefined ? {} : { namespace }) };
}
