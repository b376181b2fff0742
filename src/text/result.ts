/** The value a piece of written text stands for, or one sentence saying what is wrong with it and how to mend it. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** A successful {@link Result}. */
export function good<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A failed {@link Result}; the problem is lower case, names what was found and what was expected. */
export function bad(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
