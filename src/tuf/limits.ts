/** Bounds on what a TUF repository may make us read and do (specification 5; security.md J08). */
export const TUF_LIMITS = {
  rootBytes: 512_000,
  timestampBytes: 16_384,
  snapshotBytes: 2_000_000,
  targetsBytes: 5_000_000,
  /** Root versions taken in one refresh. */
  rootRotations: 256,
  /** Roles looked at to find one target. */
  delegations: 32,
  /** Signatures on one file, and key ids of one role. */
  signatures: 256,
  /** Keys of one root or one delegating role. */
  keys: 1024,
  /** Roles one role delegates to, and patterns of one role. */
  roles: 4096,
  patterns: 4096,
  /** Characters of a role name, a target path or a pattern. */
  nameLength: 512,
  /** How deep metadata may be nested. */
  depth: 32,
} as const;
