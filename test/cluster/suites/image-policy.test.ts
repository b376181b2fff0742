import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeClientCertificate } from '../../../certs/authority.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { startGatehouse } from '../gatehouse.ts';
import type { Gatehouse } from '../gatehouse.ts';
import { ROOT } from '../installed.ts';
import { dataFolder } from '../processes.ts';
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
  const client = await makeClientCertificate({ names: ['kube-apiserver'], days: 1, now: Date.now() });
  const clientCA = join(dataFolder('image-policy'), 'client-ca.crt');
  writeFileSync(clientCA, client.ca);
  gatehouse = await startGatehouse({
    config: { plainHttp: [registry.host], drain: '0s', kubernetes: { enabled: false }, tls: { clientCA } },
    policies: { 'policies.yaml': documents(signer('release', release), policy('acme-images', [`${registry.host}/acme/**`], 'release')) },
  });
  // The shipped files, with paths and an address of this machine.
  const shipped = (name: string): string => readFileSync(join(ROOT, 'deploy/imagepolicywebhook', name), 'utf8').replaceAll('/etc/kubernetes/gatehouse/ca.crt', 'FOLDER/gatehouse-ca.crt').replaceAll('/etc/kubernetes/gatehouse', 'FOLDER');
  cluster = await startControlPlane({
    flags: ['--enable-admission-plugins', 'ImagePolicyWebhook'],
    admissionFiles: {
      'admission.yaml': shipped('admission.yaml'),
      'kubeconfig.yaml': shipped('kubeconfig.yaml').replace('https://gatehouse.example.internal:8443', gatehouse.url),
      'gatehouse-ca.crt': gatehouse.ca, 'client.crt': client.certificate, 'client.key': client.key,
    },
  });
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

  test('the shipped kubeconfig shows that the API server asks', async () => {
    const proofs = (): readonly string[] => readFileSync(gatehouse.program.log, 'utf8').split('\n').filter((line) => line.includes('"msg":"decision"'))
      .map((line) => (JSON.parse(line) as { proof: string }).proof);
    // The log comes a moment after the answer.
    await expect.poll(proofs, { timeout: 10_000 }).toContain('certificate');
    expect(new Set(proofs())).toEqual(new Set(['certificate']));
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
        fix: sign it as release: cosign sign --key KEY IMAGE  [FETCH_NONE_FOUND]
        gatehouse explain FETCH_NONE_FOUND (reference <reference>)
      "
    `);
  });

  test('one of two images unsigned: denied', async () => {
    const result = await cluster.kubectl(['apply', '-f', '-'], pod('mixed', signed, { initContainers: [{ name: 'init', image: unsigned }] }));
    expect(result.code).toBe(1);
  });

  test('Gatehouse down: denied, because the example configuration fails closed, and in every namespace', async () => {
    await gatehouse.stop();
    await cluster.must(['create', 'namespace', 'gatehouse-system']);
    for (const namespace of ['default', 'kube-system', 'gatehouse-system']) {
      const result = await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], pod('down', `${registry.host}/acme/other:1`));
      expect([namespace, result.code]).toEqual([namespace, 1]);
    }
  });
});
