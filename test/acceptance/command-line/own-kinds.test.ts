// Documents of ours among the manifests that are judged: they start nothing, whichever kind they are of.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, describe, expect, test } from 'vitest';
import { OWN_KINDS } from '../../../src/domain/own-kinds.ts';
import { KINDS } from '../../../src/policy/read/catalogue.ts';
import { ranCommandLine } from '../../support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-own-kinds-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every one names an image at a place where an object of others would be refused for it. */
const spec = { artifacts: [{ image: 'ghcr.io/acme/app' }] };

async function judged(kind: string, namespaced: boolean, apiVersion: string) {
  const file = join(folder, `${kind}.yaml`);
  writeFileSync(file, stringify({ apiVersion, kind, metadata: { name: 'one', ...(namespaced ? { namespace: 'shop' } : {}) }, spec }));
  return ranCommandLine('verify', '-f', file, '-p', 'policies/examples', '-o', 'json');
}

test('the table has the kinds that are read, and no other', () =>
  expect(OWN_KINDS.map(({ kind }) => kind).toSorted()).toEqual([...KINDS].toSorted()));

describe.each(OWN_KINDS)('$kind', ({ kind, namespaced }) => {
  test('is admitted, and belongs to a namespace or not as it is served', async () => {
    const { code, stdout, stderr } = await judged(kind, namespaced, 'gatehouse.dev/v1alpha1');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('INPUT_')]);
    expect(stdout).not.toContain('INPUT_IMAGE_UNPLACED');
    expect(stdout.includes('"namespace": "shop"') || stdout.includes('"namespace":"shop"')).toBe(namespaced);
    expect(stdout).not.toContain('default');
  });

  test('of another group it is not: nobody knows what that starts', async () =>
    expect((await judged(kind, namespaced, 'acme.example/v1')).stdout).toContain('INPUT_IMAGE_UNPLACED'));
});
