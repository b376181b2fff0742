/** Something outside that is followed: whoever asks gets the last good value at once, never waits, and never sees a broken one. */
export interface Feed<T> {
  /** Which feed it is, in metrics and messages. */
  readonly name: string;
  /** The value in force; a feed that may be without one says so in its type. */
  current(): T;
  /** Milliseconds since the source last confirmed the value in force; `undefined` before the first. */
  age(): number | undefined;
  /**
   * Calls the listener whenever another value has come into force, never for the present one; it must not throw. Gives what
   * ends that.
   */
  changed(listener: () => void): () => void;
  /** How the feed stands at this moment. */
  condition(): FeedCondition;
  /** Looks at the source now; resolves when what it holds is in force or refused. Never rejects. */
  refresh(): Promise<void>;
  /** Ends the following; the value in force stays, and nothing is told any more. */
  close(): void;
}

/** How a feed stands. */
export interface FeedCondition {
  /** Whether a value is in force that may be used. */
  readonly ready: boolean;
  /** How many values have come into force. */
  readonly generation: number;
  /** How often something was refused, each broken content once. */
  readonly refused: number;
  /** Why what the source holds at present is not in force; absent when it is. */
  readonly problem?: string;
}

/** A feed of what never changes, and is therefore always current. */
export function fixedFeed<T>(name: string, value: T): Feed<T> {
  return {
    name,
    current: () => value,
    age: () => 0,
    changed: () => () => undefined,
    condition: () => ({ ready: true, generation: 1, refused: 0 }),
    refresh: () => Promise.resolve(),
    close: () => undefined,
  };
}
