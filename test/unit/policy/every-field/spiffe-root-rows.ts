import type { TrustReader } from '../../../../src/domain/ports.ts';
import { layerEvidence } from '../../../world/domain.ts';
import { base64 } from '../../../world/encode.ts';
import { createTrustDomain } from '../../../world/spiffe.ts';
import { rowsAt } from './row.ts';
import type { More, Row } from './row.ts';
import { trusting } from './signer-rows.ts';
import { DAY, DIGEST, doc, NOW } from './world.ts';

/** Rows of trust roots whose authorities are in the bundle of a trust domain, wherever that is. */
const [prod, dev] = [createTrustDomain('prod.example', NOW), createTrustDomain('prod.example', NOW)];
const PATH = '/ns/ci/sa/builder';
const FIELD = { url: 'https://spire.example/bundle', profile: 'https_web', maxStale: '7d' };
const BY_SPIFFE = { ...FIELD, profile: 'https_spiffe', endpointSpiffeId: 'spiffe://prod.example/spire/server' };

/** One file and one endpoint that could not be asked for three days: the compiler must hand on whom to ask, and for how long it counts. */
const spiffeBundle: TrustReader['spiffeBundle'] = (_, { from, maxStale }) => {
  const isThere = 'file' in from ? from.file === '/etc/prod.json'
    : from.url === FIELD.url && maxStale >= 3 * DAY
      && (from.profile === 'https_web' || (from.endpointSpiffeId === BY_SPIFFE.endpointSpiffeId && from.anchors[0] === base64(prod.root.certificate.der)));
  return isThere ? { usable: true, content: prod.bundle() } : { usable: false, cause: 'nothing there' };
};
const scene = trusting(
  { spiffe: { id: `spiffe://prod.example${PATH}`, trustRoot: 'prod' } },
  { evidence: [layerEvidence(prod.signed(DIGEST, PATH))], spiffeBundle },
);
const root = doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.example' } });
const make = rowsAt('TrustRoot', { ...scene, documents: [root, ...scene.documents] }, 'spec.spiffe');
const endpoint = (bundleEndpoint: object): More => ({ base: { bundleEndpoint } });
const [pem, otherPem] = [prod.root.certificate.pem, dev.root.certificate.pem];
const STALE = 'VERIFY_TRUST_ROOT_STALE';

export const spiffeRootRows: readonly Row[] = [
  make('bundle', dev.bundle(), 'VERIFY_CERTIFICATE_UNTRUSTED', { base: { bundle: prod.bundle() } }),
  make('file', '/etc/other.json', STALE, { base: { file: '/etc/prod.json' } }),
  make('bundleEndpoint.url', 'https://other.example/bundle', STALE, endpoint(FIELD)),
  make('bundleEndpoint.maxStale', '2d', STALE, endpoint(FIELD)),
  make('bundleEndpoint.profile', 'http_web', { lint: /expected one of https_web, https_spiffe/ }, {
    ...endpoint(FIELD), why: 'what the other profile needs, or may not have, is told at these fields (test/unit/policy/spiffe-roots.test.ts)',
  }),
  make('bundleEndpoint.endpointSpiffeId', 'spiffe://prod.example/other', STALE, endpoint({ ...BY_SPIFFE, certificates: pem })),
  make('bundleEndpoint.certificates', otherPem, STALE, endpoint({ ...BY_SPIFFE, certificates: pem })),
  make('bundleEndpoint.bundle', dev.bundle(), STALE, endpoint({ ...BY_SPIFFE, bundle: prod.bundle() })),
];
