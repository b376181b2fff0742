/** Definitions: what is to be run, written once and used again. Where one comes from decides what can be known of it. */
import type { BuildReading } from './build-request.ts';

/** What a definition defines. `template` is one of Argo's, `strategy` one of Shipwright's. */
export type DefinitionKind = 'task' | 'pipeline' | 'stepAction' | 'template' | 'strategy' | 'custom';

/**
 * One use of a definition, as an object writes it. Nothing of it is verified.
 *
 * - `self`: the object under review is the definition;
 * - `inline`: its content stands in the object that uses it, without a signature of its own;
 * - `local`: an object of the cluster, by name;
 * - `remote`: whatever a resolver brings;
 * - `custom`: of a kind that some other controller runs.
 */
export type DefinitionUse = SelfDefinition | InlineDefinition | LocalDefinition | RemoteDefinition | CustomDefinition;

interface UsedAt {
  readonly kind: DefinitionKind;
  /** JSON path of the reference, or of the content. */
  readonly path: string;
  /** Name of the task in its pipeline, or of the step, that uses it; absent when the object as a whole does. */
  readonly usedBy?: string;
}

/** The object under review, which is a definition. */
export interface SelfDefinition extends UsedAt {
  readonly form: 'self';
  /** The object as the request holds it: the bytes that a signature covers are made of it (`verify/definition`). */
  readonly object: unknown;
}

/** Content that stands in what uses it. */
export interface InlineDefinition extends UsedAt {
  readonly form: 'inline';
  /** The content as it stands in the object: what an engine makes for a run is compared with it. */
  readonly content?: unknown;
}

/** An object of the cluster, as it is named; whether it is there is not known. */
export interface LocalDefinition extends UsedAt {
  readonly form: 'local';
  /** As served: `{group: 'tekton.dev', resource: 'tasks'}`. */
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  /** Empty for a definition of the whole cluster. */
  readonly namespace: string;
  /** The part of the object that is used, where only a part is: the template of Argo's `templateRef`. */
  readonly entry?: string;
}

/** What a resolver is to bring, as it is asked for; what it brings is not known. */
export interface RemoteDefinition extends UsedAt {
  readonly form: 'remote';
  /** `bundles`, `git`, `hub`, `http`, `cluster`, or the name of another resolver. */
  readonly resolver: string;
  /** Parameters of the resolver as written, by name; values that are no text are left out. */
  readonly params: Readonly<Record<string, string>>;
  /** The same with values put in, as far as these are known; absent where the reader puts none in. */
  readonly values?: Readonly<Record<string, string>>;
  readonly source: DefinitionSource;
}

/** What another controller runs, as it is named; nothing more is known of it here. */
export interface CustomDefinition extends UsedAt {
  readonly form: 'custom';
  readonly apiVersion: string;
  readonly customKind: string;
  readonly name: string;
}

/** Where a remote definition comes from, in the canonical form of its kind. */
export type DefinitionSource =
  /** An image; `reference` as written, `name` canonical, pinned by a digest. */
  | { readonly from: 'bundle'; readonly reference: string; readonly name: string; readonly digest?: string; readonly entry: string }
  /** A repository, canonical (`https://github.com/acme/pipelines`); pinned by a commit of 40 or 64 hexadecimal digits. */
  | { readonly from: 'git'; readonly url: string; readonly revision: string; readonly file: string; readonly pinned: boolean }
  /** Never pinned: a version of a hub is a name. */
  | { readonly from: 'hub'; readonly catalog: string; readonly name: string; readonly version: string; readonly url?: string }
  /** Pinned by the digest that is given with it. */
  | { readonly from: 'http'; readonly url: string; readonly digest?: string }
  /** An object of some namespace of this cluster; never pinned. */
  | { readonly from: 'cluster'; readonly namespace: string; readonly resource: string; readonly name: string }
  /** A resolver that is not known, or parameters that are not. */
  | { readonly from: 'unknown'; readonly why: string }
  /** Known only when the run is on its way: a parameter without a value, the result of a task. */
  | { readonly from: 'deferred'; readonly expression: string };

/** A definition whose content is known. */
export interface DefinitionFact {
  /** `metadata.name` of the content: signed, where `signature` says that a signature holds. */
  readonly name: string;
  readonly kind: DefinitionKind;
  readonly labels: Readonly<Record<string, string>>;
  /** sha256 of the bytes that were verified, or of the content where nothing was. */
  readonly digest: string;
  /** The object itself. */
  readonly content: unknown;
  /** Where it was had from, for messages: `bundle ghcr.io/acme/tasks@sha256:…`, `Task ci/build`. */
  readonly source: string;
  /**
   * The content read as an object of its engine, as if it were stored in the namespace of the run: what it refers to in its turn, its
   * tasks and their order. Absent when no reader knows such an object. Signed exactly when the content is.
   */
  readonly reading?: BuildReading;
}
