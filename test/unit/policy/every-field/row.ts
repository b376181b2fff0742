import type { Scene } from './judge.ts';
import { doc, IMAGE, ROOT, SIGNERS } from './world.ts';
import type { Doc } from './world.ts';

/**
 * One field and a value that must change something: the verdict (`to` is what it becomes, `from` what it was), or, for
 * a field that names something or that this version refuses, what the compiler tells at the field's place (`lint`).
 */
export interface Row {
  readonly kind: string;
  /** Where in the document: `spec.require.0.sbom.formats`; `{x}` is a key of a map. */
  readonly place: string;
  /** Its first document of `kind` is the one that is changed. */
  readonly scene: Scene;
  /** `undefined` takes the field away. */
  readonly value: unknown;
  readonly from: string;
  readonly to: string | { readonly lint: RegExp };
  /** What the message must say once the field is set, and must not say before. */
  readonly says?: RegExp;
  /** Why a change of the verdict is not asked for. */
  readonly why?: string;
  /** Inside of anyOf: the codes of the alternative, of which the message tells, before and after. */
  readonly inner?: readonly [string, string | undefined];
}

/** What a row may say besides field, value and result. */
export interface More extends Partial<Pick<Row, 'from' | 'says' | 'why'>> {
  /** Other fields of the same document that both, base and changed, have; beginning at the same place as the field. */
  readonly base?: Readonly<Record<string, unknown>>;
  readonly scene?: Partial<Scene>;
}

/** Makes one row; `field` lies below the place of the maker, or is the whole path when it begins with `spec.` or `metadata.`. */
export type Make = (field: string, value: unknown, to: Row['to'], more?: More) => Row;

/** Makes rows for fields below one place of the first document of a kind. */
export function rowsAt(kind: string, scene: Scene, at: string): Make {
  const placeOf = (field: string): string => (field.startsWith('spec.') || at === '' ? field : `${at}.${field}`);
  return (field, value, to, { base = {}, scene: other, ...more } = {}) => {
    const prepared = Object.entries(base).reduce(
      (all, [key, one]) => withField(all, kind, placeOf(key), one),
      other === undefined ? scene : { ...scene, ...other },
    );
    return { kind, place: placeOf(field), scene: prepared, value, from: 'POLICY_SATISFIED', to, ...more };
  };
}

/** The path of a row's field, as {@link fieldPaths} names it. */
export function fieldOf({ place }: Pick<Row, 'place'>): string {
  return keysOf(place)
    .filter((key) => typeof key === 'string')
    .map((key) => (key.startsWith('{') ? '*' : key))
    .join('.');
}

/** The path of a row's field, as problems name it. */
export function pathOf({ place }: Pick<Row, 'place'>): readonly (string | number)[] {
  return keysOf(place).map((key) => (typeof key === 'string' ? key.replace(/^\{(.*)\}$/s, '$1') : key));
}

function keysOf(place: string): readonly (string | number)[] {
  return (place.match(/\{[^}]*\}|[^.]+/g) ?? []).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

/** The scene with this field of its first document of the kind set, or taken away. */
export function withField(scene: Scene, kind: string, place: string, value: unknown): Scene {
  const at = scene.documents.findIndex((one) => one.kind === kind);
  const document = scene.documents[at];
  if (document === undefined) throw new Error(`no ${kind} in the scene`);
  return { ...scene, documents: scene.documents.with(at, setIn(document, pathOf({ place }), value) as Doc) };
}

function setIn(target: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return value;
  const child = (target as Readonly<Record<string | number, unknown>> | undefined)?.[key];
  const made = setIn(child, rest, value);
  if (typeof key === 'number') return Object.assign([...((target as readonly unknown[] | undefined) ?? [])], { [key]: made });
  const { [key]: _, ...others } = (target as Readonly<Record<string, unknown>> | undefined) ?? {};
  return made === undefined ? others : { ...others, [key]: made };
}

/** A scene with one policy that demands this of the image. */
export function demanding(requirement: object, more: Partial<Scene> = {}, spec: object = {}): Scene {
  const policy = doc('ClusterArtifactPolicy', 'p', {
    artifacts: [{ image: 'ghcr.io/acme/*' }],
    ...spec,
    require: [{ name: 'demand', ...requirement }],
  });
  return { documents: [policy, ROOT, ...SIGNERS], artifact: IMAGE, namespace: 'team', labels: {}, evidence: [], ...more };
}

const [HOLDS, FAILS] = ['artifact.name == "ghcr.io/acme/app"', 'artifact.name == "ghcr.io/acme/other"'];

/** What every `where` must do, on every type of requirement that has one. `code`: how a condition that is false is told. */
export function whereRows(make: Make, code = 'POLICY_CONDITION'): readonly Row[] {
  const base = (cel: string): More => ({ base: { 'where.0.cel': cel } });
  return [
    make('where.0.cel', FAILS, code, base(HOLDS)),
    make('where.0.cel', 'false', { lint: /always the same/ }, { ...base(HOLDS), why: 'what is always false is refused' }),
    make('where.0.cel', 'predicate.((', { lint: /./ }, { ...base(HOLDS), why: 'what cannot be read is refused' }),
    make('where.0.message', 'ask the release team', code, {
      ...base(FAILS),
      from: code,
      says: /ask the release team/,
      why: 'a message is for readers',
    }),
  ];
}

/** What every requirement on evidence must do with signers; the base has alice's word, an hour old, and accepts hers or bob's. */
export function vouchingRows(make: Make): readonly Row[] {
  return [
    make('by', ['stranger'], 'VERIFY_SIGNER_UNTRUSTED'),
    make('threshold', 2, 'POLICY_THRESHOLD'),
    make('maxAge', '1m', 'POLICY_TOO_OLD'),
  ];
}
