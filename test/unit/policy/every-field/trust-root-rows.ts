import type { TrustReader } from '../../../../src/domain/ports.ts';
import { pem } from '../../../world/encode.ts';
import type { Certificate } from '../../../world/x509.ts';
import { TufRepo } from '../../../world/tuf.ts';
import { createWorld } from '../../../world/world.ts';
import { rowsAt } from './row.ts';
import type { More, Row } from './row.ts';
import { KEYLESS, trusting } from './signer-rows.ts';
import { DAY, HOUR, iso, NOW, signs, signsInLayer, WORKFLOW, world } from './world.ts';

/** Rows of a `TrustRoot`: who may vouch for signers and times, and how much of it there must be. */
const elsewhere = createWorld({ now: NOW });
const SCENE = trusting({ keyless: KEYLESS }, { evidence: [signs({ by: WORKFLOW })] });
const STAMPED = { evidence: [signs({ by: WORKFLOW, tsa: true })] };
const make = rowsAt('TrustRoot', SCENE, 'spec.sigstore');

const validFor = { start: iso(NOW - 1000 * DAY) };
const chain = (certificates: readonly Certificate[]): string => certificates.map(({ der }) => pem('CERTIFICATE', der)).join('');
const log = ({ key, baseUrl }: { readonly key: { readonly publicKeyPem: string }; readonly baseUrl: string }): object => ({
  publicKey: key.publicKeyPem,
  baseUrl,
  validFor,
});
const LISTS = {
  certificateAuthorities: [{ chain: chain(world.ca.chain), validFor }],
  timestampAuthorities: [{ chain: chain(world.tsa.chain), validFor }],
  transparencyLogs: [log(world.rekor), { ...log(world.rekor2), operator: 'beta' }],
  ctLogs: [log(world.ctLog)],
};
/** The same world, its authorities written one by one. */
const plain = (more: object = {}): More => ({ base: { 'spec.sigstore': { ...LISTS, ...more } } });
const [UNTRUSTED, UNSTAMPED] = ['VERIFY_CERTIFICATE_UNTRUSTED', 'VERIFY_TIMESTAMP'];
const stamped: More = { ...plain({ require: { timestamps: 1 } }), scene: STAMPED };
const modern: More = { ...plain({ require: { timestamps: 1 } }), scene: { evidence: [signs({ by: WORKFLOW, log: 'v2' })] } };
const long = iso(NOW - 900 * DAY);

/**
 * A repository that publishes this world under one mirror, folder and name. It is due to be asked again within two
 * hours, and could not be asked for three days: so the compiler must hand on both durations, whose keeping the tests of the
 * follower (test/unit/feeds/trust-roots, test/acceptance/tuf-trust-root.test.ts) watch.
 */
const [first, second] = [new TufRepo({ now: NOW }), new TufRepo({ now: NOW })].map((repo): unknown =>
  JSON.parse(Buffer.from(repo.roots[0] ?? []).toString()),
);
const TUF = {
  mirror: 'https://tuf.example/metadata',
  targets: 'https://tuf.example/targets',
  root: first,
  target: 'trust/root.json',
  refresh: '1h',
  maxStale: '7d',
};
const tufRoot: TrustReader['tufRoot'] = (_, { mirror, targets, root, target, refresh, maxStale }) => {
  const asked = mirror === TUF.mirror && targets === TUF.targets && target === TUF.target && JSON.stringify(root) === JSON.stringify(first);
  return asked && refresh <= 2 * HOUR && maxStale >= 3 * DAY
    ? { usable: true, content: world.trustedRoot() }
    : { usable: false, cause: 'nothing there' };
};
const published: More = { base: { 'spec.sigstore': { tuf: TUF } }, scene: { tufRoot } };
const tuf = (field: string, value: unknown): Row => make(`tuf.${field}`, value, 'VERIFY_TRUST_ROOT_STALE', published);

const told = (field: string, value: string, lint: RegExp, why: string): Row => make(field, value, { lint }, { ...plain(), why });

export const trustRootRows: readonly Row[] = [
  make('publicGood', true, 'POLICY_SATISFIED', { base: { 'spec.sigstore': {} }, from: 'refused' }),
  make('trustedRoot', elsewhere.trustedRoot(), UNTRUSTED),
  tuf('mirror', 'https://other.example/metadata'),
  tuf('targets', 'https://other.example/targets'),
  tuf('root', second),
  tuf('target', 'trust/other.json'),
  tuf('refresh', '6h'),
  tuf('maxStale', '2d'),
  make('certificateAuthorities.0.chain', chain(elsewhere.ca.chain), UNTRUSTED, plain()),
  make('certificateAuthorities.0.validFor.start', iso(NOW - 60_000), 'VERIFY_CERTIFICATE_EXPIRED', plain()),
  make('certificateAuthorities.0.validFor.end', long, 'VERIFY_CERTIFICATE_EXPIRED', plain()),
  told('certificateAuthorities.0.uri', '', /must not be empty/, 'says for readers where the authority is'),
  make('timestampAuthorities.0.chain', chain(elsewhere.tsa.chain), UNSTAMPED, stamped),
  make('timestampAuthorities.0.validFor.start', iso(NOW - 60_000), UNSTAMPED, stamped),
  make('timestampAuthorities.0.validFor.end', long, UNSTAMPED, stamped),
  told('timestampAuthorities.0.uri', '', /must not be empty/, 'says for readers where the authority is'),
  make('transparencyLogs.0.publicKey', elsewhere.rekor.key.publicKeyPem, 'VERIFY_LOG_INVALID', plain()),
  make('transparencyLogs.0.validFor.start', iso(NOW - 60_000), 'VERIFY_LOG_INVALID', plain()),
  make('transparencyLogs.0.validFor.end', long, 'VERIFY_LOG_INVALID', plain()),
  make('transparencyLogs.1.baseUrl', 'https://other.example', 'VERIFY_LOG_INVALID', modern),
  make('transparencyLogs.1.logId', world.rekor2.key.hint, 'VERIFY_LOG_INVALID', modern),
  make('transparencyLogs.0.operator', 'alpha', 'POLICY_SATISFIED', {
    ...plain({ require: { transparencyLogOperators: 1 } }),
    from: 'VERIFY_LOG_MISSING',
  }),
  make('ctLogs.0.publicKey', elsewhere.ctLog.key.publicKeyPem, 'VERIFY_SCT', plain()),
  make('ctLogs.0.validFor.start', iso(NOW - 60_000), 'VERIFY_SCT', plain()),
  make('ctLogs.0.validFor.end', long, 'VERIFY_SCT', plain()),
  told('ctLogs.0.baseUrl', 'ftp://ct.example', /URL of the log/, 'no proof of a CT log names it; its id is made of its key'),
  told('ctLogs.0.logId', elsewhere.ctLog.key.hint, /is not the id of this key/, 'follows from the key, and is compared with it'),
  told('ctLogs.0.operator', '', /must not be empty/, 'says for readers who runs the log; operators are counted of transparency logs only'),
  make('require.transparencyLog', 2, 'VERIFY_LOG_MISSING'),
  make('require.transparencyLogOperators', 1, 'VERIFY_LOG_MISSING', plain()),
  make('require.sct', 0, 'POLICY_SATISFIED', {
    scene: { evidence: [signs({ by: WORKFLOW, override: { certificate: { ctLogs: [] } } })] },
    from: 'VERIFY_SCT',
  }),
  make('require.timestamps', 1, UNSTAMPED),
  make('secondOpinion', 'require', 'VERIFY_NO_SECOND_OPINION', { scene: { evidence: [signsInLayer(WORKFLOW)] } }),
];
