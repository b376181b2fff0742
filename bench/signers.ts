// `node bench/signers.ts`, or `npm run bench -- --only signers`: verifications per second and core of signers that are neither keys nor
// keyless, each beside its raw cryptography. Raw holds, for the same pieces and by node:crypto with keys that are ready: the signature over
// the evidence, that of each certificate from the leaf to the anchor, that of the countersignature and of its authority's certificates, that
// of the log; each once, with the hashing of what is signed, since node:crypto hashes itself; and the digests without which nothing is
// proven: of an image's manifest, of a commit as its id, of a commit's payload where what is signed names its hash (SSHSIG, CMS). It holds
// no parsing of anything, no profile, no name. All pieces of a row are by one signer, as those of one factory are, so what is known of his
// certificates is remembered, while raw verifies them each time; rows "of its own" have another certificate for each piece, more than are
// remembered. Ratios are of paired turns in one run. jose verifies by WebCrypto, which hands every signature to another thread: there all
// threads are counted, and the row "beside WebCrypto" has the signature of the envelope, and it alone, verified by WebCrypto in raw as well.
import { constants, hash, verify, webcrypto } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import type { TrustMaterial, UnverifiedEvidence } from '../src/domain/evidence.ts';
import type { NotationRoot, SpiffeRoot, TrustRoot, X509Root } from '../src/domain/policy/trust-root.ts';
import { bundleEvidence, sigstoreRoot, trustedKey } from '../test/world/domain.ts';
import { base64, jsonBytes, sha256Hex } from '../test/world/encode.ts';
import { gitsign, smime } from '../test/world/git/cms.ts';
import { sshSignature } from '../test/world/git/ssh.ts';
import { descriptorOf, makeImage } from '../test/world/image.ts';
import type { SigningKey } from '../test/world/keys.ts';
import { makeNotary, notarySign } from '../test/world/notation.ts';
import type { NotaryMaking } from '../test/world/notation.ts';
import { createOwnPki, envelopeByHolders } from '../test/world/own-pki.ts';
import type { Holder } from '../test/world/own-pki.ts';
import { createTrustDomain } from '../test/world/spiffe.ts';
import { makeStatement, slsaProvenanceV1 } from '../test/world/statement.ts';
import { makeTsa } from '../test/world/tsa.ts';
import { createWorld } from '../test/world/world.ts';
import { commits, measure, PIECES } from './verification.ts';
import type { FormatCost, Subject, Verify } from './verification.ts';
import { parseCertificate } from '../src/pki/certificate.ts';
import { signatureScheme } from '../src/pki/signatures/signature-algorithm.ts';

const now = Date.UTC(2026, 2, 1);
const IMAGE = makeImage({ seed: 'signers' });
/** See `pki/kept-certificates.ts`. */
const MORE_THAN_ARE_KEPT = 300;
const ARTIFACT = { kind: 'image', digest: IMAGE.digest, name: 'registry.example/acme/app' } as const;
const IDENTITY = { san: 'alice@acme.test', issuer: 'https://accounts.acme.test' };
type Type = 'p256' | 'rsa-2048';
const NAMES: Readonly<Record<Type, string>> = { p256: 'P-256', 'rsa-2048': 'RSA 2048' };

const trusting = (roots: readonly TrustRoot[], keys: TrustMaterial['keys'] = []): TrustMaterial => ({ id: JSON.stringify([roots, keys]), roots, keys });
const many = <T>(make: (index: number) => T, count = PIECES): readonly T[] => Array.from({ length: count }, (_, index) => make(index));
const statement = (index: number): ReturnType<typeof makeStatement> => makeStatement(IMAGE.digest, slsaProvenanceV1({ startedOn: now - index * 1000 }));
const der = ({ certificate }: Holder): string => certificate.der.toString('base64');

/** The signatures of certificates along a path from the leaf to the anchor, whose own is not looked at: it is it that is trusted. */
function pathCalls(path: readonly { readonly der: Uint8Array }[]): readonly Verify[] {
  const certificates = path.map(({ der: bytes }) => parseCertificate(bytes));
  return certificates.slice(0, -1).map(({ tbs, signature, signatureAlgorithm }, index) => {
    const [key, hash] = [certificates[index + 1]?.key, signatureScheme(signatureAlgorithm)?.hash];
    if (key === undefined || !verify(hash, tbs, key, signature)) throw new Error('raw does not verify');
    return () => verify(hash, tbs, key, signature);
  });
}

/** Two authorities and whoever signs below them, all with keys of this type. */
function ownPki(type: Type): { readonly root: X509Root; readonly path: readonly [Holder, Holder, Holder]; issue(): Holder } {
  const pki = createOwnPki(now);
  const anchor = pki.issue({ ca: true, keyType: type, subject: [['O', 'Acme'], ['CN', 'anchor']] });
  const between = pki.issue({ ca: true, keyType: type, subject: [['O', 'Acme'], ['CN', 'between']], issuer: anchor });
  const issue = (): Holder => pki.issue({ keyType: type, issuer: between });
  return { root: { kind: 'x509', name: 'acme', id: der(anchor), anchors: [der(anchor)] }, path: [issue(), between, anchor], issue };
}

const certificatesOf = (path: readonly Holder[]): readonly { readonly der: Uint8Array }[] => path.map(({ certificate }) => certificate);

function envelopes(type: Type, kind: 'one signer' | 'each of its own' = 'one signer'): Subject {
  const { root, path, issue } = ownPki(type);
  const [leaf, between, anchor] = path;
  const isOwn = kind === 'each of its own';
  const pieces = many((index): UnverifiedEvidence => {
    const bytes = envelopeByHolders(statement(index), [{ by: isOwn ? issue() : leaf, chain: [between] }]);
    return { format: 'dsse', source: 'referrer', bytes, digest: `sha256:${sha256Hex(bytes)}` };
  }, isOwn ? MORE_THAN_ARE_KEPT : PIECES);
  const raw = pathCalls(certificatesOf(isOwn ? [between, anchor] : path));
  const name = `envelope, own PKI${isOwn ? ', certificates of its own' : ''}, ${NAMES[type]}`;
  return { format: name, artifact: ARTIFACT, trust: trusting([root]), pieces, besides: () => raw };
}

function svids(type: Type): Subject {
  const domain = createTrustDomain('prod.example', now);
  const authority = domain.issue({ ca: true, keyType: type, issuer: domain.root, subject: [['O', 'SPIRE'], ['CN', 'authority']] });
  const workload = domain.svid('/ns/ci/sa/release', { keyType: type, issuer: authority });
  const root: SpiffeRoot = { kind: 'spiffe', name: 'prod', id: der(authority), trustDomain: 'prod.example', anchors: [der(authority)] };
  const pieces = many((index) => bundleEvidence(jsonBytes({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { certificate: { rawBytes: base64(workload.certificate.der) }, tlogEntries: [] },
    dsseEnvelope: JSON.parse(envelopeByHolders(statement(index), [{ by: workload, form: 'none' }]).toString()) as unknown,
  })));
  const raw = pathCalls(certificatesOf([workload, authority]));
  return { format: `bundle, X.509-SVID, ${NAMES[type]}`, artifact: ARTIFACT, trust: trusting([root]), pieces, besides: () => raw };
}

function notation(format: 'notation-jws' | 'notation-cose', type: Type, { stamped = false, beside = jwsCall } = {}): Subject {
  const making: NotaryMaking = { now, keyType: type, caKeyType: type };
  const notary = makeNotary(making);
  const tsa = stamped ? makeTsa({ now, intermediate: true }) : undefined;
  const list = (certificate: { readonly der: Buffer } | undefined): string[] => (certificate === undefined ? [] : [certificate.der.toString('base64')]);
  const root: NotationRoot = {
    kind: 'notation', name: 'notary', id: JSON.stringify([list(notary.root), list(tsa?.chain.at(-1))]), ca: list(notary.root), signingAuthority: [], tsa: list(tsa?.chain.at(-1)),
    verifyTimestamp: 'always', plugins: [],
  };
  const pieces = many((index): UnverifiedEvidence => {
    const bytes = notarySign({ notary, target: descriptorOf(IMAGE), at: now - 3_600_000 - index * 1000, format, ...(tsa === undefined ? {} : { tsa }) });
    return { format, source: 'referrer', bytes, digest: `sha256:${sha256Hex(bytes)}`, message: IMAGE.manifest };
  });
  const name = `Notation ${format === 'notation-jws' ? 'JWS' : 'COSE'}${stamped ? ' with timestamp' : ''}, ${NAMES[type]}${beside === jwsCall ? '' : ', beside WebCrypto'}`;
  // Chains are complete, and their roots have signed themselves; so are chains of timestamp authorities, whose leaf stands apart.
  const raw = [...pathCalls([...notary.chain, notary.root]), ...(tsa === undefined ? [] : pathCalls([...tsa.chain, ...tsa.chain.slice(-1)]))];
  const manifest: Verify = () => hash('sha256', IMAGE.manifest, 'hex');
  const made = format === 'notation-jws' ? beside(notary.key) : () => [];
  return { format: name, artifact: ARTIFACT, trust: trusting([root]), pieces, besides: (piece) => [manifest, ...raw, ...made(piece)], everyThread: format === 'notation-jws' };
}

/** The signature of a JWS, which jose verifies by another interface to the same OpenSSL: raw is the cheapest one. */
function jwsCall({ publicKey, type }: SigningKey): NonNullable<Subject['besides']> {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const how = { key: publicKey, ...(type === 'p256' ? { dsaEncoding: 'ieee-p1363' as const } : pss) };
  return ({ bytes }) => {
    const { message, signature } = signedOf(bytes);
    if (!verify('sha256', message, how, signature)) throw new Error('raw does not verify');
    return [() => verify('sha256', message, how, signature)];
  };
}

/** The same by the interface that jose uses, with a key that is ready. */
function webCryptoCall({ publicKey, type }: SigningKey): NonNullable<Subject['besides']> {
  const [made, how] = type === 'p256'
    ? [{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }]
    : [{ name: 'RSA-PSS', hash: 'SHA-256' }, { name: 'RSA-PSS', saltLength: 32 }];
  const key = publicKey.toCryptoKey(made, false, ['verify']);
  return ({ bytes }) => {
    const { message, signature } = signedOf(bytes);
    return [async () => {
      if (!await webcrypto.subtle.verify(how, key, signature, message)) throw new Error('raw does not verify');
    }];
  };
}

function signedOf(bytes: Uint8Array): { readonly message: Buffer; readonly signature: Buffer } {
  const { payload, protected: head, signature } = JSON.parse(Buffer.from(bytes).toString()) as Record<'payload' | 'protected' | 'signature', string>;
  return { message: Buffer.from(`${head}.${payload}`), signature: Buffer.from(signature, 'base64url') };
}

/** Commits whose payload is named by this hash in what is signed; `raw` of their certificates, if there are any. */
function namedCommits(
  format: string, trust: TrustMaterial, { sign, named, raw = [] }: { sign: (payload: Buffer) => string; named: 'sha256' | 'sha512'; raw?: readonly Verify[] },
): Subject {
  return commits(format, trust, sign, (payload, bytes) => {
    const object = Buffer.concat([Buffer.from(`commit ${bytes.length}\0`), bytes]);
    return [() => hash('sha1', object, 'hex'), () => hash(named, payload, 'buffer'), ...raw];
  });
}

function gitSubjects(): readonly Subject[] {
  const world = createWorld({ now });
  const ssh = (type: Type): Subject => {
    const key: SigningKey = world.key(type);
    return namedCommits(`SSH, ${NAMES[type]}`, trusting([], [trustedKey(key)]), { sign: (payload) => sshSignature({ key, payload }), named: 'sha512' });
  };
  const mail = (type: Type): Subject => {
    const { root, path } = ownPki(type);
    const [leaf, between] = path;
    const signer = { key: leaf.key, certificate: leaf.certificate, chain: [between.certificate] };
    const raw = pathCalls(certificatesOf(path));
    return namedCommits(`S/MIME, ${NAMES[type]}`, trusting([root]), { sign: (payload) => smime(payload, signer, now), named: 'sha256', raw });
  };
  return [
    ssh('p256'), ssh('rsa-2048'),
    namedCommits('gitsign, P-256', trusting([sigstoreRoot(world)]), { sign: (payload) => gitsign(world, payload, { identity: IDENTITY }), named: 'sha256' }),
    mail('p256'), mail('rsa-2048'),
  ];
}

/** What is measured. */
export function signerSubjects(): readonly Subject[] {
  return [
    envelopes('p256'), envelopes('rsa-2048'), envelopes('p256', 'each of its own'), svids('p256'), svids('rsa-2048'),
    notation('notation-jws', 'p256'), notation('notation-jws', 'p256', { beside: webCryptoCall }),
    notation('notation-jws', 'rsa-2048'), notation('notation-jws', 'rsa-2048', { beside: webCryptoCall }),
    notation('notation-cose', 'p256'), notation('notation-cose', 'rsa-2048'), notation('notation-cose', 'p256', { stamped: true }), ...gitSubjects(),
  ];
}

/** Measures each kind of signer whose name contains this; see {@link measure}. */
export async function* signerCosts(rounds: number, named = ''): AsyncGenerator<FormatCost> {
  for (const subject of signerSubjects().filter(({ format }) => format.includes(named))) yield await measure(subject, rounds);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [named = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  for await (const { format, ...cost } of signerCosts(process.argv.includes('--quick') ? 5 : 21, named))
    process.stdout.write(`signer, ${format}: ${JSON.stringify(cost)}\n`);
}
