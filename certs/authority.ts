/** Certificates of a development CA, as the server's own room makes them. */
export { makeClientCertificate, makeServingCertificate } from '../src/platform/tls/authority.ts';
export type { CertificateRequest, ServingCertificate } from '../src/platform/tls/authority.ts';
export { serviceNames } from '../src/platform/tls/service-names.ts';
