import { base64 } from '../world/encode.ts';
import { signWith } from '../world/keys.ts';
import { createTrustDomain } from '../world/spiffe.ts';

/** Seeds of what comes from trust domains: bundles, and results that a run signed. */
const domain = createTrustDomain('prod.example', Date.UTC(2026, 5, 1));
const run = domain.svid('/ns/ci/taskrun/build-1');
const VALUES = { IMAGE_DIGEST: `sha256:${'ab'.repeat(32)}`, list: 'a,b', RESULT_MANIFEST: 'IMAGE_DIGEST,list' };
const results = Object.entries(VALUES).flatMap(([name, value]) => [
  { name, value: name === 'list' ? value.split(',') : value }, { name: `${name}.sig`, value: base64(signWith(run.key, Buffer.from(value))) },
]);

export const SPIFFE_BUNDLES: readonly unknown[] = [domain.bundle(), { keys: [] }];
export const SIGNED_RESULTS: readonly unknown[] = [{ namespace: 'ci', name: 'build-1', results: [...results, { name: 'SVID', value: run.certificate.pem }] }];
