/** What helps, where the catalogue speaks of images and pods and something else is judged, or somebody else asks. */
import type { ArtifactKind } from '../domain/artifact/artifact.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { reason } from '../domain/decision/reasons.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import type { ReviewRequest, Surface } from '../domain/decision/review.ts';
import type { FetchProblem } from '../domain/ports.ts';

type Remedies = Partial<Record<ReasonCode, string>>;

const RETRY = 'could not verify, retry';

/** Nothing is pushed beside packages, files and commits, and none of them is signed as images are. */
const OF_NO_IMAGE: Remedies = {
  FETCH_NOT_FOUND: 'check name, version and digest: what is asked for is not there',
  FETCH_UNAUTHORIZED: `${RETRY} after an administrator has named an address that answers without credentials (packages)`,
  FETCH_TOO_MANY: 'hand over less evidence, or have superfluous attestations removed where they are kept',
  VERIFY_FORMAT: 'hand over a Sigstore bundle, or a DSSE envelope with an in-toto statement',
  VERIFY_PAYLOAD_TYPE: 'sign an in-toto statement (application/vnd.in-toto+json)',
};

/** Whoever asks the gate, or lets the API server ask about images alone, is no pod and has no pull secrets that we could read. */
const WITHOUT_SECRETS: Remedies = {
  FETCH_UNAUTHORIZED: `${RETRY} after an administrator of Gatehouse has given it credentials that may read the repository (dockerConfig)`,
  FETCH_CREDENTIALS: `${RETRY} after an administrator of Gatehouse has corrected its credentials (dockerConfig)`,
};

/** Whoever runs a command has written its flags, and often the policies. */
const AT_THE_COMMAND_LINE: Remedies = {
  INPUT_TOO_LARGE: 'give a smaller object',
  SELECT_NO_POLICY: 'add a policy whose artifacts match it, use an artifact that a policy allows, or name the right policies with -p',
  SELECT_LABELS_UNKNOWN: `${RETRY} with -n NAMESPACE and --namespaces FILE, which has the Namespace with its labels`,
  FETCH_NOT_GIVEN: `${RETRY} with --evidence FILE, which git cat-file commit ID > FILE writes; verify and inspect also take --repo DIR, a clone that has it (git -C DIR fetch origin ID)`,
  FETCH_UNAUTHORIZED: `${RETRY} after docker login, or with --docker-config FILE, as somebody who may read the repository`,
  FETCH_UNREACHABLE: `${RETRY}; check the name of the registry, and network, DNS and proxy (HTTPS_PROXY) from here to it`,
  FETCH_TLS: `${RETRY} with --registry-ca HOST=FILE, the PEM of the CA that issued its certificate`,
  FETCH_TIMEOUT: `${RETRY}, with a longer --timeout; when it lasts, ask the operator of the registry`,
  FETCH_RATE_LIMITED: `${RETRY} later, or after docker login as somebody with a higher limit`,
  FETCH_HOST_FORBIDDEN: `${RETRY} with --plain-http HOST or --registry-ca HOST=FILE, if it is meant to be private`,
  FETCH_NOT_CONFIGURED: `${RETRY} with --packages ECOSYSTEM=URL, or hand over its evidence with --evidence`,
  FETCH_CREDENTIALS: `${RETRY} after correcting the docker configuration (--docker-config)`,
  VERIFY_REVOCATION_UNKNOWN: `${RETRY} without --offline, where what is named under "cause" can be reached and is up to date; of a host that is private or this machine with --plain-http HOST`,
  VERIFY_TRUST_ROOT_STALE: `${RETRY}; check that the TUF mirror, file or bundle endpoint of the trust root can be reached from here, and that it is in order`,
};

const OF_THEIR_OWN = 'if you know whose authority issued the certificate, give a TrustRoot of that authority with -p FILE';

/** Nobody is trusted beforehand where no policy is asked: what was signed by a key is proven by naming the key. */
const INSPECTING: Remedies = {
  VERIFY_SIGNER_UNTRUSTED: 'if you know who it is, give the public key with --key FILE, of signers of Notation the TrustRoot with -p FILE',
  VERIFY_CERTIFICATE_UNTRUSTED: OF_THEIR_OWN,
  VERIFY_CERTIFICATE_PROFILE: OF_THEIR_OWN,
  FETCH_NOT_FOUND: 'check the name, and the tag or digest',
};

const BY_SURFACE: Partial<Record<Surface, Remedies>> = { gate: WITHOUT_SECRETS, imagereview: WITHOUT_SECRETS, cli: AT_THE_COMMAND_LINE };

/** Who reads the answer: a question to the gate that a command of ours asks itself is read where its flags were written. */
export function readerOf({ surface, caller }: Pick<ReviewRequest, 'surface' | 'caller'>): Surface {
  return surface === 'gate' && caller?.proof === 'self' ? 'cli' : surface;
}

/** Whom the catalogue calls the owner of the policy; a finding of a policy says of which. */
const OWNER = 'the owner of the policy';

/** The finding, with what helps for this kind of artifact and whoever reads it, unless it says so itself. */
export function withRemedy(finding: Finding, kind: ArtifactKind, surface: Surface): Finding {
  if (finding.verdict === 'satisfied') return finding;
  const known = reason(finding.code).fix;
  const ofKind = kind === 'image' ? undefined : OF_NO_IMAGE[finding.code];
  const fix = named(finding.fix ?? ofKind ?? BY_SURFACE[surface]?.[finding.code] ?? known, finding);
  return fix === known ? finding : { ...finding, fix };
}

/** The problem with what helps whoever inspects at a command line, unless it says so itself. */
export function remedyOfInspection<P extends Pick<FetchProblem, 'code' | 'fix'>>(problem: P, kind: ArtifactKind): P {
  const ofKind = kind === 'image' ? undefined : OF_NO_IMAGE[problem.code];
  const fix = problem.fix ?? (kind === 'package' ? undefined : INSPECTING[problem.code]) ?? ofKind ?? AT_THE_COMMAND_LINE[problem.code];
  return fix === undefined ? problem : { ...problem, fix };
}

function named(fix: string, { policy }: Finding): string {
  return policy === undefined || !fix.includes(OWNER) ? fix : fix.replaceAll(OWNER, () => `the owner of policy ${policy}`);
}
