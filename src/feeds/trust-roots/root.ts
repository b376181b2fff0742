/** A document that a repository published, verified. */
export interface RootDocument {
  readonly content: unknown;
  /** Epoch milliseconds. */
  readonly confirmedAt: number;
  readonly versions: Readonly<Record<string, number>>;
  /** Milliseconds after which it should be asked for again, where its publisher says so; else as the root says. */
  readonly refreshMs?: number;
}

/** Where the document of one root comes from. */
export interface RootSource {
  /** Why nothing is known before the first answer; default: of a TUF repository. */
  readonly unanswered?: string;
  /** Files whose stirring is worth a look at once. */
  readonly watch?: readonly string[];
  /** What was accepted before the restart, verified again; asks no network. */
  restore(): Promise<RootDocument | undefined>;
  /** Asks the repository; rejects with a message for people. */
  refresh(now: number, signal: AbortSignal): Promise<RootDocument>;
}

/** Told what becomes of the roots; must not throw. */
export interface TrustRootEvents {
  /** The repository confirmed the root; `isNew` when its content changed. */
  confirmed(name: string, document: RootDocument, isNew: boolean): void;
  /** The repository could not be asked, or is wrong; what was known stays. `isNew` unless it failed likewise the time before. */
  failed(name: string, problem: string, retryMs: number, isNew: boolean): void;
  /** The root is too old to be used from now on. */
  stale(name: string, confirmedAt: number): void;
}
