/** What one certificate extension is. */

/** A certificate extension; `value` is the DER inside the OCTET STRING. */
export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Buffer;
}
