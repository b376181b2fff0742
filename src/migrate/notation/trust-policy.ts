/** Trust policies of Notation: scopes become policies, stores a trust root, and identities signers by the names of their certificates. */
import type { JsonObject } from '../../text/json/fields.ts';
import { scopeProblem } from '../../policy/notation/registry-scope.ts';
import { ALWAYS } from '../formula.ts';
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { EVERYTHING, scopeOf } from '../scope.ts';
import type { Scope } from '../scope.ts';
import type { PolicyDraft, Session } from '../session.ts';
import { placeOf } from '../session.ts';
import { cannot, signedBy } from '../signing.ts';
import { readTrust } from './trust.ts';
import type { Trust } from './trust.ts';

const LEVELS = ['strict', 'permissive', 'audit', 'skip'];
const CHECKS = ['integrity', 'authenticity', 'authenticTimestamp', 'expiry', 'revocation'] as const;
/** What each level does not enforce: it is logged there, and enforced here. */
const LOGGED: Readonly<Record<string, readonly string[]>> = {
  permissive: ['authenticTimestamp', 'expiry', 'revocation'],
  audit: ['authenticity', 'authenticTimestamp', 'expiry', 'revocation'],
};

/** True for a document that is one, by its shape: it has no kind. */
export function isTrustPolicy(value: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(value['trustPolicies']) && !Object.hasOwn(value, 'kind');
}

interface Statement {
  readonly name: string;
  readonly path: MapReader['path'];
  readonly repositories: readonly string[];
  readonly isForAll: boolean;
  readonly draft: Pick<PolicyDraft, 'formula' | 'comments'>;
}

/** Where the certificates of stores are found, by how trust policies name them, and what helps where they are not. */
export interface StoresBeside {
  readonly stores: ReadonlyMap<string, string>;
  readonly help: string;
}

/** Translates one that is a file, whose stores lie beside it. */
export function notationTrustPolicy(root: MapReader, session: Session): readonly PolicyDraft[] {
  return trustPolicyOf(root, session, { stores: session.stores, help: 'name its folder as well: gatehouse policy import trustpolicy.json truststore' });
}

/** Translates one. A repository's own statement counts there in the place of that for `*`. */
export function trustPolicyOf(root: MapReader, session: Session, beside: StoresBeside): readonly PolicyDraft[] {
  const { source } = root;
  const version = root.text('version');
  if (version !== '1.0') refuse(source, root.at('version'), '"1.0"');
  const statements = root.maps('trustPolicies').map((one, index) => statementOf(one, index, { session, beside }));
  if (statements.length === 0) refuse(source, root.at('trustPolicies'), 'at least one statement');
  const seen = new Set<string>();
  for (const { name, repositories, isForAll, path } of statements)
    for (const word of [`name ${name}`, ...repositories.map((one) => `scope ${one}`), ...(isForAll ? ['scope *'] : [])]) {
      if (seen.has(word)) refuse(source, path, `each name and each scope once; found ${word} twice`);
      seen.add(word);
    }
  const own: readonly Scope[] = statements.flatMap(({ repositories }) => repositories.map(exactly));
  return statements.map(({ name, path, repositories, isForAll, draft }) => ({
    ...draft, kind: 'ClusterArtifactPolicy', name: session.policyName(name), mode: 'enforce',
    scopes: isForAll ? [{ scope: EVERYTHING, path }] : repositories.map((one) => ({ scope: exactly(one), path })),
    ...(isForAll && own.length > 0 ? { except: own } : {}),
  }));
}

/** A scope is a repository, with every tag and digest of it. */
function exactly(repository: string): Scope {
  return scopeOf(`${repository}:*`);
}

interface Around {
  readonly session: Session;
  readonly beside: StoresBeside;
}

function statementOf(one: MapReader, index: number, around: Around): Statement {
  const { source, path } = one;
  const name = one.text('name') ?? '';
  if (name === '') refuse(source, one.at('name'), 'a name');
  const scopes = one.texts('registryScopes');
  const isForAll = scopes.includes('*');
  if (scopes.length === 0 || (isForAll && scopes.length > 1))
    refuse(source, one.at('registryScopes'), 'repositories, or "*" alone');
  if (one.raw('globalPolicy') !== undefined) refuse(source, one.at('globalPolicy'), 'a policy about images, not about blobs');
  const repositories = scopes.filter((scope) => scope !== '*');
  for (const scope of repositories) {
    const problem = scopeProblem(scope);
    if (problem !== undefined) refuse(source, one.at('registryScopes'), problem.replace(/^expected /, ''));
  }
  const verification = one.map('signatureVerification');
  const level = verification?.text('level') ?? '';
  if (!LEVELS.includes(level)) refuse(source, verification?.at('level') ?? path, LEVELS.join(', '));
  const logged = loggedBy(verification, level);
  const verifyTimestamp = verification?.text('verifyTimestamp');
  if (verification !== undefined && !['always', 'afterCertExpiry', undefined].includes(verifyTimestamp))
    refuse(source, verification.at('verifyTimestamp'), 'always or afterCertExpiry');
  const trust = readTrust(one, level);
  const comments = [`Notation trust policy ${name}, ${source.place(path)}`];
  const label = name === '' ? `trust-policy-${index}` : name;
  const formula = level === 'skip' ? ALWAYS : demanded({ one, name: label, trust, logged, verifyTimestamp }, around);
  return { name: label, path, repositories, isForAll, draft: { formula, comments } };
}

/** The checks that are not enforced there, by level and override; revocation also where it is skipped. */
function loggedBy(verification: MapReader | undefined, level: string): ReadonlySet<string> {
  const logged = new Set(Object.hasOwn(LOGGED, level) ? LOGGED[level] : []);
  const override = verification?.map('override');
  if (override === undefined) return logged;
  if (level === 'skip') refuse(override.source, override.path, 'no override beside skip');
  for (const check of CHECKS) {
    const action = override.text(check);
    if (action === undefined) continue;
    if (check === 'integrity' || !(action === 'enforce' || action === 'log' || (action === 'skip' && check === 'revocation')))
      refuse(override.source, override.at(check), 'enforce or log, of revocation also skip, and nothing for integrity');
    if (action === 'enforce') logged.delete(check);
    else logged.add(check);
  }
  for (const key of override.unread()) refuse(override.source, override.at(key), CHECKS.slice(1).join(', '));
  return logged;
}

interface Demand {
  readonly one: MapReader;
  readonly name: string;
  readonly trust: Trust;
  readonly logged: ReadonlySet<string>;
  readonly verifyTimestamp: string | undefined;
}

/** A signature by whom the statement trusts, under a trust root made of its stores. */
function demanded({ one, name, trust, logged, verifyTimestamp }: Demand, { session, beside: { stores, help } }: Around): Formula {
  const { source, path } = one;
  const from = placeOf(source, path);
  const missing = trust.stores.filter((store) => !stores.has(store));
  if (missing.length > 0)
    return cannot(source, one.at('trustStores'), {
      what: `signatures of Notation by ${missing.join(', ')}`, why: 'the certificates of the store are not among the files',
      help,
    });
  const pem = (type: string): string => trust.stores.filter((store) => store.startsWith(`${type}:`))
    .map((store) => (stores.get(store) ?? '').trim()).join('\n');
  const [ca, signingAuthority, tsa] = [pem('ca'), pem('signingAuthority'), pem('tsa')];
  if (ca === '' && signingAuthority === '')
    return cannot(source, one.at('trustStores'), {
      what: `signatures of Notation by ${trust.stores.join(', ')}`, why: 'timestamp authorities sign no images', help: 'name a store of signers',
    });
  const asked = logged.has('revocation') ? 'soft' : 'hard';
  const isDated = tsa !== '' && ca !== '';
  const root = session.root(name, {
    notation: {
      ...(ca === '' ? {} : { ca: `${ca}\n` }), ...(signingAuthority === '' ? {} : { signingAuthority: `${signingAuthority}\n` }),
      ...(isDated ? { tsa: `${tsa}\n` } : {}), ...(isDated && verifyTimestamp !== undefined ? { verifyTimestamp } : {}),
      revocation: asked,
    },
  }, from);
  const names: readonly JsonObject[] = trust.identities === 'all'
    ? [{ subjectGlob: '**' }]
    : trust.identities.map((subjectIncludes) => ({ subjectIncludes }));
  const signer = session.signer(name, names.map((holder) => ({ x509: { ...holder, trustRoot: root } })), from);
  const strict = CHECKS.filter((check) => logged.has(check) && check !== 'revocation');
  if (strict.length > 0)
    source.remark('stricter', one.at('signatureVerification'), {
      what: `${strict.join(', ')} is enforced`, why: 'there it is only logged', help: 'see with mode: audit what that would refuse, before it is enforced',
    });
  return signedBy(signer, `signed with Notation by ${name}`, from);
}
