/** What comes of an import, for whoever shows it. */

/** A document that an import has made; its kind and its YAML. */
export interface ImportedDocument {
  readonly kind: string;
  readonly name: string;
  readonly text: string;
}

/** What is told about a place of an imported file. */
export interface ImportRemark {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  readonly column: number;
  readonly level: 'refused' | 'unsaid' | 'stricter' | 'note' | 'skipped';
  readonly path: string;
  readonly what: string;
  readonly why: string;
  readonly help: string;
}
