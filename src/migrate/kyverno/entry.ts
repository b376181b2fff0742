/** One entry of an attestor: keys, people without keys, certificates, or a whole set of others. */
import type { JsonObject } from '../../text/json/fields.ts';
import { isObject } from '../../text/json/fields.ts';
import type { Path } from '../../policy/read/problems.ts';
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { issuerLike, issuerMatching, keylessIdentities, subjectsLike, subjectsMatching } from '../identity.ts';
import type { Named } from '../identity.ts';
import { notaryEntry } from './notary.ts';
import { PUBLIC_GOOD, signersOfKeys } from '../keys.ts';
import { placeOf } from '../session.ts';
import type { Session } from '../session.ts';
import { atLeast, cannot } from '../signing.ts';
import type { Signers } from '../signing.ts';

/** What a signer has to have done: signed, or made a statement. `more`: what has to be signed beside the digest. */
export type Deed = (signer: string, title: string, from: string, more: JsonObject) => Formula;

/** Whose attestors they are. */
export interface EntrySite {
  readonly session: Session;
  /** Begins the names of Signers. */
  readonly prefix: string;
  readonly deed: Deed;
  /** They sign with Notation. */
  readonly isNotary?: boolean;
}

const PUBLIC_REKOR = /^https?:\/\/rekor\.sigstore\.dev\/?$/;

/** A set of attestors: `count` of its entries have to be met, without it all of them. */
export function attestorSet(set: MapReader, site: EntrySite, depth = 0): Formula {
  const count = set.count('count');
  const entries = set.maps('entries');
  const from = placeOf(set.source, set.path);
  if (entries.length === 0 || depth > 8) {
    refuse(set.source, set.path, depth > 8 ? 'attestors that are nested less deeply' : 'entries');
    return { kind: 'any', parts: [] };
  }
  const parts = entries.flatMap((entry, index) => entryParts(entry, { ...site, prefix: `${site.prefix}-${index + 1}` }, depth));
  const wanted = count ?? parts.length;
  if (wanted < 1) refuse(set.source, set.at('count'), 'at least 1');
  return atLeast(wanted, parts, `${wanted} of ${parts.length} attestors`, from);
}

/** Each key of an entry counts by itself. */
function entryParts(entry: MapReader, site: EntrySite, depth: number): readonly Formula[] {
  const { source, path } = entry;
  const kinds = ['keys', 'certificates', 'keyless', 'attestor'].filter((kind) => entry.has(kind));
  if (kinds.length !== 1) refuse(source, path, `exactly one of keys, certificates, keyless, attestor; found ${kinds.join(' and ') || 'none'}`);
  const annotations = annotationsOf(entry, 'annotations');
  entry.tell('note', 'repository', ELSEWHERE);
  const hash = entry.text('signatureAlgorithm');
  const nested = entry.map('attestor');
  if (nested !== undefined) {
    const [demands, beside] = [attestorSet(nested, site, depth + 1), besideNested(entry)];
    return [beside.length === 0 ? demands : { kind: 'all', parts: [demands, ...beside] }];
  }
  const signers = site.isNotary === true ? notaryEntry(entry, site) : cosignEntry(entry, hash);
  if ('none' in signers) return [signers.none];
  const variable = ['keyless', 'annotations'].find((key) => JSON.stringify(entry.raw(key) ?? '').includes('{{'));
  if (variable !== undefined)
    return [cannot(source, entry.at(variable), {
      what: 'a variable', why: 'it is filled in when a request comes, and who signs stands in the policy here', help: 'write it out, and import again',
    })];
  const from = placeOf(source, path);
  return signers.any.map((identities, index) => {
    const name = site.session.signer(signers.any.length > 1 ? `${site.prefix}-key-${index + 1}` : site.prefix, identities, from);
    return site.deed(name, name, from, annotations);
  });
}

function cosignEntry(entry: MapReader, hash: string | undefined): Signers {
  return entry.has('keys') ? keysOf(entry, hash) : entry.has('keyless') ? keylessOf(entry) : certificatesOf(entry);
}

/** What stands beside a nested attestor: Kyverno asks it of nobody, though it says that it does. */
function besideNested(entry: MapReader): readonly Formula[] {
  return ['annotations', 'signatureAlgorithm'].filter((key) => entry.has(key)).map((key) => cannot(entry.source, entry.at(key), {
    what: `${key} beside a nested attestor`, why: 'whose signatures they are asked of is not said there', help: 'write them into the entries of the nested attestor',
  }));
}

/** Where signatures lie is configuration. */
export const ELSEWHERE = {
  what: 'the signatures lie in another repository', why: 'where evidence lies is said by the server, not by a policy',
  help: 'write it into evidenceSources of the configuration; until then they are not found, and the image is denied',
};

/** Annotations that have to be signed, as a field of `signature`; empty where there are none. */
export function annotationsOf(of: MapReader, key: string): JsonObject {
  const raw = of.raw(key);
  if (raw === undefined) return {};
  if (!isObject(raw) || !Object.values(raw).every((value) => typeof value === 'string' && value !== '')) {
    refuse(of.source, of.at(key), 'texts by name');
    return {};
  }
  return Object.keys(raw).length === 0 ? {} : { annotations: raw };
}

function keysOf(entry: MapReader, hash: string | undefined): Signers {
  const { source } = entry;
  const keys = entry.map('keys');
  if (keys === undefined) return { none: { kind: 'any', parts: [] } };
  const log = logOf(keys, 'key');
  const algorithm = keys.text('signatureAlgorithm') ?? hash ?? 'sha256';
  const text = keys.text('publicKeys') ?? '';
  for (const key of ['kms', 'secret'])
    if (keys.raw(key) !== undefined) return signersOfKeys(source, keys.at(key), '', { hash: algorithm, logRoot: undefined });
  if ('none' in log) return log;
  return signersOfKeys(source, keys.at('publicKeys'), text, { hash: algorithm, logRoot: log.isLogged ? PUBLIC_GOOD : undefined });
}

function keylessOf(entry: MapReader): Signers {
  const { source } = entry;
  const keyless = entry.map('keyless');
  if (keyless === undefined) return { none: { kind: 'any', parts: [] } };
  const log = logOf(keyless, 'keyless');
  const claims = claimsOf(keyless);
  const issuers = namesOf(keyless, 'issuer');
  const subjects = namesOf(keyless, 'subject');
  if (keyless.raw('roots') !== undefined)
    return {
      none: cannot(source, keyless.at('roots'), {
        what: 'certificates of authorities beside any trust root', why: 'a TrustRoot says from when they count, and which logs stand beside them',
        help: 'write a TrustRoot with certificateAuthorities, and name it as trustRoot of the identity',
      }),
    };
  if ('none' in log) return log;
  return { any: [keylessIdentities(issuers, subjects, claims)] };
}

/** Without either field everybody will do: that is what it says. */
function namesOf(keyless: MapReader, name: 'issuer' | 'subject'): readonly Named[] {
  const [like, expression] = [keyless.text(name), keyless.text(`${name}RegExp`)];
  if (like !== undefined && like !== '' && expression !== undefined && expression !== '')
    refuse(keyless.source, keyless.path, `at most one of ${name}, ${name}RegExp`);
  const matching = name === 'issuer' ? issuerMatching : subjectsMatching;
  const read = like === undefined || like === '' ? matching(expression ?? '') : (name === 'issuer' ? issuerLike : subjectsLike)(like);
  if (read.ok) return read.value;
  keyless.source.remark('refused', keyless.at(like === undefined ? `${name}RegExp` : name), {
    what: 'it cannot be read', why: read.problem, help: 'mend the file',
  });
  return [];
}

function claimsOf(keyless: MapReader): JsonObject {
  const raw = keyless.raw('additionalExtensions');
  if (raw === undefined) return {};
  if (!isObject(raw) || !Object.values(raw).every((value) => typeof value === 'string' && value !== '')) {
    refuse(keyless.source, keyless.at('additionalExtensions'), 'texts by name');
    return {};
  }
  const claims = Object.entries(raw).map(([name, value]) => {
    const text = String(value);
    return [name, text.includes('*') ? { glob: text.replaceAll(/\*+/g, '**') } : text];
  });
  return claims.length === 0 ? {} : { claims: Object.fromEntries(claims) as JsonObject };
}

function certificatesOf(entry: MapReader): Signers {
  entry.raw('certificates');
  return {
    none: cannot(entry.source, entry.at('certificates'), {
      what: 'certificates that are no key', why: 'signers by X.509 certificate are not supported by this version', help: 'sign with a key, or without one (keyless)',
    }),
  };
}

/** Signatures of keys are in the public log there unless it is ignored; what has a log or an authority of its own has no TrustRoot here. */
export function logOf(of: MapReader, kind: 'key' | 'keyless'): { readonly isLogged: boolean } | Extract<Signers, { none: unknown }> {
  const { source } = of;
  const [rekor, ctlog] = [of.map('rekor'), of.map('ctlog')];
  const url = rekor?.text('url');
  const isIgnored = rekor?.flag('ignoreTlog') === true;
  const at = (map: MapReader | undefined, key: string): Path | undefined => (map?.raw(key) === undefined ? undefined : map.at(key));
  const isPublic = url === undefined || url === '' || PUBLIC_REKOR.test(url) || (isIgnored && kind === 'key');
  const keys = [at(rekor, 'pubkey'), at(ctlog, 'pubkey'), at(ctlog, 'tsaCertChain'), isPublic ? undefined : at(rekor, 'url')];
  const own = keys.find((path) => path !== undefined);
  const isWithoutSct = ctlog?.flag('ignoreSCT') === true;
  if (kind === 'keyless' && (isIgnored || isWithoutSct))
    source.remark('stricter', of.path, {
      what: 'certificates and signatures have to be in the logs all the same', why: 'the public trust root lists logs, and demands them', help: 'nothing, where they are',
    });
  if (own !== undefined)
    return {
      none: cannot(source, own, {
        what: 'a log or timestamp authority of its own', why: 'a TrustRoot says from when it counts, and what stands beside it',
        help: 'write a TrustRoot with it, and name it as trustRoot of the identity',
      }),
    };
  return { isLogged: !isIgnored };
}
