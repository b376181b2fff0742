/** From a trusted_root.json to verified authorities and logs, or to the list of all that is wrong with it. */
import type { SigstoreRoot } from '../../domain/policy/trust-root.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { isIssuedBy, parseCertificate } from '../../pki/certificate.ts';
import type { CompiledAuthority, CompiledLog, CompiledRoot, CompiledTimestampAuthority, Window } from '../compiled-trust.ts';
import { Malformed } from '../../pki/der.ts';
import { basicConstraints } from '../../pki/extensions.ts';
import { pathProblems } from '../../pki/path.ts';
import type { Profile } from '../../pki/profiles.ts';
import { CODE_SIGNING, TIME_STAMPING } from '../../pki/profiles.ts';
import type { JsonPlace, TrustProblem } from '../json-reader.ts';
import { JsonReader } from '../json-reader.ts';
import { readLog, readWindow } from './trusted-root-keys.ts';

const MEDIA_TYPES = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1', 'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json', 'application/vnd.dev.sigstore.trustedroot.v0.2+json',
];

type RootContent = Pick<CompiledRoot, 'logs' | 'ctLogs' | 'authorities' | 'timestampAuthorities'>;

interface Chain {
  readonly certificates: readonly Certificate[];
  readonly window: Window;
  readonly place: JsonPlace;
}

/**
 * Every problem of a `trusted_root.json` (protobuf-specs, sigstore_trustroot.proto), each with its path inside;
 * empty when the document can be compiled. Never throws, reads no clock: an expired root is not a problem here.
 */
export function checkTrustedRoot(json: unknown): readonly TrustProblem[] {
  return readTrustedRoot(json).problems;
}

/**
 * Makes a trust root ready for verification. Every CA path is verified here, once, so that a leaf later costs a
 * single signature verification. Throws an `Error` when {@link checkTrustedRoot} has anything to say.
 */
export function compileTrustedRoot(root: SigstoreRoot): CompiledRoot {
  const { problems, content } = readTrustedRoot(root.trustedRoot);
  const [first] = problems;
  if (first !== undefined) throw new Error(`trust root ${root.name} is not valid: ${first.path}: ${first.message}`);
  return { name: root.name, id: root.id, require: root.require, ...content };
}

function readTrustedRoot(json: unknown): { readonly problems: readonly TrustProblem[]; readonly content: RootContent } {
  const reader = new JsonReader();
  const place: JsonPlace = { value: json, path: '' };
  const content: RootContent = { logs: new Map(), ctLogs: new Map(), authorities: [], timestampAuthorities: [] };
  if (!reader.object(place, ['mediaType', 'tlogs', 'certificateAuthorities', 'ctlogs', 'timestampAuthorities']))
    return { problems: reader.problems, content };
  const mediaType = reader.member(place, 'mediaType');
  if (typeof mediaType.value !== 'string' || !MEDIA_TYPES.includes(mediaType.value))
    reader.fail(mediaType, `expected one of ${MEDIA_TYPES.join(', ')}`);
  const lists = {
    logs: readLogs(reader, reader.member(place, 'tlogs')),
    ctLogs: readLogs(reader, reader.member(place, 'ctlogs')),
    authorities: readChains(reader, reader.member(place, 'certificateAuthorities')).flatMap((chain) => readAuthority(reader, chain)),
    timestampAuthorities: readChains(reader, reader.member(place, 'timestampAuthorities')).flatMap((chain) =>
      readTimestampAuthority(reader, chain),
    ),
  };
  const empty = lists.logs.size + lists.authorities.length + lists.timestampAuthorities.length === 0;
  if (empty && reader.problems.length === 0) reader.fail(place, 'lists neither certificate authorities nor logs nor timestamp authorities');
  return { problems: reader.problems, content: lists };
}

function readLogs(reader: JsonReader, place: JsonPlace): Map<string, CompiledLog> {
  const logs = new Map<string, CompiledLog>();
  for (const item of reader.items(place)) {
    const log = readLog(reader, item);
    if (log === undefined) continue;
    if (logs.has(log.logId)) reader.fail(item, 'has the id of a log that is listed already');
    logs.set(log.logId, log);
  }
  return logs;
}

function readChains(reader: JsonReader, place: JsonPlace): Chain[] {
  return reader.items(place).flatMap((item) => {
    if (!reader.object(item, ['subject', 'uri', 'certChain', 'validFor', 'operator'])) return [];
    const window = readWindow(reader, reader.member(item, 'validFor'));
    const chainPlace = reader.member(item, 'certChain');
    if (!reader.object(chainPlace, ['certificates'])) return [];
    const list = reader.member(chainPlace, 'certificates');
    const places = reader.items(list);
    if (places.length === 0 || places.length > 10) return reader.fail(list, `expected 1 to 10 certificates, found ${places.length}`) ?? [];
    const certificates = places.flatMap((one) => readCertificate(reader, one) ?? []);
    return window === undefined || certificates.length < places.length ? [] : [{ certificates, window, place: list }];
  });
}

function readCertificate(reader: JsonReader, place: JsonPlace): Certificate | undefined {
  if (!reader.object(place, ['rawBytes'])) return undefined;
  const rawPlace = reader.member(place, 'rawBytes');
  const raw = reader.bytes(rawPlace);
  return raw && guarded(reader, rawPlace, () => parseCertificate(raw));
}

function readAuthority(reader: JsonReader, chain: Chain): CompiledAuthority[] {
  const [issuer] = chain.certificates;
  if (issuer === undefined || !isPath(reader, chain, 0, CODE_SIGNING)) return [];
  return [{ issuer, path: chain.certificates, window: chain.window }];
}

function readTimestampAuthority(reader: JsonReader, chain: Chain): CompiledTimestampAuthority[] {
  const [first, ...others] = chain.certificates;
  const ca = first && guarded(reader, chain.place, () => basicConstraints(first).ca);
  if (first === undefined || ca === undefined) return [];
  if (ca) return isPath(reader, chain, 0, TIME_STAMPING) ? [{ path: chain.certificates, window: chain.window }] : [];
  const [issuer] = others;
  if (issuer === undefined) return reader.fail(chain.place, 'ends before its root: give the chain up to its root') ?? [];
  if (!isPath(reader, chain, 1, TIME_STAMPING)) return [];
  const issued = guarded(reader, chain.place, () => isIssuedBy(first, issuer));
  if (issued !== true)
    return reader.fail({ ...chain.place, path: `${chain.place.path}[0]` }, 'is not issued by the next certificate') ?? [];
  return [{ signer: first, path: others, window: chain.window }];
}

function isPath(reader: JsonReader, chain: Chain, from: number, profile: Profile): boolean {
  const problems = guarded(reader, chain.place, () => pathProblems(chain.certificates.slice(from), profile));
  for (const { index, problem } of problems ?? []) {
    reader.fail({ value: undefined, path: `${chain.place.path}[${index + from}]` }, problem);
  }
  return problems?.length === 0;
}

function guarded<T>(reader: JsonReader, place: JsonPlace, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) return reader.fail(place, error.message);
    throw error;
  }
}
