import { readdirSync, readFileSync } from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { describe, expect, test } from 'vitest';
import { parseBundle } from '../../../src/verify/formats/bundle.ts';
import { hasSharedData, sharedData } from '../../support/shared.ts';

/** sigstore-js as the second opinion: what our parser accepts, theirs must accept with the same content. */
const ASSETS = sharedData('sigstore-conformance/assets/bundle-verify');
const files = !hasSharedData ? [] : [
  ...readdirSync(ASSETS, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => `${ASSETS}/${entry.name}/bundle.sigstore.json`),
  ...readdirSync(sharedData('sigstore-go/bundles')).map((name) => sharedData(`sigstore-go/bundles/${name}`)),
];

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('our bundle parser beside sigstore-js', () => {
  test.each(files.map((file) => [file.split('/').slice(-2).join('/'), file]))('%s', (_, file) => {
    const bytes = readFileSync(file);
    const ours = parseBundle(bytes);
    if (!ours.ok) return;
    const theirs = bundleFromJSON(JSON.parse(bytes.toString('utf8')));
    const { content, dating } = ours.value;
    expect(theirs.mediaType).toContain(ours.value.version);
    const signature = theirs.content.$case === 'messageSignature' ? theirs.content.messageSignature.signature : theirs.content.dsseEnvelope.signatures[0]?.sig;
    expect(Buffer.from(content.kind === 'message' ? content.signature : (content.envelope.signatures[0]?.sig ?? []))).toEqual(signature);
    expect(dating.logEntries.map((entry) => [entry.logIndex, entry.integratedTime])).toEqual(theirs.verificationMaterial.tlogEntries.map((entry) => [BigInt(entry.logIndex), BigInt(entry.integratedTime)]));
    expect(dating.timestamps.map((stamp) => Buffer.from(stamp))).toEqual(theirs.verificationMaterial.timestampVerificationData?.rfc3161Timestamps.map((stamp) => stamp.signedTimestamp) ?? []);
  });

  test('most of the files are accepted by both, so that something is compared', () => {
    expect(files.filter((file) => parseBundle(readFileSync(file)).ok).length).toBeGreaterThan(60);
  });
});
