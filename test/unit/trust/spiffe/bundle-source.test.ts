import { describe, expect, test } from 'vitest';
import type { BundlePlace } from '../../../../src/domain/policy/trust-root.ts';
import { createBundleSource } from '../../../../src/trust/index.ts';
import type { BundlePorts, EndpointServer } from '../../../../src/trust/index.ts';
import { bundleKey, createTrustDomain } from '../../../world/spiffe.ts';

/** Where bundles are read: what is older is refused, also after a restart, and who may serve them is said by the bundle before. */
const NOW = Date.UTC(2026, 5, 1);
const prod = createTrustDomain('prod.example', NOW);
const next = createTrustDomain('prod.example', NOW);
const elsewhere = createTrustDomain('spire.example', NOW);
const WEB: BundlePlace = { url: 'https://spire.example/bundle', profile: 'https_web' };
const anchorOf = (domain: typeof prod): string => Buffer.from(domain.root.certificate.der).toString('base64');
const spiffe = (domain: typeof prod, endpointSpiffeId = `spiffe://${domain.name}/spire/server`): BundlePlace =>
  ({ url: 'https://spire.example/bundle', profile: 'https_spiffe', endpointSpiffeId, anchors: [anchorOf(domain)] });

class Scene {
  document: unknown = prod.bundle({ spiffe_sequence: 5 });
  readonly servers: (EndpointServer | undefined)[] = [];
  readonly #source: ReturnType<typeof createBundleSource>;
  readonly kept: Map<string, Uint8Array>;
  constructor(from: BundlePlace = WEB, kept = new Map<string, Uint8Array>()) {
    this.kept = kept;
    const bytes = () => Promise.resolve(Buffer.from(typeof this.document === 'string' ? this.document : JSON.stringify(this.document)));
    const ports: BundlePorts = {
      store: { read: (name) => Promise.resolve(kept.get(name)), write: (name, value) => { kept.set(name, value); return Promise.resolve(); } },
      file: bytes,
      endpoint: (_, server) => { this.servers.push(server); return bytes(); },
    };
    this.#source = createBundleSource({ trustDomain: 'prod.example', from, refresh: 1, maxStale: 1 }, ports);
  }

  async read(document = this.document): Promise<string> {
    this.document = document;
    try {
      const { versions } = await this.#source.refresh(NOW, new AbortController().signal);
      return `sequence ${versions['sequence'] ?? 'none'}`;
    } catch (cause) {
      return (cause as Error).message;
    }
  }

  restored = (): Promise<unknown> => this.#source.restore();
}

describe('sequence numbers', () => {
  test('rise: an older bundle is refused, the same and a newer one are not', async () => {
    const scene = new Scene();
    expect(await scene.read()).toBe('sequence 5');
    expect(await scene.read()).toBe('sequence 5');
    expect(await scene.read(prod.bundle({ spiffe_sequence: 4 }))).toBe('expected spiffe_sequence 5 or later, found 4');
    expect(await scene.read(prod.bundle({ spiffe_sequence: 6 }))).toBe('sequence 6');
  });

  test('are not forgotten by a bundle that has none', async () => {
    const scene = new Scene();
    await scene.read();
    expect(await scene.read(prod.bundle({ spiffe_sequence: undefined }))).toBe('sequence none');
    expect(await scene.read(prod.bundle({ spiffe_sequence: 4 }))).toMatch(/expected spiffe_sequence 5/);
  });

  test('survive a restart, authorities do not', async () => {
    const before = new Scene();
    await before.read();
    const after = new Scene(WEB, before.kept);
    expect(await after.restored()).toBeUndefined();
    expect(await after.read(prod.bundle({ spiffe_sequence: 4 }))).toMatch(/expected spiffe_sequence 5/);
    expect(await after.read(prod.bundle({ spiffe_sequence: undefined }))).toBe('sequence none');
    expect(await after.read(prod.bundle({ spiffe_sequence: 4 }))).toMatch(/expected spiffe_sequence 5/);
  });

  test('of a file may fall: whoever runs us puts it there', async () => {
    const scene = new Scene({ file: '/etc/bundle.json' });
    expect(await scene.read()).toBe('sequence 5');
    expect(await scene.read(prod.bundle({ spiffe_sequence: 4 }))).toBe('sequence 4');
    expect(scene.servers).toEqual([]);
  });
});

test.each<[string, unknown, RegExp]>([
  ['no JSON', '{', /found a fault of .* in its JSON/],
  ['JSON with a key twice', '{"keys":[],"keys":[]}', /duplicate-key/],
  ['no bundle', {}, /cannot be used: expected a SPIFFE bundle/],
  ['a bundle that is wrong in a part', prod.bundle({ keys: [bundleKey(prod.root, { kid: 'a' })] }), /expected no kid/],
])('%s is refused, and what was read before stays the last', async (_, document, message) => {
  const scene = new Scene();
  await scene.read();
  expect(await scene.read(document)).toMatch(message);
  expect(await scene.read(prod.bundle({ spiffe_sequence: 4 }))).toMatch(/expected spiffe_sequence 5/);
});

describe('an endpoint by https_spiffe', () => {
  const served = ({ servers }: Scene): EndpointServer => {
    const server = servers.at(-1);
    if (server === undefined) throw new Error('asked without a proof');
    return server;
  };
  const holds = (pems: readonly string[], domain: typeof prod): boolean =>
    pems.length === 1 && Buffer.from(pems[0]?.replace(/-----[^-]*-----|\s/g, '') ?? '', 'base64').equals(Buffer.from(domain.root.certificate.der));

  test('of its own domain proves itself by the last bundle, which may have other authorities', async () => {
    const scene = new Scene(spiffe(prod));
    await scene.read();
    expect(served(scene).name).toBe('spiffe://prod.example/spire/server');
    expect(holds(served(scene).ca, prod)).toBe(true);
    await scene.read(next.bundle({ spiffe_sequence: 6 }));
    expect(holds(served(scene).ca, prod)).toBe(true);
    await scene.read();
    expect(holds(served(scene).ca, next)).toBe(true);
  });

  test('of another domain proves itself by the authorities of that domain, whatever it serves', async () => {
    const scene = new Scene(spiffe(elsewhere));
    await scene.read();
    await scene.read();
    expect(holds(served(scene).ca, elsewhere)).toBe(true);
  });

  test('cannot prove itself any more once it has revoked everything', async () => {
    const scene = new Scene(spiffe(prod));
    expect(await scene.read(prod.bundle({ spiffe_sequence: 6, keys: [] }))).toBe('sequence 6');
    expect(await scene.read()).toMatch(/nobody can prove to be its endpoint/);
  });

  test.each<[string, () => Uint8Array, string | RegExp | undefined]>([
    ['its own SVID', () => prod.svid('/spire/server').certificate.der, undefined],
    ['that of another workload', () => prod.svid('/spire/agent').certificate.der, /expected the endpoint .*\/spire\/server, found .*\/spire\/agent/],
    ['that of another domain', () => elsewhere.svid('/spire/server').certificate.der, /found spiffe:\/\/spire\.example/],
    ['the certificate of a host', () => prod.issue({ names: [{ type: 'dns', value: 'spire.example' }] }).certificate.der, /is no X\.509-SVID: it has 0 URIs/],
    ['one that may sign certificates', () => prod.svid('/spire/server', { keyUsages: ['digitalSignature', 'keyCertSign'] }).certificate.der, /is no X\.509-SVID/],
    ['an authority', () => prod.root.certificate.der, /is no X\.509-SVID/],
    ['something that is none', () => Buffer.from('no'), /./],
  ])('is asked by %s', async (_, certificate, problem) => {
    const scene = new Scene(spiffe(prod));
    await scene.read();
    const found = served(scene).problem(certificate());
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});

describe('a file of PEM certificates', () => {
  const file: BundlePlace = { file: '/run/spire/svid_bundle.pem' };
  const pem = (...domains: readonly (typeof prod)[]): string => domains.map(({ root }) => root.certificate.pem).join('');
  const workload = prod.svid('/a').certificate.pem;
  const rsa = prod.issue({ subject: [['CN', 'rsa']], ca: true, keyType: 'rsa-2048', issuer: prod.root }).certificate.pem;

  test.each<[string, string, string | RegExp]>([
    ['of one authority', pem(prod), 'sequence none'], ['of two', pem(prod, next), 'sequence none'], ['with an RSA key', rsa, 'sequence none'],
    ['that is cut short', pem(prod, next).slice(0, -200), 'holds text outside of its PEM certificates'],
    ['that is cut short in its first certificate', pem(prod).slice(0, 300), /^expected PEM certificates of authorities/],
    ['of a workload', pem(prod) + workload, /^certificate 2: .*is not a certificate authority/],
    ['of an authority of another domain', prod.issue({ ca: true, names: [{ type: 'uri', value: 'spiffe://dev.example' }] }).certificate.pem, /^the bundle cannot be used: keys\[0\]: has the URI/],
    ['that is empty', '', /^expected a SPIFFE bundle/],
  ])('%s', async (_, text, expected) => {
    expect(await new Scene(file).read(text)).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });

  test('is no bundle where one is published', async () => {
    expect(await new Scene(WEB).read(pem(prod))).toMatch(/^expected a SPIFFE bundle, found a fault/);
  });
});
