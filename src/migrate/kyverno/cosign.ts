/** An attestor of an ImageValidatingPolicy: a key, people, or certificates, with its logs and trust root. */
import type { JsonObject } from '../../text/json/fields.ts';
import { ownList } from '../../text/json/fields.ts';
import { readJsonText } from '../../text/json/read.ts';
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { exactly, issuerMatching, keylessIdentities, subjectsMatching } from '../identity.ts';
import type { Named } from '../identity.ts';
import { PUBLIC_GOOD, signersOfKeys } from '../keys.ts';
import { placeOf } from '../session.ts';
import type { Session } from '../session.ts';
import { cannot } from '../signing.ts';
import type { Signers } from '../signing.ts';
import { annotationsOf, ELSEWHERE } from './entry.ts';
import { notaryAttestor } from './notary.ts';

/** An attestor by its name; `deed` says what its signers have to have done. */
export interface NamedAttestor {
  readonly name: string;
  deed(of: (signer: string, title: string, more: JsonObject) => Formula): Formula;
}

const PUBLIC_REKOR = /^https?:\/\/rekor\.sigstore\.dev\/?$/;
const NO_X509 = {
  what: 'certificates that are no key', why: 'signers by X.509 certificate are not supported by this version', help: 'sign with a key, or without one (keyless)',
};

const EMPTY: Signers = { none: { kind: 'any', parts: [] } };
const TOO_MANY = { what: 'more than 100 identities', why: 'a Signer has at most 100', help: 'split the attestor' };

/** Whose attestor it is; the name of the policy begins those of Signers. */
export interface AttestorSite {
  readonly session: Session;
  readonly policy: string;
}

/** Reads one; `undefined` where it is none, which is refused. */
export function cosignAttestor(of: MapReader, { session, policy }: AttestorSite): NamedAttestor | undefined {
  const { source } = of;
  const name = of.text('name') ?? '';
  if (!/^\w+$/.test(name)) return void refuse(source, of.at('name'), 'a name of letters and digits');
  const kinds = ['cosign', 'notary'].filter((kind) => of.has(kind));
  if (kinds.length !== 1) return void refuse(source, of.path, `exactly one of cosign, notary; found ${kinds.join(' and ') || 'none'}`);
  const cosign = of.map('cosign');
  const notary = of.map('notary');
  const annotations = cosign === undefined ? {} : annotationsOf(cosign, 'annotations');
  const place = cosign?.map('source');
  if (place !== undefined) place.without('repository', 'PullSecrets', 'signaturePullSecrets', 'tagPrefix');
  if (cosign !== undefined && place !== undefined) source.remark('note', cosign.at('source'), ELSEWHERE);
  const signers = cosign !== undefined ? signersOf(cosign, session)
    : notary !== undefined ? notaryAttestor(notary, { session, prefix: `${policy}-${name}` }) : EMPTY;
  if ('none' in signers) return { name, deed: () => signers.none };
  const names = signers.any.map((identities) => session.signer(`${policy}-${name}`, identities, placeOf(source, of.path)));
  return { name, deed: (one) => ({ kind: 'any', parts: names.map((signer) => one(signer, name, annotations)) }) };
}

function signersOf(cosign: MapReader, session: Session): Signers {
  const { source } = cosign;
  const kinds = ['key', 'keyless', 'certificate'].filter((kind) => cosign.has(kind));
  if (kinds.length !== 1) refuse(source, cosign.path, `exactly one of key, keyless, certificate; found ${kinds.join(' and ') || 'none'}`);
  const root = rootOf(cosign, session);
  const log = logOf(cosign, root);
  if (cosign.raw('certificate') !== undefined) return { none: cannot(source, cosign.at('certificate'), NO_X509) };
  const logRoot = !log.isLogged ? undefined : typeof root === 'string' ? root : PUBLIC_GOOD;
  const signers = cosign.has('key') ? keyOf(cosign, logRoot) : keylessOf(cosign, root);
  return typeof root === 'object' ? { none: root } : log.none === undefined ? signers : { none: log.none };
}

function keyOf(cosign: MapReader, logRoot: string | undefined): Signers {
  const key = cosign.map('key');
  if (key === undefined) return { none: { kind: 'any', parts: [] } };
  const hash = key.text('hashAlgorithm') ?? 'sha256';
  const data = key.text('data');
  const elsewhere = ['kms', 'expression'].find((one) => key.raw(one) !== undefined);
  return signersOfKeys(cosign.source, key.at(elsewhere ?? 'data'), elsewhere === undefined ? data ?? '' : '', { hash, logRoot });
}

function keylessOf(cosign: MapReader, root: string | Formula | undefined): Signers {
  const { source } = cosign;
  const keyless = cosign.map('keyless');
  if (keyless === undefined) return { none: { kind: 'any', parts: [] } };
  const trustRoot = typeof root === 'string' ? { trustRoot: root } : {};
  const people = keyless.maps('identities');
  if (people.length === 0) refuse(source, keyless.at('identities'), 'at least one identity');
  const lost: Formula[] = [];
  const identities = people.flatMap((person) => {
    person.without('issuer', 'issuerRegExp', 'subject', 'subjectRegExp');
    if (person.raw('subjectExpression') !== undefined) {
      lost.push(cannot(source, person.at('subjectExpression'), {
        what: 'a subject that is worked out', why: 'identities here are texts and patterns', help: 'write it out',
      }));
      return [];
    }
    return keylessIdentities(namesOf(person, 'issuer'), namesOf(person, 'subject'), trustRoot);
  });
  for (const key of ['roots', 'additionalExtensions'])
    if (keyless.raw(key) !== undefined)
      return { none: cannot(source, keyless.at(key), {
        what: `${key} of certificates`, why: 'a TrustRoot, or claims, say it here',
        help: 'write trustRoot, or claims, of the identity',
      }) };
  if (identities.length > 100) return { none: cannot(source, keyless.at('identities'), TOO_MANY) };
  return identities.length === 0 ? { none: { kind: 'any', parts: lost } } : { any: [identities] };
}

function namesOf(person: MapReader, name: 'issuer' | 'subject'): readonly Named[] {
  const [exact, expression] = [person.text(name), person.text(`${name}RegExp`)];
  if (exact !== undefined && expression !== undefined) refuse(person.source, person.path, `at most one of ${name}, ${name}RegExp`);
  const matching = name === 'issuer' ? issuerMatching : subjectsMatching;
  const read = exact === undefined || exact === '' ? matching(expression ?? '') : exactly(name, exact);
  if (read.ok) return read.value;
  person.source.remark('refused', person.at(exact === undefined ? `${name}RegExp` : name), {
    what: 'it cannot be read', why: read.problem, help: 'mend the file',
  });
  return [];
}

/** The TrustRoot of the attestor, where it brings one; what never holds where that cannot be written. */
function rootOf(cosign: MapReader, session: Session): string | Formula | undefined {
  const { source } = cosign;
  const trusted = cosign.map('trustedRoot');
  const value = trusted?.text('value');
  trusted?.without('expression');
  const tuf = cosign.raw('tuf');
  const missed = value === undefined ? undefined : missedIn(value, cosign);
  if (missed !== undefined)
    return cannot(source, cosign.at('trustedRoot'), {
      what: `an entry in one of the ${missed} of a trusted root that lists none`, why: 'it is never found there', help: 'name another root, or say in ctlog what is ignored',
    });
  if (value !== undefined)
    return session.root('imported-root', { sigstore: { trustedRoot: value } }, placeOf(source, cosign.at('trustedRoot')));
  if (trusted !== undefined || tuf !== undefined)
    return cannot(source, cosign.at(trusted === undefined ? 'tuf' : 'trustedRoot'), {
      what: 'a trust root that does not stand in the file', why: 'import asks nobody', help: 'write a TrustRoot with tuf (mirror and root.json), and name it as trustRoot of the identity',
    });
  return undefined;
}

/** A list of the root that is looked into and empty; what is no JSON is refused by who reads roots. */
function missedIn(value: string, cosign: MapReader): string | undefined {
  const read = readJsonText(value);
  const log = cosign.map('ctlog');
  if (!read.ok) return undefined;
  const isEmpty = (list: string): boolean => (ownList(read.value, list) ?? []).length === 0;
  if (log?.flag('insecureIgnoreTlog') !== true && isEmpty('tlogs')) return 'tlogs';
  return cosign.has('keyless') && log?.flag('insecureIgnoreSCT') !== true && isEmpty('ctlogs') ? 'ctlogs' : undefined;
}

function logOf(cosign: MapReader, root: string | Formula | undefined): { readonly isLogged: boolean; readonly none?: Formula } {
  const { source } = cosign;
  const log = cosign.map('ctlog');
  if (log === undefined) return { isLogged: true };
  const url = log.text('url');
  const [ignoresLog, ignoresSct] = [log.flag('insecureIgnoreTlog') === true, log.flag('insecureIgnoreSCT') === true];
  if (cosign.has('keyless') && (ignoresLog || ignoresSct))
    source.remark('stricter', log.path, {
      what: 'certificates and signatures have to be in the logs all the same', why: 'a trust root that lists logs demands them',
      help: 'nothing, where they are',
    });
  const own = ['rekorPubKey', 'ctLogPubKey', 'tsaCertChain'].filter((key) => log.raw(key) !== undefined);
  const isMeant = !(ignoresLog && cosign.has('key')) && typeof root !== 'string';
  const isForeign = isMeant && url !== undefined && url !== '' && !PUBLIC_REKOR.test(url);
  if (own.length > 0 || isForeign)
    return {
      isLogged: true,
      none: cannot(source, log.at(own[0] ?? 'url'), {
        what: 'a log or timestamp authority of its own', why: 'a TrustRoot says from when it counts, and what stands beside it',
        help: 'write a TrustRoot with it, and name it as trustRoot of the identity',
      }),
    };
  return { isLogged: !ignoresLog };
}
