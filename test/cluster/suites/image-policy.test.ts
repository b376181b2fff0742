import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { documents, normalise, policy, signer } from '../scene.ts';
import { makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { Registry } from '../signing.ts';
import { pod } from '../workloads.ts';

let registry: Registry;
let gatehouse: Gatehouse;
let cluster: ControlPlane;
let signed: string;
let unsigned: string;

beforeAll(async () => {
  registry = await startRegistry(true);
  const release = await makeKey('release');
  signed = await pushImage(`${registry.host}/acme/signed:1`);
  unsigned = await pushImage(`${registry.host}/acme/unsigned:1`);
  await sign(signed, release);
  gatehouse = await startGatehouse({
    config: { plainHttp: [registry.host], drain: '0s', kubernetes: { enabled: false } },
    policies: { 'policies.yaml': documents(signer('release', release), policy('acme-images', [`${registry.host}/acme/**`], 'release')) },
  });
  cluster = await startControlPlane({ imagePolicyWebhook: { url: `${gatehouse.url}/imagereview`, caFile: gatehouse.caFile } });
});

afterAll(async () => {
  await cluster?.stop();
  await gatehouse?.stop();
  await registry?.program.stop();
});

describe('ImagePolicyWebhook', () => {
  test('signed image: pod admitted', async () => {
    expect(await cluster.kubectl(['apply', '-f', '-'], pod('signed', signed))).toMatchObject({ code: 0 });
  });

  test('unsigned image: pod denied, with the reason', async () => {
    const result = await cluster.kubectl(['apply', '-f', '-'], pod('unsigned', unsigned));
    expect(result.code).toBe(1);
    expect(normalise(result.stderr, { REGISTRY: registry.host })).toMatchInlineSnapshot(`
      "Error from server (Forbidden): error when creating "STDIN": pods "unsigned" is forbidden: image policy webhook backend denied one or more images: 1 of 1 artifacts not admitted
      ✗ spec.containers[0].image REGISTRY/acme/unsigned@sha256:<digest>
        policy acme-images / signed by release: unsigned: no evidence of the required kind was found
        expected release: key sha256:<digest>
        found    no signature
        fix: sign the artifact and push the signature beside it  [FETCH_NONE_FOUND]
        gatehouse explain FETCH_NONE_FOUND (reference <reference>)
      "
    `);
  });

  test('one of two images unsigned: denied', async () => {
    const result = await cluster.kubectl(['apply', '-f', '-'], pod('mixed', signed, { initContainers: [{ name: 'init', image: unsigned }] }));
    expect(result.code).toBe(1);
  });

  test('Gatehouse down: denied, because the example configuration fails closed', async () => {
    await gatehouse.stop();
    const result = await cluster.kubectl(['apply', '-f', '-'], pod('down', `${registry.host}/acme/other:1`));
    expect(result.code).toBe(1);
  });
});
