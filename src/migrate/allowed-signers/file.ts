/** A file of allowed signers, by which git verifies SSH signatures, made Signers: one for each name, for commits alone. */
import type { PolicyText } from '../../policy/read/documents.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { shownText } from '../../text/shown.ts';
import type { Imported } from '../index.ts';
import type { Level, Remark } from '../remark.ts';
import { newSession } from '../session.ts';
import { writeNamed } from '../write.ts';
import { matchesList, momentsOf, readAllowedLine } from './line.ts';
import { People } from './people.ts';
import type { Tell } from './people.ts';
import type { AllowedLine } from './line.ts';

const NAMESPACE = 'git';
const MOST_LINES = 10_000;
/** Bytes of a modulus of 2048 bits, in base64 with what stands around it. */
const SHORTEST_RSA = 360;

/** What a line has no word for here, by its type of key and the length below which its text is told. */
const TYPES: readonly (readonly [of: RegExp, what: string, help: string, below: number])[] = [
  [/-cert-v01@/, 'a certificate', 'name the key itself', Infinity],
  [/^ssh-dss$/, 'a DSA key', 'commit with a key of type ed25519, ecdsa or rsa', Infinity],
  [/^ssh-rsa$/, 'an RSA key of less than 2048 bits', 'make a longer one', SHORTEST_RSA],
];

/**
 * Reads each file as allowed signers. Never throws. Who stands in a line counts for commits and tags, by this key and in no other way;
 * what is not for git is passed over, what cannot be said is told, and so never becomes more than it was.
 */
export function importAllowedSigners(files: readonly PolicyText[]): Imported {
  const remarks: Remark[] = [];
  const people = new People();
  let read = 0;
  for (const { path: file, text } of files) {
    const lines = text.split('\n');
    if (lines.length > MOST_LINES)
      remarks.push(remarkAt(file, MOST_LINES, 'refused', [`more than ${MOST_LINES} lines`, 'that many are read', 'import fewer at a time']));
    for (const [index, line] of lines.slice(0, MOST_LINES).entries()) {
      const tell: Tell = (level, ...saying) => void remarks.push(remarkAt(file, index + 1, level, saying));
      const reading = readAllowedLine(line);
      if (reading === undefined) continue;
      read += 1;
      if (!reading.ok) {
        tell('unsaid', 'a line that is none', reading.problem, 'mend it: ssh-keygen does not read it either');
        continue;
      }
      const identity = identityOf(reading.line, tell);
      if (identity === undefined) continue;
      const named = reading.line.principals.filter((name) => !name.startsWith('!'));
      if (named.length === 0) {
        tell('unsaid', 'a line that names nobody', 'it only says who it is not for', 'name the person');
        continue;
      }
      people.add(named, { identity, from: `${file}:${index + 1}`, tell });
    }
  }
  const session = newSession();
  for (const { name, keys } of people.all()) {
    const [first, second] = keys;
    if (first === undefined) continue;
    if (second !== undefined && /[*?]/.test(name)) second.tell('stricter', `several keys for ${name}`, ...ONE_PERSON);
    if (keys.length > MOST_IDENTITIES) first.tell('unsaid', `${keys.length} keys for ${name}`, `a Signer has at most ${MOST_IDENTITIES}`, 'write a second Signer with the others');
    session.signer(name, keys.slice(0, MOST_IDENTITIES).map(({ identity }) => identity), first.from);
  }
  const isRefused = remarks.some(({ level }) => level === 'refused');
  const documents = session.signers.map(({ spec, ...draft }) =>
    writeNamed('Signer', { ...draft, spec: { ...spec, mayCertify: [{ git: '**' }] } }));
  return { documents: isRefused ? [] : documents, remarks, read };
}

const MOST_IDENTITIES = 100;
const ONE_PERSON = [
  'they are one Signer here, and who is one Signer approves nothing of what he signed', 'give each person a line with a name of its own',
] as const;

function remarkAt(file: string, line: number, level: Level, [what, why, help]: readonly [string, string, string]): Remark {
  return { file, line, column: 1, level, path: '', what: shownText(what, 400), why: shownText(why, 400), help: shownText(help, 400) };
}

/** What a line says, as an identity; `undefined` where it has no word, which is told. */
function identityOf(line: AllowedLine, tell: Tell): JsonObject | undefined {
  const { type, key, namespaces, isAuthority, validAfter, validBefore } = line;
  if (namespaces !== undefined && !matchesList(NAMESPACE, namespaces)) {
    tell('skipped', `a key for ${namespaces.join(', ')}`, 'it is not for git', 'nothing');
    return undefined;
  }
  if (isAuthority) {
    tell('unsaid', 'cert-authority', 'SSH certificates are not supported', 'name the keys of people, or certify them by an X.509 authority (identities x509)');
    return undefined;
  }
  const [, what, help] = TYPES.find(([of, , , below]) => of.test(type) && key.length < below) ?? [];
  if (what !== undefined && help !== undefined) {
    tell('unsaid', what, 'what it signs is not believed here', help);
    return undefined;
  }
  const window = windowOf(validAfter, validBefore, tell);
  return window === undefined ? undefined : { key: { data: `${type} ${key}`, ...window } };
}

/** Here the present decides, since nothing proves when a commit was signed; there the date that the commit gives itself. */
function windowOf(after: string | undefined, before: string | undefined, tell: Tell): JsonObject | undefined {
  const [from, to] = [after, before].map((text) => (text === undefined ? undefined : momentsOf(text)));
  if ((after !== undefined && from === undefined) || (before !== undefined && to === undefined)) {
    tell('unsaid', `the time ${after ?? ''} ${before ?? ''}`, 'it is none that OpenSSH writes', 'write it as YYYYMMDDHHMMSSZ');
    return undefined;
  }
  if (from === undefined && to === undefined) return {};
  if (from !== undefined && to !== undefined && to.first <= from.last) {
    tell('unsaid', `${after ?? ''} to ${before ?? ''}`, 'it ends before it begins, or may do so where its times are local', 'write both as YYYYMMDDHHMMSSZ');
    return undefined;
  }
  tell('stricter', `valid-after and valid-before (${[after, before].filter((one) => one !== undefined).join(' to ')})`,
    'they are compared with the present here, and there with the date that a commit gives itself', 'nothing, or take out the end of a key whose older commits are to count');
  return {
    ...(from === undefined ? {} : { notBefore: new Date(from.last).toISOString() }),
    ...(to === undefined ? {} : { notAfter: new Date(to.first).toISOString() }),
  };
}
