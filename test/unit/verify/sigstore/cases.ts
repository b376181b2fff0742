import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { SigstoreRoot } from '../../../../src/domain/policy/trust-root.ts';
import { checkTrustedRoot, compileTrustedRoot, hashJson, publicGoodRoot, readPublicKey } from '../../../../src/trust/index.ts';
import type { CompiledRoot } from '../../../../src/trust/index.ts';
import { createKeyProver, proveCertificate } from '../../../../src/verify/sigstore/prove.ts';
import type { ProofResult } from '../../../../src/verify/proof.ts';
import { sharedData } from '../../../support/shared.ts';
import { adaptBundle } from './adapter.ts';

const proveKey = createKeyProver();

const FOLDER = sharedData('sigstore-conformance/assets/bundle-verify/');
const IDENTITY = 'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';

/** One case of the conformance suite. */
export interface ConformanceCase {
  readonly name: string;
  readonly valid: boolean;
  readonly bundle: string;
  readonly artifact: Buffer;
  readonly digest: string;
  readonly identity: string;
  readonly issuer: string;
  readonly trustedRoot: unknown;
  readonly key?: string;
}

function text(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** All cases of the suite, sorted by name; none where the shared data does not lie beside the checkout. */
export function conformanceCases(): ConformanceCase[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => {
    const folder = `${FOLDER}${name}/`;
    const artifact = readFileSync(existsSync(`${folder}artifact`) ? `${folder}artifact` : `${FOLDER}a.txt`);
    const root = text(`${folder}trusted_root.json`);
    const key = text(`${folder}key.pub`);
    return {
      name,
      valid: !name.endsWith('_fail'),
      bundle: readFileSync(`${folder}bundle.sigstore.json`, 'utf8'),
      artifact,
      digest: createHash('sha256').update(artifact).digest('hex'),
      identity: text(`${folder}identity`)?.trim() ?? IDENTITY,
      issuer: text(`${folder}issuer`)?.trim() ?? ISSUER,
      trustedRoot: root === undefined ? publicGoodRoot().trustedRoot : JSON.parse(root),
      ...(key === undefined ? {} : { key }),
    };
  }).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const compiled = new Map<string, CompiledRoot>();

/** A compiled root of a trusted_root.json with what it lists required; compiled once per content. */
export function rootOf(trustedRoot: unknown, require: SigstoreRoot['require'] = { transparencyLog: 1, sct: 1, timestamps: 0 }): CompiledRoot {
  const id = hashJson({ trustedRoot, require });
  const known = compiled.get(id) ?? compileTrustedRoot({ kind: 'sigstore', name: 'test', id, trustedRoot, require, secondOpinion: 'off' });
  compiled.set(id, known);
  return known;
}

/** The verdict of the core, with trust root, bundle and identity as the conformance client judges them. */
export function judge(one: ConformanceCase, mode: 'path' | 'digest'): ProofResult | { readonly ok: false; readonly problem: { readonly code: string; readonly cause?: string } } {
  const problem = checkTrustedRoot(one.trustedRoot)[0];
  if (problem !== undefined) return { ok: false, problem: { code: 'TRUST_ROOT', cause: problem.message } };
  try {
    const { content, certificate, dating } = adaptBundle(one.bundle, mode === 'path' ? one.artifact : one.digest);
    const result = prove(one, { content, ...(certificate === undefined ? {} : { certificate }), dating });
    const { signer } = result.ok ? result : { signer: undefined };
    const wrong = signer?.kind === 'certificate' && (signer.subject.value !== one.identity || signer.issuer !== one.issuer);
    return wrong ? { ok: false, problem: { code: 'IDENTITY' } } : result;
  } catch (error) {
    if (error instanceof Error && /^bundle:|JSON|BigInt/.test(error.message)) return { ok: false, problem: { code: 'BUNDLE', cause: error.message } };
    throw error;
  }
}

function prove(one: ConformanceCase, { content, certificate, dating }: ReturnType<typeof adaptBundle>): ProofResult {
  const root = rootOf(one.trustedRoot);
  if (certificate !== undefined) return proveCertificate(content, certificate, dating, root);
  const reading = one.key === undefined ? undefined : readPublicKey(one.key);
  if (reading?.ok !== true) return { ok: false, problem: { code: 'VERIFY_SIGNER_UNTRUSTED' } };
  return proveKey(content, reading.key, dating, root);
}
