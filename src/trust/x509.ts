/**
 * What `verify/` needs of this room: strict DER, certificates, and compiled trust roots.
 */
export { USAGE } from '../pki/ca-path.ts';
export type { Certificate } from '../pki/certificate.ts';
export {
  basicConstraints,
  equal,
  EXTENSION,
  extendedKeyUsage,
  fingerprintHex,
  isIssuedBy,
  keyUsage,
  namesIssuer,
  parseCertificate,
  signatureScheme,
  unknownCritical,
} from '../pki/certificate.ts';
export type {
  CompiledAuthority,
  CompiledCtLog,
  CompiledLog,
  CompiledRoot,
  CompiledTimestampAuthority,
  CompiledTrust,
  DatingTrust,
  Window,
} from './compiled-trust.ts';
export { covers } from './compiled-trust.ts';
export type { DerNode } from '../pki/der.ts';
export {
  children,
  decodeUtf8,
  encodeDer,
  expectTag,
  Malformed,
  onlyChild,
  readBoolean,
  readDer,
  readInteger,
  readOid,
  readSmallInteger,
  sequence,
  TAG,
} from '../pki/der.ts';
export { readTime } from '../pki/der-time.ts';
export { keyIdOf, readSpki } from '../pki/key-rules.ts';
export { nameText } from '../pki/name-text.ts';
export { readPem } from '../pki/pem.ts';
