import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { parseRevision } from '../src/domain/artifact/revision.ts';
import type { TrustMaterial, UnverifiedEvidence, VerificationJob } from '../src/domain/evidence.ts';
import type { SigstoreRoot } from '../src/domain/policy/trust-root.ts';
import { runVerificationJob } from '../src/verify/run.ts';
import { readOpenPgp } from '../src/trust/open-pgp.ts';
import { verifyDigest } from '../src/pki/signatures/digest-mode.ts';
import { keyBundle, keylessBundle } from '../test/world/bundle.ts';
import { simpleSigningLayer } from '../test/world/cosign.ts';
import { bundleEvidence, layerEvidence, sigstoreRoot, trustedKey, trustMaterial } from '../test/world/domain.ts';
import { digestOf } from '../test/world/encode.ts';
import { gitsign } from '../test/world/git/cms.ts';
import { commitOf, gitId, signedCommit } from '../test/world/git/object.ts';
import { pgpArmour, pgpBlock, pgpKey, pgpSignature } from '../test/world/git/pgp.ts';
import { sshSignature } from '../test/world/git/ssh.ts';
import { makeStatement, slsaProvenanceV1 } from '../test/world/statement.ts';
import { createWorld } from '../test/world/world.ts';

/** Cost of one format, in microseconds of processor time; medians of rounds in which both are measured by turns. */
export interface FormatCost {
  readonly format: string;
  readonly perSecondAndCore: number;
  readonly microseconds: number;
  /** The signature verifications in it, replayed with keys that are ready: what no verifier can save. */
  readonly rawMicroseconds: number;
  readonly signatures: number;
  readonly ratio: number;
  /** Of the turns' ratios: where the middle half of them lies. */
  readonly middleHalf: readonly [number, number];
}

/** What is measured: distinct pieces of evidence about one artifact, all of which must be proven. */
export interface Subject {
  readonly format: string;
  readonly pieces: readonly UnverifiedEvidence[];
  readonly trust: TrustMaterial;
  /** What all pieces are about; default: the image of this file. */
  readonly artifact?: VerificationJob['artifact'];
  /** What each piece is about, where that is not one and the same. */
  readonly about?: ReadonlyMap<UnverifiedEvidence, VerificationJob['artifact']>;
  /**
   * Verifications of a piece that are not recorded, in the cheapest way that there is: they do not go through `verify` of node:crypto, or
   * what comes of them is known from the pieces before.
   */
  readonly besides?: (piece: UnverifiedEvidence) => readonly Verify[];
  /** True where a part of the work is done in other threads of the process: then all of them are counted. */
  readonly everyThread?: boolean;
}

export type Verify = () => unknown;

export const PIECES = 48;
/** Turns that are not counted: a thread that has verified nothing yet is slower, and none stays so for long. */
const WARM_UP = 5;
/** Microseconds of one measurement. */
const LONG_ENOUGH = 60_000;
const now = Date.UTC(2026, 2, 1);
const MANIFEST = Buffer.from('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}');
const DIGEST = digestOf(MANIFEST);
const ARTIFACT = { kind: 'image', digest: DIGEST, name: 'registry.example/acme/app' } as const;
const IDENTITY = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com', claims: { runnerEnvironment: 'github-hosted' } };

function subjects(): readonly Subject[] {
  const world = createWorld({ now });
  const root: SigstoreRoot = sigstoreRoot(world);
  const key = world.key();
  const statement = makeStatement(DIGEST, slsaProvenanceV1());
  const keyless = trustMaterial([], [root]);
  const keyed = trustMaterial([trustedKey(key)]);
  const logged = trustMaterial([trustedKey(key, root)], [root]);
  const many = (make: () => UnverifiedEvidence): readonly UnverifiedEvidence[] => Array.from({ length: PIECES }, make);
  const by = { identity: IDENTITY };
  return [
    { format: 'simple signing, key', trust: keyed, pieces: many(() => layerEvidence(simpleSigningLayer(world, { digest: DIGEST, reference: ARTIFACT.name }, { key }))) },
    { format: 'bundle, key', trust: keyed, pieces: many(() => bundleEvidence(keyBundle(world, { key, digest: DIGEST }))) },
    { format: 'bundle, key and Rekor v1', trust: logged, pieces: many(() => bundleEvidence(keyBundle(world, { key, digest: DIGEST, log: 'v1' }))) },
    { format: 'simple signing, keyless', trust: keyless, pieces: many(() => layerEvidence(simpleSigningLayer(world, { digest: DIGEST, reference: ARTIFACT.name }, by))) },
    { format: 'bundle, keyless envelope, Rekor v1', trust: keyless, pieces: many(() => bundleEvidence(keylessBundle(world, { ...by, statement }))) },
    { format: 'bundle, keyless envelope, Rekor v2 and timestamp', trust: keyless, pieces: many(() => bundleEvidence(keylessBundle(world, { ...by, statement, log: 'v2' }))) },
    { format: 'bundle, keyless message by digest, Rekor v1', trust: keyless, besides: (piece) => [digestCall(piece)], pieces: many(() => bundleEvidence(keylessBundle(world, { ...by, artifact: MANIFEST }))) },
    { format: 'bundle, keyless message by digest, Rekor v2 and timestamp', trust: keyless, besides: (piece) => [digestCall(piece)], pieces: many(() => bundleEvidence(keylessBundle(world, { ...by, artifact: MANIFEST, log: 'v2' }))) },
    ...gitSubjects(world, root),
  ];
}

/** Commits, each of its own, all signed in this way; `besides` of a payload and its signed commit, if there is anything. */
export function commits(
  format: string, trust: TrustMaterial, sign: (payload: Buffer) => string, besides?: (payload: Buffer, bytes: Buffer) => readonly Verify[],
): Subject {
  const about = new Map<UnverifiedEvidence, VerificationJob['artifact']>();
  const calls = new Map<UnverifiedEvidence, readonly Verify[]>();
  for (let index = 0; index < PIECES; index += 1) {
    const payload = commitOf({ message: `Step ${index}\n` });
    const bytes = signedCommit(payload, sign(payload));
    const digest = parseRevision(gitId('commit', bytes));
    if (digest === undefined) throw new Error('no id');
    const piece: UnverifiedEvidence = { format: 'git-object', source: 'commit', bytes, digest: `sha256:${index}` };
    about.set(piece, { kind: 'git', name: 'https://git.example/app', digest });
    calls.set(piece, besides?.(payload, bytes) ?? []);
  }
  return { format: `commit, ${format}`, trust, about, pieces: [...about.keys()], besides: (piece) => calls.get(piece) ?? [] };
}

/** Commits signed in the ways that git knows. */
function gitSubjects(world: ReturnType<typeof createWorld>, root: SigstoreRoot): readonly Subject[] {
  const [ssh, pgp] = [world.key('ed25519'), pgpKey(world.key('ed25519'))];
  const block = readOpenPgp(pgpBlock({ primary: pgp }));
  if (block?.ok !== true) throw new Error('no block');
  return [
    commits('SSH', trustMaterial([trustedKey(ssh)]), (payload) => sshSignature({ key: ssh, payload })),
    commits('OpenPGP', trustMaterial(block.keys.map(({ key }) => key)), (payload) => pgpArmour('PGP SIGNATURE', pgpSignature({ by: pgp, parts: [payload] }))),
    commits('gitsign', trustMaterial([], [root]), (payload) => gitsign(world, payload, { identity: IDENTITY })),
  ];
}

/** Measures every format: verification by the verification room as its threads run it, and its raw signature operations. */
export async function verificationCosts(rounds: number): Promise<readonly FormatCost[]> {
  const costs: FormatCost[] = [];
  for (const subject of subjects()) costs.push(await measure(subject, rounds));
  return costs;
}

/** Measures both by turns, in one thread. */
export async function measure(subject: Subject, rounds: number): Promise<FormatCost> {
  // Trust roots and keys are made ready by the first verification, once in the life of a thread.
  for (const piece of subject.pieces) await judge(piece, subject);
  const whole: Verify[] = subject.pieces.map((piece) => () => judge(piece, subject));
  const raw: Verify[] = [];
  for (const piece of subject.pieces) raw.push(...(await recorded(piece, subject)));
  const [wholeTimes, rawTimes]: [number[], number[]] = [[], []];
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const [all, bare] = [(await microseconds(whole, subject)) / whole.length, (await microseconds(raw, subject)) / whole.length];
    if (round < 0) continue;
    wholeTimes.push(all);
    rawTimes.push(bare);
  }
  const [all, bare] = [median(wholeTimes), median(rawTimes)];
  const ratios = wholeTimes.map((time, round) => time / (rawTimes[round] ?? time)).sort((a, b) => a - b);
  const at = (share: number): number => Number((ratios[Math.floor(ratios.length * share)] ?? 0).toFixed(2));
  return { format: subject.format, perSecondAndCore: Math.round(1e6 / all), microseconds: Math.round(all), rawMicroseconds: Math.round(bare), signatures: raw.length / whole.length, ratio: at(0.5), middleHalf: [at(0.25), at(0.75)] };
}

export async function judge(piece: UnverifiedEvidence, { trust, artifact = ARTIFACT, about }: Subject): Promise<void> {
  const [outcome] = await runVerificationJob({ artifact: about?.get(piece) ?? artifact, evidence: [piece], trust, now });
  if (outcome?.proofs.length !== 1) throw new Error(`not proven: ${JSON.stringify(outcome?.problems)}`);
}

/** The signature verifications of one piece that hold, as calls that can be repeated. */
async function recorded(piece: UnverifiedEvidence, subject: Subject): Promise<Verify[]> {
  // What is verified twice need not be: it counts once.
  const calls = new Map<string, Verify>();
  const original = crypto.verify;
  const spy = (...args: Parameters<typeof original>): boolean => {
    const holds = (original as (...all: unknown[]) => boolean)(...args);
    const [, message, , signature] = args as unknown as readonly Uint8Array[];
    const id = [message, signature].map((bytes = new Uint8Array()) => Buffer.from(bytes).toString('base64')).join();
    if (holds) calls.set(id, () => (original as (...all: unknown[]) => boolean)(...args));
    return holds;
  };
  crypto.verify = spy as typeof original;
  syncBuiltinESMExports();
  try {
    await judge(piece, subject);
  } finally {
    crypto.verify = original;
    syncBuiltinESMExports();
  }
  return [...calls.values(), ...(subject.besides?.(piece) ?? [])];
}

/** The one verification that node:crypto cannot do: of a signature of which only the message's digest is known. */
function digestCall(piece: UnverifiedEvidence): Verify {
  const bundle = JSON.parse(Buffer.from(piece.bytes).toString('utf8')) as { messageSignature: { signature: string }; verificationMaterial: { certificate: { rawBytes: string } } };
  const key = new crypto.X509Certificate(Buffer.from(bundle.verificationMaterial.certificate.rawBytes, 'base64')).publicKey;
  const signature = Buffer.from(bundle.messageSignature.signature, 'base64');
  return () => verifyDigest({ algorithm: 'sha256', hex: DIGEST.slice(7) }, key, signature);
}

/** Processor time of this thread for all calls: what other processes do at the same time does not count. */
async function microseconds(calls: readonly Verify[], { everyThread = false }: Subject): Promise<number> {
  const usage = (before?: NodeJS.CpuUsage): NodeJS.CpuUsage => (everyThread ? process.cpuUsage(before) : process.threadCpuUsage(before));
  const before = usage();
  let turns = 0;
  let spent = 0;
  // The kernel counts in steps of up to some milliseconds, so a measurement must be long against them.
  while (spent < LONG_ENOUGH) {
    for (const call of calls) await call();
    turns += 1;
    const { user, system } = usage(before);
    spent = user + system;
  }
  return spent / turns;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
