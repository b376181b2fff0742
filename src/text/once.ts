/** A value that is made when it is first asked for, and then the same for ever. */
export function once<Value extends object>(make: () => Value): () => Value {
  const made: { value?: Value } = {};
  return () => (made.value ??= make());
}
