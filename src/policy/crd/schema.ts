/** The part of OpenAPI v3 that a structural schema of Kubernetes may use. */

/** A rule in CEL that the API server checks. */
export interface Validation {
  readonly rule: string;
  readonly message: string;
}

/** What restricts a value without saying what it is: all that may stand under `allOf`. */
export interface Restrictions {
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

/** A structural schema: every node says what it is, and no node is left out. */
export interface Structural extends Restrictions {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly description?: string;
  readonly nullable?: true;
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly additionalProperties?: Structural;
  readonly items?: Structural;
  readonly required?: readonly string[];
  readonly allOf?: readonly Restrictions[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-list-type'?: 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly Validation[];
}

/** Keeps fields that the schema does not know: we refuse them by name, and pruned they would silently not count. */
export const KEEP = { 'x-kubernetes-preserve-unknown-fields': true } as const;
