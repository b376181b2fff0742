/** What ecosystems of packages can prove, by the type of their package URLs; what is not here proves nothing of itself. */

/** By whom something is signed in an ecosystem. */
export interface EcosystemTraits {
  /** The registry, or a database beside it, signs which bytes a name and version have. */
  readonly signsNames: boolean;
  /** Publishers can have their builds attested, and the ecosystem keeps it. */
  readonly attestsBuilds: boolean;
}

const TRAITS: ReadonlyMap<string, EcosystemTraits> = new Map([
  ['npm', { signsNames: true, attestsBuilds: true }],
  ['pypi', { signsNames: false, attestsBuilds: true }],
  ['golang', { signsNames: true, attestsBuilds: false }],
  ['cargo', { signsNames: false, attestsBuilds: false }],
]);

/** The traits of the ecosystem of a canonical package name (`pkg:npm/…`); `undefined` where none is known. */
export function ecosystemOf(name: string): (EcosystemTraits & { readonly type: string }) | undefined {
  const type = /^pkg:([a-z0-9.+-]+)\//.exec(name)?.[1] ?? '';
  const traits = TRAITS.get(type);
  return traits === undefined ? undefined : { ...traits, type };
}
