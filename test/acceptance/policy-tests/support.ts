/** Policy tests by the front door: files in a folder of their own, and the command line. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { makeKey } from '../../world/keys.ts';
import { ranCommandLine } from '../../support/command-line.ts';
import type { Ran } from '../../support/command-line.ts';

export type Json = Record<string, unknown>;

/** A key that the release team has and nobody here. */
export const REAL_KEY = makeKey().publicKeyPem;

export const SIGNER = signer('release', [{ key: { data: REAL_KEY } }]);
export const POLICY = policy([{ name: 'signed', signature: { by: ['release'] } }]);

export function signer(name: string, identities: readonly Json[], more: Json = {}): Json {
  return { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities, ...more } };
}

export function policy(require: readonly Json[], more: Json = {}): Json {
  return {
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'images' },
    spec: { artifacts: [{ image: 'ghcr.io/acme/**' }], require, ...more },
  };
}

/** A PolicyTest; `spec` takes the place of what is usual. */
export function policyTest(spec: Json, name = 'it'): Json {
  return { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PolicyTest', metadata: { name }, spec: { policies: [SIGNER, POLICY], ...spec } };
}

/** A folder with these files. */
export function folder(files: Readonly<Record<string, string | readonly Json[]>>): string {
  const root = mkdtempSync(join(tmpdir(), 'policy-tests-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), typeof content === 'string' ? content : content.map((document) => stringify(document)).join('---\n'));
  }
  return root;
}

/** Runs tests that stand in one file. */
export function ran(tests: readonly Json[], ...flags: readonly string[]): Promise<Ran> {
  return ranCommandLine('test', folder({ 'it.yaml': tests }), ...flags);
}

export interface ReportCase {
  readonly name: string;
  readonly passed: boolean;
  readonly actual: { readonly decision: string; readonly reasons: readonly string[]; readonly message: string };
}

/** What was decided in each case of one test: `decision CODE CODE`. Whether it was expected does not matter. */
export async function decided(spec: Json): Promise<readonly string[]> {
  const { stdout, stderr } = await ran([policyTest(spec)], '-o', 'json');
  if (stderr !== '') throw new Error(stderr);
  const { cases } = parse(stdout) as { readonly cases: readonly ReportCase[] };
  return cases.map(({ actual }) => [actual.decision, ...actual.reasons].join(' '));
}

/** One image with this evidence, asked about. */
export async function decidedAbout(evidence: readonly Json[], more: Json = {}): Promise<string> {
  const image = 'ghcr.io/acme/app:1';
  const [one = ''] = await decided({ artifacts: [{ image, evidence }], cases: [{ name: 'a', image, expect: { decision: 'admit' } }], ...more });
  return one;
}
