/** Public keys of others as Signers, with the log that their signatures have to be in. */
import type { JsonObject } from '../text/json/fields.ts';
import type { Path } from '../policy/read/problems.ts';
import type { Source } from './fields.ts';
import { publicKeys } from './identity.ts';
import { cannot } from './signing.ts';
import type { Signers } from './signing.ts';

/** What a key is asked for besides the signature. */
export interface KeyDemands {
  /** The one hash of the source, by the name that it has there. */
  readonly hash: string;
  /** The TrustRoot in whose log it has to be; absent: in none. */
  readonly logRoot: string | undefined;
}

/** The TrustRoot of the public Sigstore. */
export const PUBLIC_GOOD = 'sigstore-public-good';

/** A Signer for each key in the text; what stands elsewhere (a Secret, a key service, a variable) is told. */
export function signersOfKeys(source: Source, path: Path, text: string, { hash, logRoot }: KeyDemands): Signers {
  if (!text.includes('-----BEGIN'))
    return {
      none: cannot(source, path, {
        what: 'a key that does not stand in the file', why: 'import asks neither a cluster nor a key service',
        help: 'read it (cosign public-key --key URI, kubectl get secret), write the PEM in its place, and import again',
      }),
    };
  const keys = publicKeys(text);
  if (!keys.ok) return { none: cannot(source, path, {
    what: 'a key that is not believed', why: keys.problem, help: 'sign with ECDSA P-256, Ed25519 or RSA of 2048 bits',
  }) };
  const known = /^sha-?(256|384|512)$/i.exec(hash)?.[1];
  if (known === undefined)
    return { none: cannot(source, path, { what: `the hash ${hash}`, why: 'it is not believed here', help: 'sign with SHA-256' }) };
  const log: JsonObject = logRoot === undefined ? {} : { transparencyLog: 'required', trustRoot: logRoot };
  const agreed = { hashAlgorithm: `sha${known}` };
  return { any: keys.value.map(({ pem, hashes }) => [{ key: { data: pem, ...(hashes ? agreed : {}), ...log } }]) };
}
