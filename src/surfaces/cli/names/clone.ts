/** Where raw objects of commits are found. */

/** A clone on this machine, and what is wanted of it: commits by their whole ids, and those before them since another one. */
export interface CloneOptions {
  readonly folder: string;
  readonly commits: readonly string[];
  readonly since?: string | undefined;
}
