/** Bundles of authorities, as the server's own room reads them. */
export { countCertificates, isIssuedUnder, joinBundles, namesOf } from '../src/platform/tls/bundle.ts';
