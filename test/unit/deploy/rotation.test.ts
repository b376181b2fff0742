/** S9: what is applied never rotates, and rotation keeps the order in which no request is lost. The cluster is a double of two objects. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeServingCertificate } from '../../../certs/authority.ts';
import type { ServingCertificate } from '../../../certs/authority.ts';
import { countCertificates, isIssuedUnder, joinBundles, namesOf } from '../../../certs/bundle.ts';
import { bundleInUse } from '../../../certs/install-manifest.ts';
import type { Kubectl } from '../../../certs/kubectl.ts';
import { finishRotation, rotate } from '../../../certs/rotate.ts';
import type { RotationTools } from '../../../certs/rotate.ts';

const NAMES = ['gatehouse.gatehouse-system.svc', '10.0.0.7'];
const make = (names: readonly string[] = NAMES): Promise<ServingCertificate> => makeServingCertificate({ names, days: 30, now: Date.now() });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const text = (encoded: string): string => Buffer.from(encoded, 'base64').toString();

let first: ServingCertificate;
let other: ServingCertificate;
beforeAll(async () => { [first, other] = [await make(), await make()]; });

interface Double {
  bundles: string[] | undefined;
  /** Of the gate of pipelines, where it is installed. */
  pipelines?: string[];
  /** Of the webhook that changes pods, where it is installed. */
  mutating?: string[];
  secret: { data: Record<string, string>; annotations: Record<string, string>; resourceVersion: string } | undefined;
  readonly log: string[];
  readonly kubectl: Kubectl;
}

/** A cluster of one Secret and one gate of two webhooks, as kubectl shows and patches them. */
function cluster(serving: ServingCertificate | undefined, bundle: string | undefined): Double {
  const double: Double = {
    bundles: bundle === undefined ? undefined : [bundle, bundle],
    secret: serving && { data: { 'tls.crt': base64(serving.certificate), 'tls.key': base64(serving.key), 'ca.crt': base64(serving.ca) }, annotations: {}, resourceVersion: '1' },
    log: [],
    kubectl(args) {
      const line = args.join(' ');
      if (line.includes('get secret')) {
        if (double.secret === undefined) return undefined;
        const { data, annotations, resourceVersion } = double.secret;
        return [resourceVersion, data['tls.crt'], data['ca.crt'] ?? '', Object.keys(annotations).length === 0 ? '' : JSON.stringify(annotations)].join('\n');
      }
      if (line.startsWith('get validatingwebhookconfiguration')) {
        const bundles = args[2] === 'gatehouse' ? double.bundles : args[2] === 'gatehouse-pipelines' ? double.pipelines : undefined;
        return bundles && JSON.stringify({ webhooks: bundles.map((pem) => ({ clientConfig: pem === '' ? {} : { caBundle: base64(pem) } })) });
      }
      if (line === 'get mutatingwebhookconfiguration gatehouse-mutate -o json') return double.mutating && JSON.stringify({ webhooks: double.mutating.map((pem) => ({ clientConfig: { caBundle: base64(pem) } })) });
      if (line.startsWith('patch mutatingwebhookconfiguration gatehouse-mutate')) return patchGate(double, String(args.at(-1)), double.mutating);
      if (line.startsWith('patch validatingwebhookconfiguration')) return patchGate(double, String(args.at(-1)), args[2] === 'gatehouse' ? double.bundles : double.pipelines);
      if (line.includes('patch secret')) return patchSecret(double, readFileSync(line.split('--patch-file=')[1] ?? '', 'utf8'));
      throw new Error(`unexpected: kubectl ${line}`);
    },
  };
  return double;
}

function patchGate(double: Double, patch: string, bundles: string[] | undefined): string {
  for (const { op, path, value } of JSON.parse(patch) as { op: string; path: string; value: string }[]) {
    const index = Number(/webhooks\/(\d+)\/clientConfig\/caBundle$/.exec(path)?.[1]);
    if (op === 'test' && text(value) !== bundles?.[index]) throw new Error('the server rejected our request: test failed');
    if (op === 'add' && bundles !== undefined) bundles[index] = text(value);
  }
  double.log.push(`gate trusts ${countCertificates(bundles?.[0] ?? '')}`);
  return 'patched';
}

function patchSecret(double: Double, text: string): string {
  const patch = JSON.parse(text) as { metadata: { resourceVersion: string; annotations?: Record<string, string> }; data: Record<string, string> };
  if (double.secret === undefined || patch.metadata.resourceVersion !== double.secret.resourceVersion) throw new Error('(Conflict)');
  double.secret = { data: { ...double.secret.data, ...patch.data }, annotations: { ...double.secret.annotations, ...patch.metadata.annotations }, resourceVersion: '2' };
  double.log.push('secret');
  return 'patched';
}

/** Tools over the double; sleeping is written down and takes no time. */
function tools(double: Double, now = Date.UTC(2026, 0, 1)): RotationTools {
  return {
    kubectl: double.kubectl, make, now: () => now, say: () => undefined,
    sleep: (ms) => { double.log.push(`sleep ${ms}`); return Promise.resolve(); },
  };
}

const served = (double: Double): string => text(double.secret?.data['tls.crt'] ?? '');

describe('S9: applying never rotates', () => {
  test('S9: the CA that is filled in is the one the gate trusts, to the letter, however often', () => {
    const double = cluster(first, first.ca);
    expect(bundleInUse(double.kubectl)).toBe(first.ca);
    expect(bundleInUse(double.kubectl)).toBe(first.ca);
    expect(double.log).toEqual([]);
  });
  test('S9: half way through a rotation it is both', () => {
    const both = joinBundles(first.ca, other.ca);
    expect(bundleInUse(cluster(first, both).kubectl)).toBe(both);
    expect(bundleInUse(cluster(other, both).kubectl)).toBe(both);
  });
  test('S9: with the gate switched off it is the CA of the certificate that is served', () => {
    expect(bundleInUse(cluster(first, undefined).kubectl)).toBe(first.ca);
    expect(bundleInUse(cluster(first, '').kubectl)).toBe(first.ca);
  });
  test('S9: refused: nothing is served yet; what is trusted did not issue it; the CA is nowhere to be found', () => {
    expect(() => bundleInUse(cluster(undefined, first.ca).kubectl)).toThrow(/no Secret gatehouse-tls/);
    expect(() => bundleInUse(cluster(other, first.ca).kubectl)).toThrow(/not issued by a CA that the gate trusts/);
    const nameless = cluster(first, undefined);
    delete nameless.secret?.data['ca.crt'];
    expect(() => bundleInUse(nameless.kubectl)).toThrow(/--ca FILE/);
  });
});

describe('S9: rotation', () => {
  test('S9: caBundle first, then time for every API server, then the Secret, and at every step what is served is trusted', async () => {
    const double = cluster(first, first.ca);
    await rotate(tools(double), 30_000);
    expect(double.log).toEqual(['gate trusts 2', 'sleep 30000', 'secret']);
    expect(served(double)).not.toBe(first.certificate);
    for (const bundle of double.bundles ?? []) for (const chain of [first.certificate, served(double)]) expect(isIssuedUnder(chain, bundle)).toBe(true);
    expect([...namesOf(served(double))].sort()).toEqual([...NAMES].sort());
  });
  test('S9: the gate of pipelines trusts what the gate trusts, at every step', async () => {
    const double = cluster(first, first.ca);
    double.pipelines = Array.from({ length: 8 }, () => first.ca);
    const began = Date.UTC(2026, 0, 1);
    await rotate(tools(double, began), 30_000);
    expect(double.log).toEqual(['gate trusts 2', 'gate trusts 2', 'sleep 30000', 'secret']);
    expect(new Set(double.pipelines)).toEqual(new Set(double.bundles));
    expect(double.mutating).toBeUndefined();
    finishRotation(tools(double, began + 300_000), 300_000);
    for (const bundle of double.pipelines) expect([isIssuedUnder(first.certificate, bundle), isIssuedUnder(served(double), bundle)]).toEqual([false, true]);
  });
  test('S9: the webhook that changes pods trusts what the gate trusts, or it would fall silent', async () => {
    const double = cluster(first, first.ca);
    double.mutating = [first.ca];
    const began = Date.UTC(2026, 0, 1);
    await rotate(tools(double, began), 30_000);
    expect(double.mutating[0]).toBe(double.bundles?.[0]);
    finishRotation(tools(double, began + 300_000), 300_000);
    expect([isIssuedUnder(first.certificate, double.mutating[0] ?? ''), isIssuedUnder(served(double), double.mutating[0] ?? '')]).toEqual([false, true]);
  });
  test('S9: the old CA is forgotten only when five minutes have passed, and once', async () => {
    const double = cluster(first, first.ca);
    const began = Date.UTC(2026, 0, 1);
    await rotate(tools(double, began), 0);
    expect(() => finishRotation(tools(double, began + 299_000), 300_000)).toThrow(/wait 1 s more/);
    expect(isIssuedUnder(first.certificate, double.bundles?.[1] ?? '')).toBe(true);
    finishRotation(tools(double, began + 300_000), 300_000);
    for (const bundle of double.bundles ?? []) {
      expect(isIssuedUnder(served(double), bundle)).toBe(true);
      expect(isIssuedUnder(first.certificate, bundle)).toBe(false);
    }
    const steps = double.log.length;
    finishRotation(tools(double, began + 300_000), 300_000);
    expect(double.log).toHaveLength(steps);
  });
  test('S9: broken off before the Secret: the old certificate is still trusted, and it may be started again', async () => {
    const double = cluster(first, first.ca);
    const broken: RotationTools = { ...tools(double), sleep: () => Promise.reject(new Error('broken off')) };
    await expect(rotate(broken, 0)).rejects.toThrow('broken off');
    expect(served(double)).toBe(first.certificate);
    expect(isIssuedUnder(first.certificate, double.bundles?.[0] ?? '')).toBe(true);
    await rotate(tools(double), 0);
    for (const chain of [first.certificate, served(double)]) expect(isIssuedUnder(chain, double.bundles?.[0] ?? '')).toBe(true);
  });
  test('S9: somebody else changed the gate or the Secret meanwhile: nothing is overwritten', async () => {
    const double = cluster(first, first.ca);
    const meanwhile: RotationTools = { ...tools(double), sleep: () => { if (double.secret !== undefined) double.secret.resourceVersion = '7'; return Promise.resolve(); } };
    await expect(rotate(meanwhile, 0)).rejects.toThrow('(Conflict)');
    expect(served(double)).toBe(first.certificate);
  });
  test('S9: refused: no gate, no Secret, or a certificate that cert-manager or the controller renews', async () => {
    await expect(rotate(tools(cluster(first, undefined)), 0)).rejects.toThrow(/no gate/);
    await expect(rotate(tools(cluster(undefined, first.ca)), 0)).rejects.toThrow(/no Secret/);
    const managed = cluster(first, first.ca);
    if (managed.secret !== undefined) managed.secret.annotations['cert-manager.io/certificate-name'] = 'gatehouse';
    await expect(rotate(tools(managed), 0)).rejects.toThrow(/cert-manager/);
    const kept = cluster(first, first.ca);
    if (kept.secret !== undefined) kept.secret.annotations['gatehouse.dev/kept-by'] = 'controller';
    await expect(rotate(tools(kept), 0)).rejects.toThrow(/controller renews/);
    expect(() => finishRotation(tools(kept), 0)).toThrow(/controller renews/);
    expect([...managed.log, ...kept.log]).toEqual([]);
  });
});

describe('bundles', () => {
  test('join: each authority once, in order; what is no certificate is refused', () => {
    expect(countCertificates(joinBundles(first.ca, other.ca, first.ca, ''))).toBe(2);
    expect(() => joinBundles('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toThrow();
  });
  test('issued under: by signature, not by name', () => {
    expect(isIssuedUnder(first.certificate, first.ca)).toBe(true);
    expect(isIssuedUnder(first.certificate, other.ca)).toBe(false);
    expect(isIssuedUnder(first.certificate, '')).toBe(false);
    expect(isIssuedUnder('', first.ca)).toBe(false);
  });
});
