/** Attestors of Kyverno by Notation: certificates in the one trust store of a trust policy that it writes itself, level strict, for everybody. */
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { signersBelow } from '../notation/stores.ts';
import type { Session } from '../session.ts';
import { cannot } from '../signing.ts';
import type { Signers } from '../signing.ts';

/** Whose they are; `prefix` begins the names that they get. */
interface NotarySite {
  readonly session: Session;
  readonly prefix: string;
}

/** Of an entry of a rule of type Notary: its certificates, and the chain beside them. */
export function notaryEntry(entry: MapReader, { session, prefix }: NotarySite): Signers {
  const { source } = entry;
  const certificates = entry.map('certificates');
  entry.without('keys', 'keyless');
  if (certificates === undefined) return { none: cannot(source, entry.path, ONLY_CERTIFICATES) };
  const texts = [certificates.text('cert') ?? '', certificates.text('certChain') ?? ''].filter((text) => text !== '');
  const logs = ['rekor', 'ctlog'].find((key) => certificates.raw(key) !== undefined);
  if (logs !== undefined) return { none: cannot(source, certificates.at(logs), NO_LOG) };
  const site = { source, path: certificates.at('cert'), name: prefix, session };
  return signersBelow({ ca: [texts.join('\n')], tsa: [], revocation: 'hard' }, site);
}

/** Of an ImageValidatingPolicy: certificates, and those of timestamp authorities. */
export function notaryAttestor(notary: MapReader, { session, prefix }: NotarySite): Signers {
  const { source } = notary;
  const [certs, tsaCerts] = [notary.map('certs'), notary.map('tsaCerts')];
  const expression = [certs, tsaCerts].find((one) => one?.raw('expression') !== undefined);
  const [ca, tsa] = [certs?.text('value') ?? '', tsaCerts?.text('value') ?? ''];
  if (expression !== undefined) return { none: cannot(source, expression.at('expression'), WORKED_OUT) };
  const site = { source, path: notary.at('certs'), name: prefix, session };
  return signersBelow({ ca: [ca], tsa: tsaCerts === undefined ? [] : [tsa], revocation: 'hard' }, site);
}

/** What a rule of type Notary asks of attestations: other artifacts, signed by Notation, that refer to the image. */
export function notaryAttestation(attestation: MapReader): Formula {
  attestation.without(...attestation.keys);
  return cannot(attestation.source, attestation.path, {
    what: 'a statement that is signed with Notation', why: 'a signature of Notation is over an artifact that refers to the image, and attests nothing here',
    help: 'attest it with cosign, and write who attests in the place of the Signer nobody',
  });
}

const ONLY_CERTIFICATES = {
  what: 'a signer with Notation who has no certificate', why: 'Notation signs with certificates alone', help: 'write certificates.cert, and import again',
};
const NO_LOG = {
  what: 'a log beside signatures of Notation', why: 'they are in none', help: 'remove it, and import again',
};
const WORKED_OUT = {
  what: 'certificates that are worked out', why: 'a TrustRoot names them', help: 'write them out, and import again',
};
