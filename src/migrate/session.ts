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
  /** Certificates of trust stores of Notation in PEM, by how trust policies name them: `ca:acme`. */
  readonly stores: ReadonlyMap<string, string>;
  /** Certificates in PEM that the source keeps in documents of their own, by name; empty for a name that two have. */
  readonly certificates: Map<string, string>;
  /** A name that no other policy has. */
  policyName(wanted: string): string;
  readonly signers: readonly NamedDraft[];
  readonly trustRoots: readonly NamedDraft[];
}

/** An empty import. */
export function newSession(stores: ReadonlyMap<string, string> = new Map()): Session {
  const [signers, trustRoots] = [new Drafts(['nobody']), new Drafts(['sigstore-public-good'])];
  const [policies, roots] = [new Names([]), new Map<string, string>()];
  return {
    get signers() { return signers.all(); },
    get trustRoots() { return trustRoots.all(); },
    roots, rootTexts: new Map(), certificates: new Map(), stores,
    withdrawRoot(name) {
      const ours = roots.get(name);
      roots.delete(name);
      if (ours !== undefined && ![...roots.values()].includes(ours)) trustRoots.withdraw(ours);
    },
    signer: (wanted, identities, from) => signers.keep(wanted, { identities }, from),
    root: (wanted, spec, from) => trustRoots.keep(wanted, spec, from),
    policyName: (wanted) => policies.free(wanted),
  };
}

/** Signers or TrustRoots by what they say: what says the same is one. */
class Drafts {
  readonly #byText = new Map<string, NamedDraft>();
  readonly #names: Names;

  constructor(taken: readonly string[]) {
    this.#names = new Names(taken);
  }

  all(): readonly NamedDraft[] {
    return [...this.#byText.values()];
  }

  keep(wanted: string, spec: JsonObject, from: string): string {
    const text = JSON.stringify(spec);
    const known = this.#byText.get(text);
    if (known === undefined) {
      const name = this.#names.free(wanted);
      this.#byText.set(text, { name, spec, comments: [from] });
      return name;
    }
    if (!known.comments.includes(from) && known.comments.length < 20) known.comments.push(from);
    return known.name;
  }

  withdraw(name: string): void {
    for (const [text, draft] of this.#byText) if (draft.name === name) this.#byText.delete(text);
  }
}

/** Names that are given once each; a later one has a number. */
class Names {
  readonly #taken: Set<string>;
  readonly #last = new Map<string, number>();

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  free(wanted: string): string {
    const base = resourceNameOf(wanted);
    let [name, count] = [base, this.#last.get(base) ?? 1];
    while (this.#taken.has(name)) name = `${base}-${(count += 1)}`;
    this.#last.set(base, count);
    this.#taken.add(name);
    return name;
  }
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
