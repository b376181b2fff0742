import { deflateRawSync } from 'node:zlib';
import type { TrustMaterial } from '../../src/domain/evidence.ts';
import { Malformed } from '../../src/pki/der.ts';
import { readSignedMessage } from '../../src/pki/pgp/message.ts';
import { readOpenPgp } from '../../src/trust/open-pgp.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { asDigest } from '../world/encode.ts';
import { packet, pgpArmour, pgpBlock, pgpKey, pgpSignatureBody } from '../world/git/pgp.ts';
import { makeKey } from '../world/keys.ts';
import { binaryAuthorizationPayload } from '../world/stores/grafeas.ts';
import { mutated } from './bytes.ts';

/** Messages of OpenPGP that hold a payload of Binary Authorization, changed: what was signed is proven, or nothing. */
const NOW = Date.UTC(2026, 2, 1);
const DIGEST = asDigest(`sha256:${'ab'.repeat(32)}`);
const payload = binaryAuthorizationPayload('registry.example/app', DIGEST);
const attestor = pgpKey(makeKey('ed25519'));
const body = pgpSignatureBody({ by: attestor, parts: [payload] });
const announced = Buffer.from([3, body[1] ?? 0, body[3] ?? 0, body[2] ?? 0, ...Buffer.from(attestor.fingerprint.slice(-16), 'hex'), 1]);
const literal = Buffer.concat([Buffer.from([0x62, 0, 0, 0, 0, 0]), payload]);
const plain = Buffer.concat([packet(4, announced), packet(11, literal), packet(2, body)]);
const inParts = Buffer.concat([
  packet(4, announced), Buffer.from([0xcb, 0xe6]), literal.subarray(0, 64), Buffer.from([literal.length - 64]), literal.subarray(64), packet(2, body),
]);
const MESSAGES = [plain, inParts, Buffer.concat([Buffer.from([0xa3, 1]), deflateRawSync(plain)]), Buffer.concat([packet(2, body), packet(11, literal)])];

const read = readOpenPgp(pgpBlock({ primary: attestor })) as { keys: readonly { key: TrustMaterial['keys'][number] }[] };
const trust: TrustMaterial = { id: 'fuzz', roots: [], keys: read.keys.map(({ key }) => key) };

function message(bytes: Uint8Array): void {
  try {
    readSignedMessage(bytes);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
}

async function verified(bytes: Uint8Array): Promise<void> {
  const evidence = { format: 'pgp-signed', source: 'fuzz', digest: 'sha256:00', bytes: new Uint8Array(), annotations: { signature: pgpArmour('PGP MESSAGE', bytes) } } as const;
  const [outcome] = await runVerificationJob({ artifact: { kind: 'image', digest: DIGEST, name: 'registry.example/app' }, evidence: [evidence], trust, now: NOW });
  const fault = outcome?.problems.find(({ code }) => code.startsWith('ENGINE'));
  if (fault !== undefined) throw new Error(fault.cause);
  if (outcome === undefined || outcome.proofs.length + outcome.problems.length === 0) throw new Error('neither a proof nor a problem');
  if (outcome.proofs.length > 0 && !readSignedMessage(bytes).content.equals(payload)) throw new Error('another content than was signed');
}

/** Name, inputs and what is done with them. */
export const MESSAGE_TARGETS = [
  ['OpenPGP messages', mutated(MESSAGES), message],
  ['OpenPGP messages, verified', mutated(MESSAGES, 4096), verified],
] as const;
