import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

/**
 * A new kind of trust root, signer, identity or requirement does not compile until every place that has to know it says
 * what it makes of it. The compiler itself is asked, over a copy of the sources in which the kind is added.
 */
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'growth-'));

/** From here on the compiler sees all rooms that know kinds; those around them would only cost its time. */
const CORE = ['engine/admit.ts', 'engine/inspect.ts', 'evaluate/index.ts', 'explain/index.ts', 'policy/index.ts', 'select/select.ts', 'trust/index.ts', 'verify/run.ts', 'verify/pool.ts', 'verify/worker.ts'];

type Edit = readonly [file: string, before: string, after: string];

/** Another kind of trust root in the domain, and nothing else. */
const TRUST_ROOT: readonly Edit[] = [
  ['domain/policy/trust-root.ts', 'export type TrustRoot = ', `interface OtherRoot extends AnyRoot { readonly kind: 'other'; readonly pem: string }
export type TrustRoot = OtherRoot | `],
];

/** All that it takes beside. */
const ITS_PARTS: readonly Edit[] = [
  ['trust/compile.ts', '  readonly sigstore: CompiledRoot;', '  readonly sigstore: CompiledRoot;\n  readonly other: CompiledTrust & { readonly anchor: string };'],
  ['trust/compile.ts', '  sigstore: compileTrustedRoot,', '  sigstore: compileTrustedRoot,\n  other: ({ name, id, pem }) => ({ name, id, anchor: pem }),'],
  ['verify/provers/index.ts', '    sigstore: { proveCertificate, proveKey },', `    sigstore: { proveCertificate, proveKey },
    other: { proveKey, proveCertificate: (_content, _der, _dating, { anchor }) => ({ ok: false, problem: { code: 'VERIFY_CERTIFICATE_UNTRUSTED', expected: anchor } }) },`],
  ['policy/trust-root/parts.ts', '  readonly sigstore: SigstoreField;', '  readonly sigstore: SigstoreField;\n  readonly other: string;'],
  ['policy/trust-root/parts.ts', '  sigstore: sigstorePart,', `  sigstore: sigstorePart,
  other: {
    schema: z.string(), compile: (name, pem) => ({ kind: 'other', name, id: pem, pem }), listsLogs: () => false, datesNothing: () => false,
    windows: ({ name }) => ({ name, require: { transparencyLog: 0, sct: 0, timestamps: 0 }, windows: [] }),
  },`],
  ['policy/trust-root/parts.ts', "import type { TrustRootPart } from './part.ts';", "import type { TrustRootPart } from './part.ts';\nimport { z } from 'zod';"],
  ['policy/weaker/root.ts', '  sigstore: ROOT,', '  other: { ...COMMON, pem: meaningless },\n  sigstore: ROOT,'],
];

const SIGNER: Edit = ['domain/policy/identity.ts', 'export type ProvenSigner = ', `interface Other { readonly kind: 'other'; readonly keyId: string; readonly trustRoot: string }
export type ProvenSigner = Other | `];
const IDENTITY: Edit = ['domain/policy/requirement.ts', 'export type SignerIdentity = ', `interface Other { readonly kind: 'other'; readonly trustRoot: string }
export type SignerIdentity = Other | `];
const REQUIREMENT: Edit = ['domain/policy/requirement.ts', '  | AnyOfRequirement;', "  | AnyOfRequirement\n  | { readonly kind: 'other'; readonly name: string };"];

/** The files in which the compiler finds something wrong, sorted. */
function wrongIn(edits: readonly Edit[]): readonly string[] {
  for (const [file, before, after] of edits) {
    const path = join(copy, 'src', file);
    const text = readFileSync(path, 'utf8');
    expect(text.split(before), file).toHaveLength(2);
    writeFileSync(path, text.replace(before, () => after));
  }
  const { stdout, status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: copy, encoding: 'utf8' });
  const files = [...stdout.matchAll(/^src\/([^(]+)\(\d+,\d+\): error/gm)].map(([, file = '']) => file);
  expect(status === 0, stdout).toBe(files.length === 0);
  return [...new Set(files)].toSorted();
}

beforeAll(() => {
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  const config = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as object;
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ ...config, include: [], files: CORE.map((file) => join('src', file)) }));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
function fresh(): void {
  rmSync(join(copy, 'src'), { recursive: true, force: true });
  cpSync(join(ROOT, 'src'), join(copy, 'src'), { recursive: true });
}
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('another kind of trust root', { timeout: 120_000 }, () => {
  beforeEach(fresh);
  const places = ['policy/trust-root/parts.ts', 'policy/weaker/root.ts', 'trust/compile.ts', 'verify/provers/index.ts'];

  test('does not compile without what is written of it, its compiler, its prover, and when it is milder than it was', () => {
    expect(wrongIn(TRUST_ROOT)).toEqual(expect.arrayContaining(places));
  });

  test('is nothing that any other place has to know: with these it compiles', () => {
    expect(wrongIn([...TRUST_ROOT, ...ITS_PARTS])).toEqual([]);
  });
});

describe('another kind of signer or identity, and another requirement', { timeout: 120_000 }, () => {
  // One run of the compiler for all three: each is wrong in places of its own.
  const found: { wrong: readonly string[] } = { wrong: [] };
  beforeAll(() => {
    fresh();
    found.wrong = wrongIn([SIGNER, IDENTITY, REQUIREMENT]);
  });

  test('a signer does not compile before revocations, the notion of a person, conditions and messages say what they make of it', () => {
    expect(found.wrong).toEqual(expect.arrayContaining([
      'domain/policy/revocation.ts', 'domain/policy/same.ts', 'evaluate/content/examination.ts', 'evaluate/describe.ts',
      'explain/inspection.ts', 'explain/snippet/signers.ts', 'verify/statement/bound.ts',
    ]));
  });

  test('nor does an identity before it says how it is recognised, what objects to it, and whether it is timeless', () => {
    expect(found.wrong).toEqual(expect.arrayContaining([
      'evaluate/describe.ts', 'evaluate/traits.ts', 'evaluate/vouched/identity.ts', 'evaluate/vouched/standing.ts', 'policy/expiries.ts',
    ]));
  });

  test('nor does a requirement before somebody judges it and says how long its verdict holds', () => {
    expect(found.wrong).toEqual(expect.arrayContaining(['evaluate/index.ts', 'evaluate/traits.ts', 'policy/kinds/index.ts']));
  });
});
