/** `key` of an authority: a public key that stands in the file; one that lies elsewhere cannot be read from here. */
import type { JsonObject } from '../../text/json/fields.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { publicKeys } from '../identity.ts';
import type { Session } from '../session.ts';
import { missedIn } from './missed.ts';
import { cannot } from '../signing.ts';
import type { Signers } from '../signing.ts';

const HASHES = ['sha224', 'sha256', 'sha384', 'sha512'];
const PUBLIC_REKOR = /^https?:\/\/rekor\.sigstore\.dev\/?$/;

/** Its Signers, one for each key in it. */
export function keyOf(authority: MapReader, session: Session): Signers {
  const { source } = authority;
  const key = authority.map('key');
  const never = (none: Signers): Signers => none;
  if (key === undefined) return never({ none: { kind: 'any', parts: [] } });
  const written = ['data', 'secretRef', 'kms'].filter((one) => key.has(one));
  if (written.length !== 1) refuse(source, key.path, `exactly one of data, secretRef, kms; found ${written.join(' and ') || 'none'}`);
  const hash = key.text('hashAlgorithm') ?? 'sha256';
  if (!HASHES.includes(hash)) refuse(source, key.at('hashAlgorithm'), `one of ${HASHES.join(', ')}`);
  const log = logOfKey(authority, session);
  const kms = key.text('kms');
  if (kms?.startsWith('awskms:') === true && !/^awskms:\/\/[^/]*\/arn:(?:aws|aws-cn|aws-us-gov):kms:/.test(kms))
    refuse(source, key.at('kms'), 'awskms://[ENDPOINT]/ARN');
  key.without('secretRef');
  if (kms !== undefined || key.has('secretRef'))
    return {
      none: cannot(source, kms === undefined ? key.at('secretRef') : key.at('kms'), {
        what: kms === undefined ? 'a key in a Secret' : 'a key in a key service', why: 'the public key does not stand in the file, and import asks nobody',
        help: kms === undefined
          ? 'read it (kubectl get secret NAME -o yaml), write it as data, and import again'
          : `read it (cosign public-key --key ${kms.startsWith('-') ? 'URI' : 'URI of the service'}), write it as data, and import again`,
      }),
    };
  const data = key.text('data') ?? '';
  const keys = publicKeys(data);
  if (!keys.ok && keys.problem.startsWith('it is no')) refuse(source, key.at('data'), 'a public key in PEM');
  if (!keys.ok)
    return { none: cannot(source, key.at('data'), {
      what: 'a public key that is not believed', why: keys.problem,
      help: 'sign with ECDSA P-256, Ed25519 or RSA of 2048 bits',
    }) };
  if ('none' in log) return log;
  if (hash === 'sha224')
    return { none: cannot(source, key.at('hashAlgorithm'), {
      what: 'SHA-224', why: 'it is not believed here', help: 'sign with SHA-256',
    }) };
  return { any: keys.value.map(({ pem, hashes }) => [{ key: { data: pem, ...(hashes ? { hashAlgorithm: hash } : {}), ...log.demands } }]) };
}

/** A key's signatures have to be in a log only where `ctlog` names one (policy-controller). */
function logOfKey(authority: MapReader, session: Session): { readonly demands: JsonObject } | Extract<Signers, { none: unknown }> {
  const { source } = authority;
  const log = authority.map('ctlog');
  const url = log?.text('url');
  const ref = log?.text('trustRootRef');
  if (log === undefined || (url === undefined && ref === undefined)) return { demands: {} };
  const root = ref === undefined ? 'sigstore-public-good' : session.roots.get(ref);
  if (root === undefined || (ref === undefined && !PUBLIC_REKOR.test(url ?? '')))
    return {
      none: cannot(source, log.at(ref === undefined ? 'url' : 'trustRootRef'), {
        what: ref === undefined ? 'entries of a log whose key does not stand here' : `TrustRoot ${ref}`,
        why: ref === undefined ? 'policy-controller takes the key from its own configuration' : 'it is not among the files that are imported',
        help: 'import a TrustRoot with the log in it, and name it as ctlog.trustRootRef',
      }),
    };
  const missed = missedIn(root, session, { transparencyLogs: true, ctLogs: false });
  if (missed !== undefined) return { none: cannot(source, log.path, missed) };
  return { demands: { transparencyLog: 'required', trustRoot: root } };
}
