/**
 * Upper bounds on conditions. Those up to `nesting` are checked when a policy is loaded; `steps` and `text` bound
 * a run and do not depend on the machine, so the same evidence always meets the same end (security.md C16, G08).
 */
export const LIMITS = {
  /** Characters of an expression. */
  expression: 4096,
  /** Nodes of its syntax tree, macros expanded. */
  nodes: 1000,
  /** Loops (all, exists, exists_one, map, filter) inside each other. */
  nesting: 2,
  /** Levels of the syntax tree. */
  depth: 64,
  /** Names of other requirements in `attestations["…"]`. */
  attestations: 8,
  /** Characters of a regular expression. */
  pattern: 512,
  /** Nodes visited in loops, and characters looked at by text functions, over one examination. */
  steps: 4_000_000,
  /** Characters of a text, or entries of a list, that an expression may build. */
  text: 65_536,
  /** Objections told of one statement. */
  objections: 10,
  /** Characters of a text that a message quotes. */
  quoted: 200,
} as const;
