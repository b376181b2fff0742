/** What is worked out when it is first asked for, and then known. */

/** A value that is made when it is first asked for, and then the same for ever. */
export function once<Value extends object>(make: () => Value): () => Value {
  const made: { value?: Value } = {};
  return () => (made.value ??= make());
}

/**
 * The same function, with a memory for each object: for work on parsed values that nobody changes, which certificates are. What throws
 * is not remembered, so it throws again. Nothing but the very object decides, so no two can be confused.
 */
export function remembered<Of extends object, Value>(work: (of: Of) => Value): (of: Of) => Value {
  const known = new WeakMap<Of, { readonly value: Value }>();
  return (of) => {
    const found = known.get(of);
    if (found !== undefined) return found.value;
    const value = work(of);
    known.set(of, { value });
    return value;
  };
}

/** The same for two objects: the word lives no longer than either. */
export function rememberedForBoth<First extends object, Second extends object, Value>(
  work: (first: First, second: Second) => Value,
): (first: First, second: Second) => Value {
  const known = remembered((_: First) => new WeakMap<Second, { readonly value: Value }>());
  return (first, second) => {
    const beside = known(first);
    const found = beside.get(second);
    if (found !== undefined) return found.value;
    const value = work(first, second);
    beside.set(second, { value });
    return value;
  };
}
