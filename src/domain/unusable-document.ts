/** Documents of the cluster that cannot be used: what stands in their place, and what is told to those that name them (ADR 0043). */

/** A document that cannot be used and never could, and that must not be ignored. */
export interface UnusableDocument {
  readonly kind: 'ClusterArtifactPolicy' | 'ArtifactPolicy' | 'PipelinePolicy' | 'RevocationList';
  readonly name: string;
  /** Of an ArtifactPolicy. */
  readonly namespace?: string;
  /** Its JSON, whatever is wrong with it. */
  readonly text: string;
  /** What is wrong with it, for the findings: one line. */
  readonly reason: string;
}

/** Documents that are there and left out, since they cannot be used: `Signer alice`, and why. What names one is told so. */
export type Unusable = ReadonlyMap<string, string>;
