/** Trust policies of Notation: their scopes are kept and shut, since who signs by X.509 certificate cannot be named yet. */
import { ALWAYS } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { EVERYTHING, scopeOf } from '../scope.ts';
import type { Scope } from '../scope.ts';
import type { PolicyDraft, Session } from '../session.ts';
import { cannot } from '../signing.ts';

const LEVELS = ['strict', 'permissive', 'audit', 'skip'];
const CHECKS = ['integrity', 'authenticity', 'authenticTimestamp', 'expiry', 'revocation'];
const REPOSITORY = /^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]{1,5})?(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+$/;

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

/** Translates one. A repository's own statement counts there in the place of that for `*`. */
export function notationTrustPolicy(root: MapReader, session: Session): readonly PolicyDraft[] {
  const { source } = root;
  const version = root.text('version');
  if (version !== '1.0') refuse(source, ['version'], '"1.0"');
  const statements = root.maps('trustPolicies').map((one, index) => statementOf(one, index));
  if (statements.length === 0) refuse(source, ['trustPolicies'], 'at least one statement');
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

function statementOf(one: MapReader, index: number): Statement {
  const { source, path } = one;
  const name = one.text('name') ?? '';
  if (name === '') refuse(source, one.at('name'), 'a name');
  const scopes = one.texts('registryScopes');
  const isForAll = scopes.includes('*');
  const isBlob = !one.has('registryScopes') && one.raw('globalPolicy') !== undefined;
  if (scopes.length === 0 || (isForAll && scopes.length > 1))
    refuse(source, one.at('registryScopes'), isBlob ? 'a policy about images, not about blobs' : 'repositories, or "*" alone');
  const repositories = scopes.filter((scope) => scope !== '*');
  for (const scope of repositories) if (!REPOSITORY.test(scope)) refuse(source, one.at('registryScopes'), 'HOST/REPOSITORY without wildcards');
  const verification = one.map('signatureVerification');
  const level = verification?.text('level') ?? '';
  if (!LEVELS.includes(level)) refuse(source, verification?.at('level') ?? path, LEVELS.join(', '));
  readOverrides(verification, level);
  verification?.without('verifyTimestamp');
  const [stores, identities] = [one.texts('trustStores'), one.texts('trustedIdentities')];
  checkTrust(one, { level, stores, identities });
  const comments = [`Notation trust policy ${name}, ${source.place(path)}`];
  const label = name === '' ? `trust-policy-${index}` : name;
  if (level === 'skip') return { name: label, path, repositories, isForAll, draft: { formula: ALWAYS, comments } };
  const formula = cannot(source, path, {
    what: `signatures of Notation by ${stores.join(', ')}`, why: 'signers by X.509 certificate are not supported by this version',
    help: 'sign the images with cosign as well, and write who signs in the place of the Signer nobody',
  });
  return { name: label, path, repositories, isForAll, draft: { formula, comments } };
}

function readOverrides(verification: MapReader | undefined, level: string): void {
  const override = verification?.map('override');
  if (override === undefined) return;
  if (level === 'skip') refuse(override.source, override.path, 'no override beside skip');
  for (const check of CHECKS) {
    const action = override.text(check);
    if (action === undefined) continue;
    if (check === 'integrity' || !['enforce', 'log', 'skip'].includes(action)) refuse(override.source, override.at(check), 'enforce, log or skip, and nothing for integrity');
  }
  for (const key of override.unread()) refuse(override.source, override.at(key), CHECKS.slice(1).join(', '));
}

interface Trust {
  readonly level: string;
  readonly stores: readonly string[];
  readonly identities: readonly string[];
}

function checkTrust(one: MapReader, { level, stores, identities }: Trust): void {
  const { source } = one;
  if (level === 'skip') {
    if (stores.length + identities.length > 0) refuse(source, one.path, 'no trust stores and identities beside skip');
    return;
  }
  if (stores.length === 0) refuse(source, one.at('trustStores'), 'at least one trust store');
  for (const store of stores)
    if (!/^(?:ca|signingAuthority|tsa):[A-Za-z0-9_.-]+$/.test(store)) refuse(source, one.at('trustStores'), 'ca:NAME, signingAuthority:NAME or tsa:NAME');
  if (identities.length === 0 || (identities.includes('*') && identities.length > 1))
    refuse(source, one.at('trustedIdentities'), 'identities, or "*" alone');
  for (const identity of identities)
    if (identity !== '*' && !isNamed(identity)) refuse(source, one.at('trustedIdentities'), 'x509.subject: with C, ST and O, or "*"');
}

/** Country, state and organisation have to be there, and no attribute twice (specification of trust policies). */
function isNamed(identity: string): boolean {
  const [, subject] = /^x509\.subject:(.*)$/s.exec(identity) ?? [];
  if (subject === undefined) return false;
  const attributes = subject.split(/(?<!\\),/).map((part) => /^\s*([A-Za-z]+)\s*=\s*(.*\S)\s*$/s.exec(part)?.[1]?.toUpperCase());
  const isUnique = !attributes.includes(undefined) && new Set(attributes).size === attributes.length;
  return isUnique && ['C', 'ST', 'O'].every((name) => attributes.includes(name));
}
