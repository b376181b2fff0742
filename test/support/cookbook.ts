/** The pages of the cookbook: their policies, their policy tests, and what the user is told; run by the product's own `gatehouse test`. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { ranCommandLine } from './command-line.ts';

/** A policy test of a page, and the ```text block that follows it when something is denied. */
export interface Recipe {
  readonly title: string;
  readonly test: string;
  readonly message: string | undefined;
}

export interface Page {
  /** Without `.md`. */
  readonly name: string;
  readonly text: string;
  /** All policies of the page, as one file. */
  readonly policy: string;
  readonly recipes: readonly Recipe[];
}

/** What became of one case. */
export interface Answer {
  readonly name: string;
  readonly passed: boolean;
  readonly differences: readonly string[];
  readonly actual: { readonly decision: string; readonly reasons: readonly string[]; readonly message: string };
}

export const FOLDER = fileURLToPath(new URL('../../docs/cookbook/', import.meta.url));
const BLOCK = /^```([a-z]+)( policy-test)?\n([\s\S]*?)^```$/gm;

/** All pages of the cookbook. */
export function readCookbook(): readonly Page[] {
  return readdirSync(FOLDER).filter((file) => file.endsWith('.md') && file !== 'README.md').map((file) => readPage(file.slice(0, -3), readFileSync(FOLDER + file, 'utf8')));
}

function readPage(name: string, text: string): Page {
  const blocks = [...text.matchAll(BLOCK)].map(([, language = '', test, content = '']) => ({ language, isTest: test !== undefined, content }));
  const policy = blocks.filter(({ language, isTest, content }) => language === 'yaml' && !isTest && content.includes('apiVersion:')).map(({ content }) => content).join('---\n');
  const recipes = blocks.flatMap(({ isTest, content }, index): Recipe[] => {
    if (!isTest) return [];
    const next = blocks[index + 1];
    const { metadata } = parse(content) as { readonly metadata: { readonly name: string } };
    return [{ title: metadata.name, test: content, message: next?.language === 'text' ? next.content.trimEnd() : undefined }];
  });
  return { name, text, policy, recipes };
}

/** Runs policy tests in files and folders; throws when one of them cannot be run. */
export async function answers(...args: readonly string[]): Promise<readonly Answer[]> {
  const { stdout, stderr } = await ranCommandLine('test', ...args, '-o', 'json');
  if (stderr !== '') throw new Error(stderr);
  return (parse(stdout) as { readonly cases: readonly Answer[] }).cases;
}

/** A piece of evidence about an image. */
export interface ScenarioEvidence {
  readonly by: { readonly san: string; readonly issuer: string };
  /** Default: the image. */
  readonly subject?: { readonly name?: string; readonly digest: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, unknown>> };
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** One image under policies, as a policy test that is made here: the codes, and the denial as kubectl shows it. */
export async function run(policy: string, image: string, evidence: readonly ScenarioEvidence[]): Promise<{ readonly codes: readonly string[]; readonly message: string }> {
  const root = mkdtempSync(join(tmpdir(), 'scenario-'));
  const attached = evidence.map(({ by: { san, issuer }, subject, predicateType, predicate }) => ({
    by: { keyless: { issuer, subject: san } }, attestation: { predicateType, predicate }, ...(subject && { subject }),
  }));
  const spec = { policies: ['p.yaml'], at: '2026-11-01T12:00:00Z', artifacts: [{ image, evidence: attached }], cases: [{ name: 'it', image, expect: { decision: 'admit' } }] };
  writeFileSync(join(root, 'p.yaml'), policy);
  writeFileSync(join(root, 't.yaml'), JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PolicyTest', metadata: { name: 'it' }, spec }));
  const [answer] = await answers(join(root, 't.yaml'));
  return { codes: answer?.actual.reasons ?? [], message: answer?.actual.message ?? '' };
}
