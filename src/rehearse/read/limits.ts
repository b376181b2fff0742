/** How large a policy test may be: what is minted costs a signature each, and a file of a megabyte could ask for millions. */

/** Most entries of each list; a test beyond them is refused with the place of the list. */
export const LIMITS = {
  policies: 200, artifacts: 500, evidence: 200, layers: 500, children: 100, objects: 1000, cases: 1000,
  /** Of all artifacts of one test together. */
  minted: 5000,
  /** Characters of one file with tests. */
  file: 4 * 1024 * 1024,
  /** Tests of one run. */
  tests: 2000,
} as const;
