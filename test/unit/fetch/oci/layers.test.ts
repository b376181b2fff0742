import { describe, expect, test } from 'vitest';
import type { LayerRecipients } from '../../../../src/domain/policy/examined-requirement.ts';
import { blob, describe as descriptor, makeImage, makeIndex, pushable } from '../../../world/image.ts';
import type { Pushable } from '../../../world/image.ts';
import { push } from '../../../world/push.ts';
import { artifact, registry, SCOPE, source } from '../support.ts';

const NEVER = new AbortController().signal;
const ENCRYPTED = 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted';

/** An image with one encrypted layer. */
function encrypted(text: string, keys = 'AA=='): Pushable {
  const [config, layer] = [blob(Buffer.from('{}')), blob(Buffer.from(text))];
  return pushable('application/vnd.oci.image.manifest.v1+json', [config, layer], {
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: descriptor('application/vnd.oci.image.config.v1+json', config.bytes),
    layers: [{ ...descriptor(ENCRYPTED, layer.bytes), annotations: { 'org.opencontainers.image.enc.keys.jwe': keys } }],
  });
}

describe('layers', () => {
  test.each<[string, string, LayerRecipients]>([
    ['read', Buffer.from('{"header":{"kid":"node-a"}}').toString('base64'), { readable: true, recipients: [{ scheme: 'jwe', identified: true, id: 'node-a', shown: 'jwe node-a' }] }],
    ['unreadable', 'AA==', { readable: false, problem: 'a wrapped key of scheme jwe that cannot be read' }],
  ])('of an image, with type and recipients: %s', async (_, written, keys) => {
    const server = await registry();
    const image = encrypted('secret', written);
    await push(server, 'acme/app', image);
    const fact = await source([server]).layers?.(artifact(`${server.host}/acme/app`, image.digest), SCOPE, NEVER);
    expect(fact).toMatchObject({ ok: true, images: [{ digest: image.digest, layers: [{ mediaType: ENCRYPTED, encryption: { keys } }] }] });
  });

  test('of every image of an index', async () => {
    const server = await registry();
    const index = makeIndex({ children: [encrypted('a'), makeImage({ layers: 2 })] });
    for (const child of index.children) await push(server, 'acme/app', child);
    await push(server, 'acme/app', index);
    const fact = await source([server]).layers?.(artifact(`${server.host}/acme/app`, index.digest), SCOPE, NEVER);
    expect(fact?.ok === true ? fact.images.map(({ layers }) => layers.length) : fact).toEqual([1, 2]);
  });

  test('are not known when the manifest is not there', async () => {
    const server = await registry();
    const fact = await source([server]).layers?.(artifact(`${server.host}/acme/app`, makeImage().digest), SCOPE, NEVER);
    expect(fact).toMatchObject({ ok: false, problem: { code: 'FETCH_NOT_FOUND' } });
  });
});
