/** What is kept of an object that an answer may change, since the object itself is not kept while something is waited for. */

/** What a patch has to know of the object under review, and what may be changed of it. */
export interface Mutable {
  /** Whether tags of its images become digests. */
  readonly pins: boolean;
  /** Absent where no label may be written: templates, and ways to change a pod through which the API server takes no labels. */
  readonly labels?: MutableLabels;
}

/** What the object has of what is written on verified pods. */
export interface MutableLabels {
  /** True where the pod is made: there the label is set, and it is not set later. */
  readonly sets: boolean;
  /** Whether `metadata.labels` and `metadata.annotations` are there to write into. */
  readonly hasLabels: boolean;
  readonly hasAnnotations: boolean;
  /** The label and the annotation as they stand; absent without one, `''` where it is no text. */
  readonly label?: string;
  readonly generation?: string;
}
