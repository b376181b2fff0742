/** How one kind is read: what it is called and where in it a pod is described. */
export interface KindReader {
  readonly kind: string;
  /** Fields from the object down to its PodSpec. */
  readonly podSpec: readonly string[];
  /** True for pods themselves, in which the API allows less to be left out than in templates. */
  readonly isPod: boolean;
}

/** Readers by `group/resource`, all versions alike: the place of the pod template never moved between them. */
export type KindReaders = Readonly<Record<string, KindReader>>;

/** A kind with its pod template at `spec.template`, as all controllers of pods have it. */
export function templateKind(kind: string): KindReader {
  return { kind, podSpec: ['spec', 'template', 'spec'], isPod: false };
}
