/** Who signs, as others write it, in identities of a Signer: equal people, by the rules of this house about names and anchors. */
import { createPublicKey } from 'node:crypto';
import { subjectTypes } from '../domain/policy/identity.ts';
import { regExpText } from '../policy/match/text-matcher.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { bad, good } from '../text/result.ts';
import type { Result } from '../text/result.ts';

/** One field of a keyless identity with its value. */
export type Named = readonly [field: string, value: string];

/**
 * An expression that is found anywhere in a text, as one that has to match the whole: Go's `MatchString` in place of ours. Equal for texts
 * without line breaks, which no identity contains.
 */
export function anywhere(source: string): string {
  if (/[|]|\(\?[A-Za-z-]+[):]|\\Q/.test(source)) return `.*(?:${source}).*`;
  const head = /^(?:\^|\.\*)/.test(source) ? '' : '.*';
  const tail = /(?<!\\)(?:\\\\)*(?:\$|\.\*)$/.test(source) ? '' : '.*';
  return `${head}${source}${tail}`;
}

/** What is no expression by itself could become one by what is put around it. */
function itself(source: string): Result<unknown> {
  return source === '' ? good(source) : regExpText(source);
}

/** An issuer by an expression that is found anywhere in it. */
export function issuerMatching(source: string): Result<readonly Named[]> {
  const alone = itself(source);
  if (!alone.ok) return alone;
  const whole = source === '' ? '.*' : anywhere(source);
  const read = regExpText(whole);
  return read.ok ? good([['issuerRegExp', whole]]) : read;
}

/**
 * Subjects by an expression that is found anywhere in them. Here the text of an expression tells which type of name it is compared with
 * (URI, mail address, other), there it is compared with all; so there is one for each type that it could match. `{0}` repeats a
 * text no times: it changes nothing but the type.
 */
export function subjectsMatching(source: string): Result<readonly Named[]> {
  const [type] = subjectTypes(source);
  const marks = type === 'uri' ? [''] : type === 'email' ? ['', '(?:://){0}'] : ['', '(?:@){0}', '(?:://){0}'];
  const found: Named[] = [];
  const alone = itself(source);
  if (!alone.ok) return alone;
  for (const mark of marks) {
    const whole = `${source === '' ? '.*' : anywhere(source)}${mark}`;
    const read = regExpText(whole);
    if (!read.ok) return read;
    found.push(['subjectRegExp', whole]);
  }
  return good(found);
}

/** A text in which `*` is any characters and `?` is one, as an expression over the whole of it. */
export function wildcardExpression(source: string): string {
  const quoted = source.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return `^${quoted}$`;
}

/** A text that others compare exactly, or with wildcards where it holds some. */
export function subjectsLike(source: string): Result<readonly Named[]> {
  return /[*?]/.test(source) ? subjectsMatching(wildcardExpression(source)) : exactly('subject', source);
}

/** The same of an issuer. */
export function issuerLike(source: string): Result<readonly Named[]> {
  return /[*?]/.test(source) ? issuerMatching(wildcardExpression(source)) : exactly('issuer', source);
}

/** A text that is compared exactly. */
export function exactly(field: 'issuer' | 'subject', source: string): Result<readonly Named[]> {
  return /^[^\u0000-\u001f\u007f]{1,4096}$/.test(source) ? good([[field, source]]) : bad('the text is empty, too long, or holds control characters');
}

/** All pairs of an issuer and a subject. */
export function keylessIdentities(issuers: readonly Named[], subjects: readonly Named[], more: JsonObject): readonly JsonObject[] {
  return issuers.flatMap(([issuer, by]) => subjects.map(([subject, who]) => ({ keyless: { [issuer]: by, [subject]: who, ...more } })));
}

/** A public key as it stands in a file. */
export interface PublicKeyText {
  readonly pem: string;
  /** True when its signatures are over a hash that has to be agreed on. */
  readonly hashes: boolean;
}

const BLOCK = /-----BEGIN [A-Z ]+-----[^-]*-----END [A-Z ]+-----/g;

/** The blocks of PEM in a text; a problem for what is no public key, or one that is not believed here. */
export function publicKeys(text: string): Result<readonly PublicKeyText[]> {
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) return bad('it is no public key in PEM');
  // Where each key counts, one that is broken counts as well.
  if (/-----|\{\{/.test(text.replaceAll(BLOCK, ''))) return bad('beside a public key in PEM there is something that is none');
  const keys: PublicKeyText[] = [];
  for (const block of blocks.slice(0, 100)) {
    const key = readKey(block);
    if (!key.ok) return key;
    keys.push(key.value);
  }
  return blocks.length > 100 ? bad('there are more than 100 keys') : good(keys);
}

function readKey(block: string): Result<PublicKeyText> {
  if (!block.startsWith('-----BEGIN PUBLIC KEY-----')) return bad('it is no public key in PEM (BEGIN PUBLIC KEY)');
  try {
    const { asymmetricKeyType: type = '', asymmetricKeyDetails: details = {} } = createPublicKey(block);
    const isKnown =
      type === 'ed25519' ||
      (type === 'ec' && ['prime256v1', 'secp384r1', 'secp521r1'].includes(details.namedCurve ?? '')) ||
      (type === 'rsa' && (details.modulusLength ?? 0) >= 2048 && (details.modulusLength ?? 0) <= 8192);
    const pem = `${block.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '').join('\n')}\n`;
    return isKnown ? good({ pem, hashes: type !== 'ed25519' }) : bad(`keys of type ${type} ${details.namedCurve ?? details.modulusLength ?? ''} are not believed`);
  } catch {
    return bad('it is no public key in PEM');
  }
}
