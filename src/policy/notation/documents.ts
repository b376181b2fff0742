/** Trust policies of Notation among policies: each statement stands for documents of ours, whose places are those of the statement. */
import { isObject, own, ownText } from '../../text/json/fields.ts';
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import type { PolicyDocument } from '../read/documents.ts';
import type { Path } from '../read/problems.ts';
import { Reporter } from '../read/reporter.ts';
import { API_VERSION, resourceName } from '../schema/common.ts';
import { parseDocument } from '../schema/problems.ts';
import type { NamedStore, TrustStatement } from './schema.ts';
import { trustPolicySchema } from './schema.ts';

/** True for a document that is one, by its shape: it has no kind. */
export function isTrustPolicy(value: unknown): boolean {
  return isObject(value) && Array.isArray(own(value, 'trustPolicies')) && !Object.hasOwn(value, 'kind');
}

/**
 * The documents with a trust root, a signer and a policy for each statement in the place of every trust policy. A store `ca:acme` is
 * `spec.notation.ca` of the TrustRoot `acme` among the documents. What a trust policy may not say is reported; then nothing stands in its
 * place. Whatever is only logged there is enforced here, and told.
 */
export function withTrustPolicies(documents: readonly PolicyDocument[], problems: PolicyProblem[]): readonly PolicyDocument[] {
  if (!documents.some(({ value }) => isTrustPolicy(value))) return documents;
  const shared: Shared = { stores: storesOf(documents), names: new Map(), scopes: new Map() };
  const written = documents.flatMap((document) =>
    (isTrustPolicy(document.value) ? expanded(document, shared, new Reporter(document, problems)) : [document]));
  // Whoever is asked for where nobody is asked is there once, however many statements skip.
  return written.filter(({ value }, index) => value !== NOBODY || written.findIndex((other) => other.value === NOBODY) === index);
}

/** What the statements of all trust policies share. */
interface Shared {
  /** PEM by store name, `ca acme`. */
  readonly stores: ReadonlyMap<string, string>;
  /** The names that stand for statements, with those of the statements. */
  readonly names: Map<string, string>;
  /** Whose scopes these are, of trust policies that came before. */
  readonly scopes: Map<string, Reporter>;
}

/** PEM by store name, `ca acme`. */
function storesOf(documents: readonly PolicyDocument[]): ReadonlyMap<string, string> {
  return new Map(documents.flatMap(({ value }): [string, string][] => {
    const notation = own(own(value, 'spec'), 'notation');
    const name = ownText(own(value, 'metadata'), 'name');
    if (ownText(value, 'kind') !== 'TrustRoot' || name === undefined) return [];
    return (['ca', 'signingAuthority', 'tsa'] as const).flatMap((type) => {
      const pem = ownText(notation, type);
      return pem === undefined ? [] : [[`${type} ${name}`, pem] as [string, string]];
    });
  }));
}

function expanded(document: PolicyDocument, shared: Shared, report: Reporter): readonly PolicyDocument[] {
  const read = parseDocument(trustPolicySchema, document.value, report);
  if (read === undefined || !areSound(read.trustPolicies, report)) return [];
  adviseScopes(read.trustPolicies, shared.scopes, report);
  const own = read.trustPolicies.flatMap(({ registryScopes }) => registryScopes.filter((scope) => scope !== '*'));
  const values = read.trustPolicies.flatMap((statement, index) =>
    documentsOf(statement, { ...shared, path: ['trustPolicies', index], report, own }).map((value) => ({ value, index })));
  const needsNobody = read.trustPolicies.findIndex(({ signatureVerification: { level } }) => level === 'skip');
  return [...values, ...(needsNobody < 0 ? [] : [{ value: NOBODY, index: needsNobody }])].map(({ value, index }): PolicyDocument => ({
    file: document.file,
    value,
    position: () => document.position(['trustPolicies', index]),
    positionIn: () => document.position(['trustPolicies', index]),
  }));
}

/** What takes several fields, or several statements. */
function areSound(statements: readonly TrustStatement[], report: Reporter): boolean {
  const seen = new Set<string>();
  let sound = true;
  const wrong = (path: Path, message: string): void => {
    sound = false;
    report.error(path, message);
  };
  for (const [index, statement] of statements.entries()) {
    const path: Path = ['trustPolicies', index];
    const { name, registryScopes, trustStores = [], trustedIdentities = [], signatureVerification: { level, override } } = statement;
    for (const word of [`name ${name}`, ...registryScopes.map((scope) => `scope ${scope}`)]) {
      if (seen.has(word)) wrong(path, `${word} stands in two places: each name and each scope may be there once`);
      seen.add(word);
    }
    if (registryScopes.includes('*') && registryScopes.length > 1) wrong([...path, 'registryScopes'], '"*" has to stand alone');
    if (trustedIdentities.includes('all') && trustedIdentities.length > 1) wrong([...path, 'trustedIdentities'], '"*" has to stand alone');
    if (level === 'skip' && trustStores.length + trustedIdentities.length > 0) wrong(path, 'level skip trusts nobody: remove trustStores and trustedIdentities');
    if (level === 'skip' && override !== undefined) wrong([...path, 'signatureVerification', 'override'], 'level skip has nothing to override');
    if (level !== 'skip' && trustStores.length === 0) wrong(path, 'trustStores is missing');
    if (level !== 'skip' && trustedIdentities.length === 0) wrong(path, 'trustedIdentities is missing');
    if (overlap(trustedIdentities)) wrong([...path, 'trustedIdentities'], 'an identity includes another one: remove the narrower');
  }
  return sound;
}

/** What Notation decides by the one statement that fits best, in the one document that it reads. */
function adviseScopes(statements: readonly TrustStatement[], before: Map<string, Reporter>, report: Reporter): void {
  const others = statements.some((one) => one.signatureVerification.level !== 'skip' && one.registryScopes.includes('*'));
  const reported = [...before];
  for (const [index, { registryScopes, signatureVerification: { level } }] of statements.entries())
    for (const [at, scope] of registryScopes.entries()) {
      const path: Path = ['trustPolicies', index, 'registryScopes', at];
      if (level === 'skip' && others && scope !== '*')
        report.advise('notation-scope-skipped', path, `level skip takes ${scope} out of the statement for "*": what is there needs no signature; remove the statement, or give it another level`);
      const [, other] = reported.find(([one]) => one === scope || one === '*' || scope === '*') ?? [];
      if (other !== undefined)
        report.advise('notation-scope-twice', path, `${scope} is spoken of by the trust policy ${other.place()} as well, and both must hold here; write all statements in one document`);
      before.set(scope, report);
    }
}

function overlap(identities: NonNullable<TrustStatement['trustedIdentities']>): boolean {
  const subjects = identities.filter((one) => one !== 'all');
  return subjects.some((outer, at) => subjects.some((inner, other) => at !== other
    && outer.attributes.every(({ type, value }) => inner.attributes.some((one) => one.type === type && one.value === value))));
}

interface Site extends Shared {
  readonly path: Path;
  readonly report: Reporter;
  /** Repositories that have statements of their own. */
  readonly own: readonly string[];
}

/** What the levels only log; revocation is apart, since what is not looked up cannot be enforced either. */
const LOGGED = {
  strict: [], permissive: ['authenticTimestamp', 'expiry'], audit: ['authenticity', 'authenticTimestamp', 'expiry'], skip: [],
} as const;

function documentsOf(statement: TrustStatement, site: Site): readonly unknown[] {
  const { registryScopes, signatureVerification, trustStores = [], trustedIdentities = [] } = statement;
  const { level, override = {}, verifyTimestamp } = signatureVerification;
  const { path, report, own } = site;
  const name = nameOf(statement.name, site.names);
  const scopes = registryScopes.includes('*')
    ? { artifacts: [{ image: '**' }], ...(own.length === 0 ? {} : { except: own.map((image) => ({ image })) }) }
    : { artifacts: registryScopes.map((image) => ({ image })) };
  if (level === 'skip')
    return [document('ClusterArtifactPolicy', name, {
      ...scopes, mode: 'warn', require: [{ name: 'level skip: nobody is asked', signature: { by: [NOBODY.metadata.name] } }],
    })];
  const revocation = override.revocation ?? (level === 'strict' ? 'enforce' : 'log');
  const at: Path = [...path, 'signatureVerification'];
  const asked = { enforce: 'hard', log: 'soft', skip: 'off' }[revocation];
  const isLogged = (check: 'authenticity' | 'authenticTimestamp' | 'expiry'): boolean =>
    (override[check] ?? (LOGGED[level].some((one) => one === check) ? 'log' : 'enforce')) === 'log';
  const logged = (['authenticity', 'authenticTimestamp', 'expiry'] as const).filter(isLogged);
  if (logged.length > 0) report.advise('notation-stricter', at, `${logged.join(', ')} is enforced here, where Notation only logs it`);
  const [ca, signingAuthority, tsa] = (['ca', 'signingAuthority', 'tsa'] as const).map((type) => pemOf(type, trustStores, site));
  if (trustStores.every(({ type }) => type === 'tsa'))
    report.error([...path, 'trustStores'], 'names no store of signers: write ca:NAME or signingAuthority:NAME');
  if (ca === undefined && signingAuthority === undefined) return [];
  const notation = {
    ...(ca === undefined ? {} : { ca }),
    ...(signingAuthority === undefined ? {} : { signingAuthority }),
    ...(tsa === undefined || ca === undefined ? {} : { tsa, ...(verifyTimestamp === undefined ? {} : { verifyTimestamp }) }),
    revocation: asked,
  };
  const holders = trustedIdentities.map((one) => (one === 'all' ? { subjectGlob: '**' } : { subjectIncludes: one.text }));
  return [
    document('TrustRoot', name, { notation }),
    document('Signer', name, { identities: holders.map((holder) => ({ x509: { ...holder, trustRoot: name } })) }),
    document('ClusterArtifactPolicy', name, { ...scopes, require: [{ name: 'signed with Notation', signature: { by: [name] } }] }),
  ];
}

/** The certificates of all stores of a type; a store that is nowhere is reported. */
function pemOf(type: NamedStore['type'], named: readonly NamedStore[], { path, stores, report }: Site): string | undefined {
  const found = named.flatMap((one, index): string[] => {
    if (one.type !== type) return [];
    const pem = stores.get(`${type} ${one.name}`);
    const isName = resourceName.safeParse(one.name).success;
    if (pem === undefined && !isName)
      report.error([...path, 'trustStores', index], `no TrustRoot can be named ${JSON.stringify(one.name)}: write one in lower-case letters, digits, "-" and ".", and its name here; or write the documents out (gatehouse policy import)`);
    else if (pem === undefined)
      report.error([...path, 'trustStores', index], `no TrustRoot is named ${JSON.stringify(one.name)} that has spec.notation.${type}: write one with the certificates of this store`);
    return pem === undefined ? [] : [`${pem.trim()}\n`];
  });
  return found.length === 0 ? undefined : [...new Set(found)].join('');
}

function document(kind: string, name: string, spec: object): unknown {
  return { apiVersion: API_VERSION, kind, metadata: { name }, spec };
}

/** `.invalid` is nobody's (RFC 2606), so no certificate names him. No statement has his name: all of theirs begin with `notation-`. */
const NOBODY = {
  apiVersion: API_VERSION, kind: 'Signer', metadata: { name: 'nobody-by-notation' },
  spec: { identities: [{ keyless: { issuer: 'https://nobody.invalid', subject: 'nobody@nobody.invalid' } }] },
};

/** A name of a statement as one of a resource: of two statements that would come to the same the later one is numbered. */
function nameOf(text: string, names: Map<string, string>): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-').slice(0, 200).replaceAll(/^-+|-+$/g, '');
  const first = `notation-${plain === '' ? 'statement' : plain}`;
  let name = first;
  for (let count = 2; (names.get(name) ?? text) !== text; count += 1) name = `${first}-${count}`;
  names.set(name, text);
  return name;
}
