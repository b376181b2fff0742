import type { CertificateStatuses } from '../../../../src/domain/certificate-status.ts';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { envelopeEvidence } from '../../../support/notation/judge.ts';
import { descriptorOf, makeImage } from '../../../world/image.ts';
import { makeNotary, notarySign } from '../../../world/notation.ts';
import type { NotarySigning } from '../../../world/notation.ts';
import { makeTsa } from '../../../world/tsa.ts';
import type { Scene } from './judge.ts';
import { rowsAt } from './row.ts';
import type { Row } from './row.ts';
import { DAY, doc, HOUR, IMAGE, NOW } from './world.ts';

/** Rows of a `TrustRoot` of kind notation: which chains may sign, when they need a timestamp, and what may stay unread. */
const image = makeImage({ seed: 'notation' });
const [notary, other] = [makeNotary({ now: NOW }), makeNotary({ now: NOW })];
const ended = makeNotary({ now: NOW, leaf: { notAfter: NOW - DAY } });
const [tsa, otherTsa] = [makeTsa({ now: NOW }), makeTsa({ now: NOW })];
const rootOf = ({ chain }: { readonly chain: readonly { readonly pem: string }[] }): string => chain.at(-1)?.pem ?? '';

const signed = (signing: Partial<NotarySigning> = {}): UnverifiedEvidence =>
  envelopeEvidence('notation-jws', notarySign({ notary, target: descriptorOf(image), at: NOW - HOUR, ...signing }), image.manifest);
const scene = (signing: Partial<NotarySigning> = {}): Pick<Scene, 'others'> => ({ others: { [image.digest]: [signed(signing)] } });
const PLUGIN = { attributes: { 'io.cncf.notary.verificationPlugin': 'acme', 'acme.job': '7' }, critical: ['io.cncf.notary.verificationPlugin', 'acme.job'] };
/** Nobody answers about any certificate. */
const UNHEARD: CertificateStatuses = { of: () => ({ state: 'unknown', cause: 'nobody answers' }), generation: () => 0 };
const STAMPED = scene({ notary: ended, at: NOW - 2 * DAY, tsa });

const SCENE: Scene = {
  documents: [
    doc('TrustRoot', 'stores', { notation: { ca: rootOf(notary) } }),
    doc('Signer', 'notary', { identities: [{ x509: { subject: 'C=US, ST=WA, O=Acme, CN=release', trustRoot: 'stores' } }] }),
    doc('ClusterArtifactPolicy', 'p', { artifacts: [{ image: '**' }], require: [{ name: 'signed', signature: { by: ['notary'] } }] }),
  ],
  artifact: { ...IMAGE, raw: `ghcr.io/acme/app:1@${image.digest}`, digest: image.digest },
  namespace: 'prod',
  labels: {},
  evidence: [],
  ...scene(),
};
const make = rowsAt('TrustRoot', SCENE, 'spec.notation');
const plugins = (attributes: readonly string[]): Readonly<Record<string, unknown>> => ({ verificationPlugins: [{ name: 'acme', attributes }] });

export const notationRows: readonly Row[] = [
  make('ca', rootOf(other), 'VERIFY_CERTIFICATE_UNTRUSTED'),
  make('signingAuthority', rootOf(other), 'VERIFY_CERTIFICATE_UNTRUSTED', {
    base: { ca: undefined, signingAuthority: rootOf(notary) }, scene: scene({ scheme: 'notary.x509.signingAuthority' }),
  }),
  make('tsa', rootOf(otherTsa), 'VERIFY_TIMESTAMP', { base: { ca: rootOf(ended), tsa: rootOf(tsa) }, scene: STAMPED }),
  make('verifyTimestamp', 'afterCertExpiry', 'POLICY_SATISFIED', { base: { tsa: rootOf(tsa) }, from: 'VERIFY_TIME_MISSING' }),
  make('revocation', 'hard', 'VERIFY_REVOCATION_UNKNOWN', { scene: { ...scene(), certificates: UNHEARD }, base: { revocation: 'soft' } }),
  make('verificationPlugins.0.name', 'other', 'VERIFY_FORMAT', { base: plugins(['acme.job']), scene: scene(PLUGIN) }),
  make('verificationPlugins.0.attributes', ['acme.job'], 'POLICY_SATISFIED', { base: plugins(['acme.other']), scene: scene(PLUGIN), from: 'VERIFY_FORMAT' }),
];
