import { hash } from 'node:crypto';
import type { VerificationJob } from '../../../src/domain/evidence.ts';
import type { NotationRoot } from '../../../src/domain/policy/trust-root.ts';
import { basicConstraints, extendedKeyUsage, keyUsage } from '../../world/extensions.ts';
import { descriptorOf, makeImage } from '../../world/image.ts';
import { makeKey } from '../../world/keys.ts';
import { makeNotary, notarySign } from '../../world/notation.ts';
import type { NotarySigning } from '../../world/notation.ts';
import { makeTsa } from '../../world/tsa.ts';
import type { TimestampAuthority } from '../../world/tsa.ts';
import { makeCertificate } from '../../world/x509.ts';
import type { Name } from '../../world/x509.ts';
import { HOSTILE_NOW } from './parts.ts';
import type { Hostile } from './parts.ts';

/** Signatures of Notation that cost as much as they can: what nobody has signed in them is a stranger's, with the dearest keys there are. */
const image = makeImage({ seed: 'hostile' });
const notary = makeNotary({ now: HOSTILE_NOW });
const tsa = makeTsa({ now: HOSTILE_NOW, keyType: 'rsa-2048', intermediate: true });
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const root: NotationRoot = {
  kind: 'notation', name: 'notation', id: 'notation', ca: [base64(notary.root.der)], signingAuthority: [], tsa: tsa.chain.slice(-1).map(({ der }) => base64(der)),
  verifyTimestamp: 'always', plugins: [],
};

function job(signing: Partial<NotarySigning>): VerificationJob {
  const bytes = notarySign({ notary, target: descriptorOf(image), at: HOSTILE_NOW, tsa, ...signing });
  return {
    artifact: { kind: 'image', digest: image.digest, name: 'ghcr.io/acme/app' }, now: HOSTILE_NOW, trust: { id: 'notation', keys: [], roots: [root] },
    evidence: [{ format: signing.format ?? 'notation-jws', source: 'referrer', bytes, digest: hash('sha256', bytes), message: image.manifest }],
  };
}

/** Nine authorities of one name, each of which has issued all of them, and a signer below them. */
function strangers(): TimestampAuthority {
  const name: Name = [['O', 'Strangers'], ['CN', 'authority']];
  const key = makeKey('p521');
  const spec = { issuer: name, spki: key.spki, notBefore: HOSTILE_NOW - 86_400_000, notAfter: HOSTILE_NOW + 86_400_000 };
  const authorities = Array.from({ length: 9 }, () => makeCertificate({ ...spec, subject: name, extensions: [keyUsage(['keyCertSign']), basicConstraints(true)] }, key));
  const signer = makeCertificate({ ...spec, subject: [['CN', 'signer']], extensions: [keyUsage(['digitalSignature']), extendedKeyUsage(['timeStamping'], true)] }, key);
  return { key, signer, chain: [signer, ...authorities], uri: '' };
}

/** Every construction with its honest twin. */
export function hostileNotation(): readonly Hostile[] {
  const other = strangers();
  const [middle] = tsa.chain.slice(1, 2);
  const embed = [...other.chain.slice(0, 9), ...(middle === undefined ? [] : [middle])];
  return (['notation-jws', 'notation-cose'] as const).flatMap((format): Hostile[] => {
    const of = (name: string, signing: Partial<NotarySigning>): Hostile =>
      ({ name: `${format}: ${name}`, honest: job({ format }), hostile: job({ format, ...signing }), codes: ['VERIFY_TIMESTAMP'], most: 4 });
    return [
      of('timestamp by authorities of a stranger that issued each other', { tsa: other, timestamp: { embed: other.chain } }),
      of('the same beside an authority below the root', { tsa: other, timestamp: { embed } }),
    ];
  });
}
