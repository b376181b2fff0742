/**
 * What `verify/` needs of this room: strict DER, certificates, and compiled trust roots.
 */
export { USAGE } from './ca-path.ts';
export type { Certificate } from './certificate.ts';
export {
  basicConstraints, equal, EXTENSION, extendedKeyUsage, fingerprintHex, isIssuedBy, keyUsage, namesIssuer, parseCertificate, signatureScheme, unknownCritical,
} from './certificate.ts';
export type { CompiledAuthority, CompiledCtLog, CompiledLog, CompiledRoot, CompiledTimestampAuthority, Window } from './compiled-root.ts';
export { covers } from './compiled-root.ts';
export type { DerNode } from './der.ts';
export {
  children, decodeUtf8, encodeDer, expectTag, Malformed, onlyChild, readBoolean, readDer, readInteger, readOid, readSmallInteger, sequence, TAG,
} from './der.ts';
export { readTime } from './der-time.ts';
export { keyIdOf, readSpki } from './key-rules.ts';
export { nameText } from './name-text.ts';
export { readPem } from './pem.ts';
