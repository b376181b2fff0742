/** Receipts signed by an identity, put together: whom to ask, and by what a bundle is proven to be ours. */
import type { VerificationJob } from '../../domain/evidence.ts';
import { parseDigest } from '../../domain/artifact/digest.ts';
import { parseRevision } from '../../domain/artifact/revision.ts';
import type { ProvenSigner } from '../../domain/policy/identity.ts';
import { revocableOf } from '../../domain/policy/revocation.ts';
import type { SigstoreRoot } from '../../domain/policy/trust-root.ts';
import type { PolicyStore } from '../../domain/ports.ts';
import type { GateConfig } from '../../platform/config/gate/index.ts';
import { readInputFile, readInputText } from '../../platform/input-file.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { jsonValue } from '../../text/json/read.ts';
import { sha256Hex } from '../../text/sha256.ts';
import { checkTrustedRoot, hashJson } from '../../trust/index.ts';
import { runVerificationJob } from '../../verify/index.ts';
import { createSigstoreSigner } from '../../vouch/index.ts';
import type { Keyless, ProveBundle } from '../../vouch/index.ts';
import { revocationText } from './revocations.ts';

type KeylessConfig = NonNullable<GateConfig['receipts']['keyless']>;

/** Opens what `gate.receipts.keyless` names. Throws when its trusted root cannot be read: what is signed could not be read back. */
export async function openKeyless(config: KeylessConfig, policies: PolicyStore, { logger, metrics }: Telemetry): Promise<Keyless> {
  const counts = { signed: 0, again: 0, failed: 0 };
  metrics.total('receipts_keyless_total', 'Receipts signed without a key, by what became of each try', ['result'], () =>
    Object.entries(counts).map(([result, value]) => ({ labels: { result }, value })));
  const root = await readRoot(config);
  return {
    sign: createSigstoreSigner(config, async () => (await readInputText(config.identityTokenFile)).trim()),
    prove: proverOf(root, config, policies),
    after: (ms, run) => void setTimeout(run, ms).unref(),
    signed: () => { counts.signed += 1; },
    failed(problem, again) {
      counts[again ? 'again' : 'failed'] += 1;
      // Of what others answer, which may hold anything.
      logger.warn({ problem: problem.slice(0, 300), again }, 'receipt could not be signed');
    },
  };
}

/** What the configured services give, and no less, must come with a bundle. */
async function readRoot({ trustRoot: path, rekor, tsa }: KeylessConfig): Promise<SigstoreRoot> {
  const trustedRoot = jsonValue(await readInputFile(path));
  const [problem] = trustedRoot === undefined ? [{ path: '', message: 'is no JSON' }] : checkTrustedRoot(trustedRoot);
  if (problem !== undefined) throw new Error(`${path}: ${problem.path} ${problem.message}`);
  const require = { transparencyLog: rekor === undefined ? 0 : 1, sct: 1, timestamps: tsa === undefined ? 0 : 1 };
  const id = hashJson({ trustedRoot, require });
  return { kind: 'sigstore', name: 'gate.receipts.keyless', id, trustedRoot, require, secondOpinion: 'off' };
}

/**
 * Proves bundles in this thread, a millisecond each: they are ours and few. The signer must be the one identity that is configured,
 * and neither he nor his certificate or log entry may be revoked.
 */
function proverOf(root: SigstoreRoot, { issuer, subject }: KeylessConfig, policies: PolicyStore): ProveBundle {
  const trust: VerificationJob['trust'] = { id: root.id, keys: [], roots: [root] };
  return async (text, digest, now) => {
    const revision = parseRevision(digest.replace(/^gitCommit:/, ''));
    const about = parseDigest(digest) ?? revision;
    if (about === undefined) return { ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED', cause: 'its subject has no digest' };
    const bytes = Buffer.from(text);
    const evidence = { format: 'sigstore-bundle', source: 'receipt', bytes, digest: `sha256:${sha256Hex(bytes)}` } as const;
    const artifact = { kind: 'blob', name: 'receipt', digest: about } as const;
    const [outcome] = await runVerificationJob({ artifact, evidence: [evidence], trust, now });
    const isOurs = (signer: ProvenSigner): boolean =>
      signer.kind === 'certificate' && signer.issuer === issuer && signer.subject.value === subject;
    const proof = outcome?.proofs.find(({ signer }) => isOurs(signer));
    if (proof?.statement === undefined || proof.signer.kind !== 'certificate') {
      const problem = outcome?.problems[0];
      const broken = problem?.code === 'VERIFY_SIGNATURE_INVALID';
      const cause = problem === undefined ? 'it is signed by another identity' : [problem.code, problem.cause].filter(Boolean).join(': ');
      return { ok: false, code: broken ? 'VERIFY_RECEIPT_INVALID' : 'VERIFY_RECEIPT_UNTRUSTED', cause };
    }
    const state = policies.current();
    const [revoked] = state.ready ? (state.set.revocations?.matching(revocableOf(proof)) ?? []) : [];
    if (revoked !== undefined)
      return { ok: false, code: 'VERIFY_RECEIPT_REVOKED', cause: revocationText(revoked) };
    const { type, predicateType, subjects, predicateJson = 'null' } = proof.statement;
    const predicate = jsonValue(Buffer.from(predicateJson));
    // As it was verified: nothing is read from the bundle again.
    return { ok: true, statement: { _type: type, predicateType, subject: subjects, predicate }, fingerprint: proof.signer.fingerprint };
  };
}
