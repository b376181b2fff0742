import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/fetch/oci/manifest.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const kindOf = (text: string, contentType: string): string => parseManifest({ bytes: Buffer.from(text), contentType }).kind;

describe('D18 one digest, two readings', () => {
  const good = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, layers: [] });
  test.each([
    ['both layers and manifests', JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [], layers: [] }), INDEX],
    ['another media type than it is served as', good, INDEX],
    ['an index without a list', JSON.stringify({ schemaVersion: 2, mediaType: INDEX }), INDEX],
    ['a key twice, once with an escape', good.replace('"layers":', '"layers":[],"\\u006cayers":'), MANIFEST],
    ['a key __proto__ written with an escape', good.replace('"layers":', '"\\u005f_proto__":{},"layers":'), MANIFEST],
  ])('%s is not used', (_, text, contentType) => expect(kindOf(text, contentType)).toBe('unusable'));

  test('its twin is', () => expect(kindOf(good, MANIFEST)).toBe('manifest'));

  test('a key with an escape is read as its text says, whatever was read before', () => {
    kindOf('{"schemaVersion":2,"\\\\u006caye":1}', MANIFEST);
    expect(kindOf('{"schemaVersion":2,"\\u006cayers":[]}', MANIFEST)).toBe('manifest');
  });
});
