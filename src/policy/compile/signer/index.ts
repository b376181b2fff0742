/** A Signer document becomes identities that can be compared: keys read, trust roots looked up, windows in order. */
import type { TrustedKey } from '../../../domain/evidence.ts';
import type { TrustRoot } from '../../../domain/policy/trust-root.ts';
import type { TrustReader } from '../../../domain/ports.ts';
import type { KeyIdentity, KeylessIdentity, Signer, SignerIdentity, TextMatcher, Validity } from '../../../domain/policy/requirement.ts';
import type { RevocationBook } from '../../../domain/policy/revocation.ts';
import type { Catalogue, Entry } from '../../read/catalogue.ts';
import { PUBLIC_GOOD } from '../../read/catalogue.ts';
import { compileSpiffe, compileX509 } from './holder.ts';
import type { Holder } from './holder.ts';
import { compileOneSort } from './one-sort.ts';
import type { CompiledSigner } from './compiled-signer.ts';
import { compileRevocations } from '../revocations.ts';
import type { Path } from '../../read/problems.ts';
import type { Reporter } from '../../read/reporter.ts';
import { makeRevocationBook } from '../revocation-book.ts';
import type { Steps } from '../../steps.ts';
import type { KeyField, KeylessField, SignerDocument } from '../../schema/signer.ts';
import { didYouMean } from '../../read/suggest.ts';
import type { Unusable } from '../../../domain/unusable-document.ts';
import { unusableName } from '../vouched.ts';
import { listsLogs } from '../../trust-root/compile.ts';

/** What signers are compiled with: the reader of keys, and the trust roots by name. */
export interface SignerContext {
  readonly trust: TrustReader;
  readonly roots: ReadonlyMap<string, TrustRoot>;
  /** Names of trust roots that exist, although some may be broken and absent from `roots`. */
  readonly declaredRoots: ReadonlySet<string>;
  readonly unusable?: Unusable | undefined;
  /** Revocations of all lists, which bind every signer; absent when there are none. */
  readonly lists?: RevocationBook | undefined;
}

interface CompiledIdentity {
  readonly identity: SignerIdentity;
  readonly key?: TrustedKey;
  readonly root?: TrustRoot;
}

/** Compiles all signers, one a step; broken ones are reported and absent. */
export function* compileSignerSteps(
  documents: Pick<Catalogue, 'signers'>, context: SignerContext,
): Steps<ReadonlyMap<string, CompiledSigner>> {
  const signers = new Map<string, CompiledSigner>();
  for (const entry of documents.signers) {
    const compiled = compileSigner(entry, context);
    if (compiled !== undefined && !signers.has(entry.name)) signers.set(entry.name, compiled);
    yield;
  }
  return signers;
}

function compileSigner({ name, value, report }: Entry<SignerDocument>, context: SignerContext): CompiledSigner | undefined {
  const { identities, mayCertify, validity } = value.spec;
  const sound = validity === undefined || checkWindow(validity, { path: ['spec', 'validity'], report, what: 'signer' });
  const revocations = compileRevocations(value.spec.revocations ?? [], {
    report,
    declaredBy: `Signer ${name}`,
    knownRoots: new Set([...context.roots.keys(), ...context.declaredRoots]),
  });
  const books = [
    ...(revocations.length === 0 ? [] : [makeRevocationBook(revocations)]),
    ...(context.lists === undefined ? [] : [context.lists]),
  ];
  const compiled = identities.map((field, index) => {
    const path: Path = ['spec', 'identities', index];
    if (field.key !== undefined) return compileKeys(field.key, { path: [...path, 'key'], report, context });
    if (field.x509 !== undefined) return compileHolder(field.x509, compileX509, { path: [...path, 'x509'], report, context });
    if (field.spiffe !== undefined) return compileHolder(field.spiffe, compileSpiffe, { path: [...path, 'spiffe'], report, context });
    return field.keyless === undefined ? undefined : compileKeyless(field.keyless, { path: [...path, 'keyless'], report, context });
  });
  if (compiled.includes(undefined) || !sound) return undefined;
  const complete = compiled.flat().filter((identity) => identity !== undefined);
  return {
    signer: {
      name,
      identities: complete.map(({ identity }) => identity),
      ...boundsOf(mayCertify),
      ...(validity === undefined ? {} : { validity: windowOf(validity) }),
      ...(books.length === 0 ? {} : { revocations: books }),
    },
    revocations,
    keys: complete.flatMap(({ key }) => key ?? []),
    roots: complete.flatMap(({ root }) => root ?? []),
  };
}

/** A signer who may sign policies alone is without artifacts, and not without bound. */
function boundsOf(mayCertify: SignerDocument['spec']['mayCertify']): Pick<Signer, 'mayCertify' | 'maySign'> {
  if (mayCertify === undefined) return {};
  const maySign = mayCertify.flatMap((one) => (one.kind === 'policy' ? [one.pattern] : []));
  const artifacts = mayCertify.filter((one) => one.kind !== 'policy');
  return { mayCertify: artifacts, ...(maySign.length === 0 ? {} : { maySign }) };
}

interface IdentitySite {
  readonly path: Path;
  readonly report: Reporter;
  readonly context: SignerContext;
}

function compileKeyless(field: KeylessField, place: IdentitySite): CompiledIdentity | undefined {
  const root = findRoot(field.trustRoot ?? PUBLIC_GOOD, place);
  const issuer = field.issuer ?? field.issuerRegExp;
  const subject = field.subject ?? field.subjectGlob ?? field.subjectRegExp;
  if (root === undefined || issuer === undefined || subject === undefined) return undefined;
  if (root.kind !== 'sigstore') {
    place.report.error([...place.path, 'trustRoot'], `trust root ${root.name} is of kind ${root.kind}, keyless identities need one of kind sigstore`);
    return undefined;
  }
  const claims = Object.entries(field.claims ?? {}).map(([name, value]): { name: string; value: TextMatcher } => ({ name, value }));
  const { maxCertificateLifetime } = field;
  const identity: KeylessIdentity = {
    kind: 'keyless',
    issuer,
    subject,
    claims,
    trustRoot: root.name,
    ...(maxCertificateLifetime === undefined ? {} : { maxCertificateLifetime }),
  };
  return { identity, root };
}

function compileHolder<F extends { readonly trustRoot: string }>(
  field: F, compile: (field: F, root: TrustRoot) => Holder<SignerIdentity>, place: IdentitySite,
): CompiledIdentity | undefined {
  const root = findRoot(field.trustRoot, place);
  if (root === undefined) return undefined;
  const compiled = compile(field, root);
  if (compiled.ok) return { identity: compiled.identity, root };
  place.report.error([...place.path, compiled.field], compiled.problem);
  return undefined;
}

/** A key, or all keys of an OpenPGP block that may sign: by any of them its owner proves himself; or one on a security key. */
function compileKeys(field: KeyField, place: IdentitySite): CompiledIdentity | readonly CompiledIdentity[] | undefined {
  const { trust } = place.context;
  const block = trust.openPgp?.(field.data) ?? trust.securityKey?.(field.data);
  if (block === undefined) return compileKey(field, place);
  const compiled = compileOneSort(field, block);
  if (!compiled.ok) place.report.error([...place.path, compiled.field], compiled.problem);
  return compiled.ok && checkWindow(field, { ...place, what: 'key' }) ? compiled.identities : undefined;
}

function compileKey(field: KeyField, place: IdentitySite): CompiledIdentity | undefined {
  const key = readKey(field, place);
  const root = field.trustRoot === undefined ? undefined : findRoot(field.trustRoot, place);
  const fits = checkWindow(field, { ...place, what: 'key' }) && checkLog(field, root, place) && checkBare(field, place);
  if (key === undefined || !checkHash(field, key, place)) return undefined;
  if (!fits || (field.trustRoot !== undefined && root === undefined)) return undefined;
  const identity: KeyIdentity = {
    kind: 'key',
    keyId: key.keyId,
    transparencyLog: field.transparencyLog ?? 'optional',
    ...windowOf(field),
    ...(root === undefined ? {} : { trustRoot: root.name }),
    ...bareOf(field),
    ...hashOf(field),
  };
  const dated = root === undefined ? {} : { rootId: root.id };
  const trusted: TrustedKey = { keyId: key.keyId, pem: key.pem, ...dated, ...bareOf(field), ...hashOf(field) };
  return { identity, key: trusted, ...(root === undefined ? {} : { root }) };
}

function readKey(
  { data, algorithm }: Pick<KeyField, 'data' | 'algorithm'>,
  { path, report, context }: IdentitySite,
): TrustedKey | undefined {
  if (/PRIVATE KEY-----/.test(data)) {
    report.error(
      [...path, 'data'],
      'this is a private key: whoever reads this file can sign with it; replace the key pair, and write the public key here',
    );
    return undefined;
  }
  const read = context.trust.key(data, algorithm);
  if (read.ok) return read.key;
  report.error([...path, 'data'], read.problem);
  return undefined;
}

/** A window as a document writes it. */
interface WindowField {
  readonly notBefore?: number | undefined;
  readonly notAfter?: number | undefined;
}

function checkWindow(
  { notBefore, notAfter }: WindowField,
  { path, report, what }: Pick<IdentitySite, 'path' | 'report'> & { readonly what: 'key' | 'signer' },
): boolean {
  if (notBefore === undefined || notAfter === undefined || notBefore < notAfter) return true;
  report.error([...path, 'notAfter'], `is not later than notBefore, so the ${what} would never be valid`);
  return false;
}

function windowOf({ notBefore, notAfter }: WindowField): Validity {
  return { ...(notBefore === undefined ? {} : { notBefore }), ...(notAfter === undefined ? {} : { notAfter }) };
}

function checkLog(field: KeyField, root: TrustRoot | undefined, { path, report }: IdentitySite): boolean {
  if (field.transparencyLog !== 'required') return true;
  if (field.trustRoot === undefined)
    report.error(
      [...path, 'transparencyLog'],
      `a required log needs a trustRoot that lists the log; add trustRoot: ${PUBLIC_GOOD} or one of your own`,
    );
  else if (root !== undefined && root.unusable === undefined && !listsLogs(root))
    report.error([...path, 'trustRoot'], `trust root ${root.name} lists no transparency log, but the identity requires one`);
  else return true;
  return false;
}

function bareOf({ barePayloadKeyId }: KeyField): Pick<KeyIdentity, 'barePayloadKeyId'> {
  return barePayloadKeyId === undefined ? {} : { barePayloadKeyId };
}

function hashOf({ hashAlgorithm }: KeyField): Pick<KeyIdentity, 'hashAlgorithm'> {
  return hashAlgorithm === undefined ? {} : { hashAlgorithm };
}

/** How the PEM of every Ed25519 key begins, which has one DER. */
const ED25519 = /-----BEGIN PUBLIC KEY-----\s*MCowBQYDK2VwAyEA/;

function checkHash({ hashAlgorithm, algorithm }: KeyField, { pem }: TrustedKey, { path, report }: IdentitySite): boolean {
  if (hashAlgorithm === undefined || (algorithm === undefined && !ED25519.test(pem))) return true;
  const type = algorithm ?? 'Ed25519';
  report.error([...path, 'hashAlgorithm'], `is for ECDSA and RSA; a key of ${type} signs with a hash of its own, so nothing would count: take it out`);
  return false;
}

/** Logs take in DSSE encodings; what they say about an envelope would not be about a signature over its bare payload. */
function checkBare({ barePayloadKeyId, trustRoot }: KeyField, { path, report }: IdentitySite): boolean {
  if (barePayloadKeyId === undefined || trustRoot === undefined) return true;
  report.error([...path, 'barePayloadKeyId'], 'signatures over bare payloads are in no log and carry no timestamp; remove trustRoot');
  return false;
}

function findRoot(name: string, { path, report, context }: IdentitySite): TrustRoot | undefined {
  const root = context.roots.get(name);
  if (root === undefined && !context.declaredRoots.has(name)) {
    const [at, known] = [[...path, 'trustRoot'], [...context.roots.keys()].toSorted()];
    const why = context.unusable?.get(`TrustRoot ${name}`);
    if (why !== undefined) report.unresolved(at, unusableName('TrustRoot', name, why));
    else report.unresolved(at, `no TrustRoot is named ${JSON.stringify(name)}; known are ${known.join(', ')}${didYouMean(name, known)}`);
  }
  return root;
}
