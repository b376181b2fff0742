// Policies that a real cosign has signed: as an artifact of a registry, in every layout, and each document by its canonical bytes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVersions } from '../../src/signed/index.ts';
import { createEvidenceSource } from '../../src/fetch/index.ts';
import { createOciSource } from '../../src/wiring/signed/oci-source.ts';
import { dataFolder } from '../cluster/processes.ts';
import { ranCommandLine } from '../support/command-line.ts';
import { look, policyText, signerDocument, signersOf } from '../unit/signed/support.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { generateKey, LAYOUTS, sign, signBlob } from './cosign.ts';
import type { CosignKey, Layout } from './cosign.ts';

let [key, stranger]: CosignKey[] = [];
beforeAll(async () => {
  key = await generateKey('security');
  stranger = await generateKey('nobody');
});
const signers = (spec?: object) => signersOf([signerDocument('security', { file: '', publicPem: key?.pem ?? '' }, spec)]);

describe.each(['api', 'tags'] as const)('policies in a registry with %s', (kind) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ referrersApi: kind === 'api' });
  });
  afterAll(() => registry.close());

  it.each(Object.keys(LAYOUTS) as Layout[])('cosign sign, layout %s', async (layout) => {
    const file = join(dataFolder('policies'), 'acme.yaml');
    writeFileSync(file, policyText());
    const name = `${registry.host}/acme/policies-${layout}`;
    const pushed = await ranCommandLine('policy', 'push', `${name}:v`, file, '--set-version', '1', '--plain-http', registry.host);
    const image = pushed.stdout.trim();
    const registries = createEvidenceSource({ clock: Date, plainHttp: [registry.host], cache: { absenceTTL: 0 } });
    const source = createOciSource(
      { ref: `${name}:v`, signedBy: [], threshold: 1, refresh: 3_600_000, maxAge: undefined },
      { registries, signers: () => signers({}), versions: createVersions(false) },
    );
    try {
      await source.refresh();
      expect(source.condition().problem).toContain('[FETCH_NONE_FOUND]');
      if (stranger !== undefined) await sign(image, stranger, { layout });
      await source.refresh();
      expect(source.condition().problem).toContain('[VERIFY_SIGNER_UNTRUSTED]');
      if (key !== undefined) await sign(image, key, { layout });
      await source.refresh();
      expect([source.condition().problem, source.current()?.files.map(({ text }) => text)]).toEqual([undefined, [policyText()]]);
    } finally {
      source.close();
      await registries.close();
    }
  });
});

describe('a document', () => {
  it('cosign sign-blob over what --canonical prints, put in by --bundle', async () => {
    const file = join(dataFolder('document'), 'acme.yaml');
    writeFileSync(file, policyText());
    const { stdout: canonical } = await ranCommandLine('policy', 'sign', file, '--canonical');
    writeFileSync(`${file}.bytes`, canonical);
    const signed = async (by: CosignKey | undefined): Promise<string> => {
      if (by === undefined) throw new Error('no key');
      const { code, stdout, stderr } = await ranCommandLine('policy', 'sign', file, '--bundle', await signBlob(`${file}.bytes`, by));
      expect([code, stderr]).toEqual([0, expect.stringContaining('version 1 signed')]);
      return stdout;
    };
    const good = await signed(key);
    expect(look(good, signers()).because).toEqual(['used']);
    expect(look(good.replace('acme/**', '**'), signers()).because).toEqual(['changed']);
    expect(look(await signed(stranger), signers()).because).toEqual(['untrusted']);
  });
});
