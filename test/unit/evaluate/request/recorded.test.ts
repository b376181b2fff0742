// Every recorded scenario, review by review, in a cluster that holds what was stored until then: no rule stands in the way of Tekton itself.
import type { Digest } from '../../../../src/domain/artifact/digest.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { Json } from '../../../support/pipelines.ts';
import { clusterOf, judgedBy } from '../../../support/pipelines.ts';
import { createVerifier } from '../../../../src/verify/index.ts';
import type { DefinitionSource } from '../../../../src/domain/ports.ts';
import { standing } from './builds.ts';
import { sharedData } from '../../../support/shared.ts';

interface Recorded {
  readonly seq: number;
  readonly review: { readonly request: {
    readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'; readonly object: Json | null; readonly oldObject: Json | null; readonly namespace: string; readonly name: string;
    readonly subResource?: string; readonly dryRun?: boolean; readonly userInfo: { readonly username: string; readonly groups: readonly string[] };
    readonly kind: { readonly kind: string }; readonly resource: { readonly group: string };
  } };
}

const FOLDER = sharedData('tekton-recorded');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));
const POLICY = JSON.stringify({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'factory' },
  spec: { definitions: { inline: 'INLINE', pinned: false }, publish: { results: 'required', provenance: 'required' } },
});

const verifier = createVerifier({ workers: 1 });
afterAll(() => verifier.close());

const linesOf = (file: string): Recorded[] => readFileSync(`${FOLDER}/${file}`, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Recorded);

/** The bundles of all recordings: what resolvers brought out of them, by name. */
function bundlesOf(lines: readonly Recorded[]): DefinitionSource {
  const brought = lines.flatMap(({ review: { request: { object } } }) => {
    const { data, refSource } = (object?.['status'] ?? {}) as { data?: string; refSource?: { entryPoint?: string } };
    return data === undefined || data === '' ? [] : [{ name: refSource?.entryPoint, content: Buffer.from(data, 'base64') }];
  });
  return {
    bundle: async ({ digest }, { name }) => {
      const found = brought.find((one) => one.name === name);
      if (found === undefined || digest === undefined) return { ok: false, problem: { code: 'FETCH_NOT_FOUND', source: name } };
      return { ok: true, content: found.content, digest: digest as Digest };
    },
  };
}

const BUNDLES = bundlesOf(FILES.flatMap(linesOf));

/** What the rules of these requirements said of each review that they spoke of. */
async function replay(file: string, inline: 'allow' | 'deny'): Promise<string[]> {
  const stored = new Map<string, Json>();
  const said: string[] = [];
  for (const { seq, review: { request } } of linesOf(file)) {
    const { operation, object, oldObject, namespace, subResource = '', dryRun = false, userInfo: { username, groups }, kind, resource } = request;
    const key = `${resource.group}/${kind.kind} ${namespace}/${request.name || String((object?.['metadata'] as Json | undefined)?.['name'])}`;
    if (resource.group === 'tekton.dev' && object !== null && subResource === '') {
      const judge = judgedBy(POLICY.replace('INLINE', inline), { cluster: clusterOf([...stored.values()]), ports: { verifier, definitions: BUNDLES, ...standing() } });
      const { findings } = await judge(object, { user: username, groups, operation, dryRun, namespace, ...(oldObject === null ? {} : { old: oldObject }) });
      for (const { code, requirement, path } of findings) if (['definitions', 'publish'].includes(requirement ?? '') && code !== 'POLICY_SATISFIED') said.push(`${seq} ${username.split(':').at(-1)} ${operation} ${kind.kind}: ${code} ${path}`);
    }
    if (dryRun) continue;
    if (operation === 'DELETE') stored.delete(key);
    else if (object !== null) stored.set(key, object);
  }
  return said;
}

describe('a recorded scenario', () => {
  test.each(FILES)('%s meets no rule about definitions', async (file) => {
    expect(await replay(file, 'allow')).toEqual([]);
  });

  test.each(FILES)('%s meets the rule about inline definitions only where a person has written one', async (file) => {
    const said = await replay(file, 'deny');
    expect(said.filter((text) => !/^\d+ alice CREATE (?:Pipeline|Task)Run: POLICY_DEFINITION_INLINE /.test(text))).toEqual([]);
  });
});
