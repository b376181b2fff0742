/** Extended key usages by the names that people know (RFC 5280, 4.2.1.12). */

/** Object identifiers by name. */
export const USAGE_NAMES: ReadonlyMap<string, string> = new Map([
  ['serverAuth', '1.3.6.1.5.5.7.3.1'], ['clientAuth', '1.3.6.1.5.5.7.3.2'], ['codeSigning', '1.3.6.1.5.5.7.3.3'],
  ['emailProtection', '1.3.6.1.5.5.7.3.4'],
]);

const NAMES = new Map([
  ...[...USAGE_NAMES].map(([name, oid]) => [oid, name] as const), ['1.3.6.1.5.5.7.3.8', 'timeStamping'], ['1.3.6.1.5.5.7.3.9', 'OCSPSigning'], ['2.5.29.37.0', 'any'],
]);

/** What usages are called, apart by commas; those without a name by their identifiers. */
export function usagesText(oids: readonly string[]): string {
  return oids.map((oid) => NAMES.get(oid) ?? oid).join(', ');
}
