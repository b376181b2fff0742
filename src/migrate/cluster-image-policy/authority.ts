/** One authority of a ClusterImagePolicy: a key, people without keys, or a static answer; with attestations, these in place of signatures. */
import { ALWAYS } from '../formula.ts';
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { placeOf } from '../session.ts';
import type { Session } from '../session.ts';
import { cannot, signedBy } from '../signing.ts';
import { readAttestations } from './attestation.ts';
import { keyOf } from './key.ts';
import { keylessOf } from './keyless.ts';

/** Whose authority it is. */
export interface AuthoritySite {
  readonly session: Session;
  readonly policy: string;
  readonly index: number;
}

/** What the authority demands. */
export function readAuthority(authority: MapReader, { session, policy, index }: AuthoritySite): Formula {
  const { source, path } = authority;
  const name = authority.text('name') ?? `authority-${index}`;
  const kinds = ['key', 'keyless', 'static'].filter((kind) => authority.has(kind));
  if (kinds.length !== 1) refuse(source, path, `exactly one of key, keyless, static; found ${kinds.join(' and ') || 'none'}`);
  const attestations = readAttestations(authority);
  readPlaces(authority);
  const from = placeOf(source, path);
  if (authority.has('static')) return staticOf(authority, attestations.length > 0);
  const signers = authority.has('key') ? keyOf(authority, session) : keylessOf(authority, session);
  const log = logOf(authority);
  if ('none' in signers) return signers.none;
  if (log !== undefined) return log;
  // Without attestations any of the keys will do; each attestation has to be signed by all of them (policy-controller).
  const named = signers.any.map((identities, at) =>
    session.signer(signers.any.length > 1 ? `${policy}-${name}-${at + 1}` : `${policy}-${name}`, identities, from));
  if (attestations.length === 0) return { kind: 'any', parts: named.map((signer) => signedBy(signer, name, from)) };
  return { kind: 'all', parts: attestations.flatMap((attestation) => named.map((signer) => attestation(signer, name))) };
}

function staticOf(authority: MapReader, hasAttestations: boolean): Formula {
  const { source } = authority;
  const answer = authority.map('static');
  const action = answer?.text('action');
  answer?.without('message');
  if (action !== 'pass' && action !== 'fail') refuse(source, authority.at('static'), 'action: pass or fail');
  for (const key of ['source', 'ctlog', 'rfc3161timestamp']) if (authority.has(key)) refuse(source, authority.at(key), 'nothing beside static');
  if (hasAttestations) refuse(source, authority.at('attestations'), 'nothing beside static');
  return action === 'pass' ? ALWAYS : { kind: 'never', title: 'refused by a static authority', from: placeOf(source, authority.path) };
}

/** Where signatures lie decides nothing about whose they are. */
function readPlaces(authority: MapReader): void {
  for (const place of authority.maps('source')) {
    place.tell('note', 'oci', {
      what: 'the signatures lie in another repository', why: 'where evidence lies is said by the server, not by a policy',
      help: 'write it into evidenceSources of the configuration; until then they are not found, and the image is denied',
    });
    place.tell('note', 'tagPrefix', {
      what: 'tags of signatures have a prefix', why: 'such tags are not looked at: the image is denied', help: 'copy the signatures to tags without prefix (cosign copy), or sign again',
    });
    place.tell('note', 'signaturePullSecrets', {
      what: 'credentials for the signatures', why: 'those of the pod, or of the server, are used', help: 'nothing, where the pod can pull; otherwise dockerConfig of the configuration',
    });
  }
  const format = authority.text('signatureFormat');
  if (format !== undefined)
    authority.source.remark('note', authority.at('signatureFormat'), {
      what: 'signatures are read in every format', why: 'who signed what is the same in each', help: 'nothing',
    });
}

/** What of logs and timestamps has no word here; the rest is read with the key or the identity. */
function logOf(authority: MapReader): Formula | undefined {
  const { source } = authority;
  const stamp = authority.map('rfc3161timestamp');
  if (stamp === undefined) return undefined;
  stamp.without('trustRootRef');
  if (authority.has('keyless') && stamp.text('trustRootRef') === authority.map('keyless')?.text('trustRootRef')) return undefined;
  return cannot(source, authority.at('rfc3161timestamp'), {
    what: 'a timestamp under a trust root of its own', why: 'one TrustRoot says all that an identity is proven with',
    help: 'name the same TrustRoot in keyless.trustRootRef, with timestampAuthorities in it',
  });
}
