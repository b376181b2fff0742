/** `keyless` of an authority: who is named by certificates, and under which root they are proven. */
import type { JsonObject } from '../../text/json/fields.ts';
import { isObject } from '../../text/json/fields.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { exactly, issuerMatching, keylessIdentities, subjectsMatching } from '../identity.ts';
import type { Named } from '../identity.ts';
import type { Session } from '../session.ts';
import { cannot } from '../signing.ts';
import type { Signers } from '../signing.ts';
import type { Result } from '../../text/result.ts';
import { missedIn } from './missed.ts';

const PUBLIC_FULCIO = /^https?:\/\/fulcio\.sigstore\.dev\/?$/;
const PUBLIC_REKOR = /^https?:\/\/rekor\.sigstore\.dev\/?$/;

/** One Signer with all identities, any of whom will do. */
export function keylessOf(authority: MapReader, session: Session): Signers {
  const { source } = authority;
  const keyless = authority.map('keyless');
  if (keyless === undefined) return { none: { kind: 'any', parts: [] } };
  const { has } = keyless;
  if (has('url') && has('ca-cert')) refuse(source, keyless.path, 'exactly one of ca-cert, url; found both');
  const people = keyless.maps('identities');
  if (people.length === 0) refuse(source, keyless.at('identities'), 'at least one identity');
  const read = people.map((person) => identitiesOf(person));
  if (keyless.flag('insecureIgnoreSCT') === true)
    source.remark('stricter', keyless.at('insecureIgnoreSCT'), {
      what: 'certificates have to be in a CT log all the same', why: 'a TrustRoot that lists CT logs demands it',
      help: 'for a deployment without CT log import a TrustRoot that lists none',
    });
  const root = rootOf(authority, keyless, session);
  if ('none' in root) return root;
  const identities = read.flatMap((one) => keylessIdentities(one.issuers, one.subjects, root.more));
  return identities.length > 100
    ? { none: cannot(source, keyless.at('identities'), {
      what: `${identities.length} identities`, why: 'a Signer has at most 100', help: 'split the authority',
    }) }
    : { any: [identities] };
}

function identitiesOf(person: MapReader): { readonly issuers: readonly Named[]; readonly subjects: readonly Named[] } {
  const one = (name: 'issuer' | 'subject', matching: (text: string) => Result<readonly Named[]>): readonly Named[] => {
    const [exact, expression] = [person.text(name), person.text(`${name}RegExp`)];
    if ((exact === undefined) === (expression === undefined)) refuse(person.source, person.path, `exactly one of ${name}, ${name}RegExp`);
    const read = exact === undefined ? matching(expression ?? '.') : exactly(name, exact);
    if (read.ok) return read.value;
    const key = exact === undefined ? `${name}RegExp` : name;
    person.source.remark('refused', person.at(key), { what: 'it cannot be read', why: read.problem, help: 'mend the file' });
    return [];
  };
  return { issuers: one('issuer', issuerMatching), subjects: one('subject', subjectsMatching) };
}

type Root = { readonly more: JsonObject } | Extract<Signers, { none: unknown }>;

function rootOf(authority: MapReader, keyless: MapReader, session: Session): Root {
  const { source } = authority;
  const log = authority.map('ctlog');
  const [url, ref, logUrl, logRef] = [keyless.text('url'), keyless.text('trustRootRef'), log?.text('url'), log?.text('trustRootRef')];
  const ca = keyless.raw('ca-cert');
  if (ca !== undefined)
    return {
      none: cannot(source, keyless.at('ca-cert'), {
        what: 'an authority of certificates beside any trust root', why: 'policy-controller never verifies by it, and it does not stand in the file',
        help: 'import a TrustRoot with sigstoreKeys.certificateAuthorities, and name it as trustRootRef',
      }),
    };
  const named = ref ?? logRef;
  const missing = named !== undefined && !session.roots.has(named);
  if (missing || (ref !== logRef && logRef !== undefined))
    return {
      none: cannot(source, ref === undefined || !missing ? log?.at('trustRootRef') ?? keyless.path : keyless.at('trustRootRef'), {
        what: missing ? `TrustRoot ${named}` : 'a log of another trust root than that of the certificates',
        why: missing ? 'it is not among the files that are imported' : 'one TrustRoot says all that an identity is proven with',
        help: missing ? 'import it in the same call' : 'name one TrustRoot in both places, with both in it',
      }),
    };
  const foreign = (at: string | undefined, known: RegExp): boolean => at !== undefined && !known.test(at);
  if (named === undefined && (foreign(url, PUBLIC_FULCIO) || foreign(logUrl, PUBLIC_REKOR)))
    return {
      none: cannot(source, foreign(url, PUBLIC_FULCIO) ? keyless.at('url') : log?.at('url') ?? keyless.path, {
        what: 'a private deployment of Sigstore', why: 'its certificates and keys do not stand here: policy-controller has them from its own configuration',
        help: 'import a TrustRoot of it in the same call, and name it as trustRootRef',
      }),
    };
  if (log === undefined ? ref !== undefined : logUrl === undefined && logRef === undefined)
    source.remark('stricter', log?.path ?? keyless.at('trustRootRef'), {
      what: 'signatures have to be in a log where the trust root lists one', why: 'policy-controller looks at no log here', help: 'nothing, where they are',
    });
  const stamp = authority.map('rfc3161timestamp')?.text('trustRootRef');
  const root = named === undefined ? undefined : session.roots.get(named);
  const isLogged = stamp === undefined && (logUrl !== undefined || logRef !== undefined);
  const isInCtLog = keyless.flag('insecureIgnoreSCT') !== true;
  const missed = root === undefined ? undefined : missedIn(root, session, { transparencyLogs: isLogged, ctLogs: isInCtLog });
  if (missed !== undefined) return { none: cannot(source, keyless.at('trustRootRef'), missed) };
  if (root === undefined || stamp === undefined) return { more: root === undefined ? {} : { trustRoot: root } };
  return stampedRoot(session, root) ?? {
    none: cannot(source, authority.at('rfc3161timestamp'), {
      what: 'timestamps under a TrustRoot that lists no timestamp authority', why: 'nobody is listed who could have given them',
      help: 'list timestampAuthorities in it, and import again',
    }),
  };
}

/** The same root, by which a timestamp has to be brought as well. */
function stampedRoot(session: Session, name: string): Root | undefined {
  const spec = session.trustRoots.find((one) => one.name === name)?.spec['sigstore'];
  if (!isObject(spec) || !['tuf', 'timestampAuthorities'].some((key) => Object.hasOwn(spec, key))) return undefined;
  const from = `${name}, with timestamps`;
  return { more: { trustRoot: session.root(`${name}-timestamped`, { sigstore: { ...spec, require: { timestamps: 1 } } }, from) } };
}
