import type { SigstoreRoot } from '../../../../src/domain/policy/trust-root.ts';
import { compileTrustedRoot } from '../../../../src/trust/index.ts';
import type { CompiledRoot } from '../../../../src/trust/index.ts';
import type { DatingMaterial, LogEntry, SignedContent } from '../../../../src/verify/provers/signed.ts';
import { createKeyProver, proveCertificate } from '../../../../src/verify/sigstore/prove.ts';
import type { ProofResult } from '../../../../src/verify/proof.ts';
import { makeSigned } from '../../../world/evidence.ts';
import type { By, Content, Overrides, Proofs, Signed } from '../../../world/evidence.ts';
import { sigstoreRoot, trustedKey } from '../../../world/domain.ts';
import type { LoggedEntry } from '../../../world/log-entry.ts';
import type { TrustedRootOptions } from '../../../world/trusted-root.ts';
import { createWorld } from '../../../world/world.ts';
import type { World } from '../../../world/world.ts';

const proveKey = createKeyProver();

export const NOW = Date.UTC(2026, 2, 1);
export const IDENTITY = {
  san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1',
  issuer: 'https://token.actions.githubusercontent.com',
  claims: { runnerEnvironment: 'github-hosted' },
};
export const MESSAGE: Content = { message: Buffer.from('an artifact') };
export const STATEMENT: Content = { statement: Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}') };
export const world: World = createWorld({ now: NOW });
export const KEYLESS: By = { identity: IDENTITY };

/** The parts of a signature in the shapes that the core takes. */
export interface Parts {
  readonly content: SignedContent;
  readonly certificate?: Uint8Array;
  readonly dating: DatingMaterial;
}

/** A world's log entry in the core's shape. */
export function logEntryOf(entry: LoggedEntry): LogEntry {
  return {
    logId: entry.logId,
    logIndex: BigInt(entry.logIndex),
    kind: entry.kind,
    version: entry.version,
    integratedTime: BigInt(entry.integratedTime),
    body: entry.body,
    ...(entry.promise === undefined ? {} : { promise: entry.promise }),
    ...(entry.proof === undefined ? {} : { proof: { ...entry.proof, logIndex: BigInt(entry.proof.logIndex), treeSize: BigInt(entry.proof.treeSize) } }),
  };
}

/** Takes apart what the world signed. */
export function partsOf(signed: Signed): Parts {
  const { envelope } = signed;
  return {
    content: {
      signature: signed.signature,
      message: signed.signed,
      ...(envelope === undefined ? {} : {
        envelope: {
          payloadType: envelope.payloadType,
          payload: Buffer.from(envelope.payload, 'base64'),
          signatures: envelope.signatures.map(({ sig, keyid = '' }) => ({ keyid, sig: Buffer.from(sig, 'base64') })),
        },
      }),
    },
    ...(signed.certificate === undefined ? {} : { certificate: signed.certificate.der }),
    dating: {
      logEntries: signed.entry === undefined ? [] : [logEntryOf(signed.entry)],
      timestamps: signed.timestamp === undefined ? [] : [signed.timestamp],
    },
  };
}

/** A world's trust root, compiled. */
export function compiledRoot(options: { readonly of?: World; readonly require?: SigstoreRoot['require']; readonly root?: TrustedRootOptions } = {}): CompiledRoot {
  const { of = world, ...rest } = options;
  return compileTrustedRoot(sigstoreRoot(of, rest));
}

const ROOT = compiledRoot();

/** Signs in the world with one thing changed, and proves it under the world's root (or another). */
export function proveKeyless(proofs: Proofs = {}, options: { readonly content?: Content; readonly root?: CompiledRoot; readonly by?: By } = {}): ProofResult {
  const { content = MESSAGE, root = ROOT, by = KEYLESS } = options;
  return proveParts(partsOf(makeSigned(world, content, by, { log: 'v1', ...proofs })), root);
}

/** Keyless with an override: the shorthand of the attack tables. */
export function forge(override: Overrides, proofs: Proofs = {}): ProofResult {
  return proveKeyless({ ...proofs, override });
}

/** Proves parts with a certificate. */
export function proveParts(parts: Parts, root: CompiledRoot = ROOT): ProofResult {
  return proveCertificate(parts.content, parts.certificate ?? new Uint8Array(), parts.dating, root);
}

/** Signs with a key of the world and proves it. */
export function proveWithKey(key: ReturnType<World['key']>, proofs: Proofs = {}, options: { readonly content?: Content; readonly root?: CompiledRoot | undefined; readonly trusted?: ReturnType<World['key']> } = {}): ProofResult {
  const parts = partsOf(makeSigned(world, options.content ?? MESSAGE, { key }, proofs));
  return proveKey(parts.content, trustedKey(options.trusted ?? key), parts.dating, 'root' in options ? options.root : ROOT);
}

/** The code of a refusal, or `ok`. */
export function codeOf(result: ProofResult): string {
  return result.ok ? 'ok' : result.problem.code;
}
