// Signs definitions of builds: as Tekton does, and as Gatehouse does.
import { createHash } from 'node:crypto';
import { canonicalForms } from '../../src/verify/definition/canonical.ts';
import { tektonForms } from '../../src/verify/definition/tekton-forms.ts';
import type { Identity } from './ca.ts';
import { keyBundle, keylessBundle } from './bundle.ts';
import { base64 } from './encode.ts';
import { signWith } from './keys.ts';
import type { SigningKey, SignOptions } from './keys.ts';
import { cosignSignStatement } from './statement.ts';
import type { World } from './world.ts';

type Json = Readonly<Record<string, unknown>>;

/** The object with annotations added. */
export function annotated(object: Json, annotations: Readonly<Record<string, string>>): Json {
  const metadata = (object['metadata'] ?? {}) as { annotations?: Record<string, string> };
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

/** Signs as `tkn sign` and Tekton's own tests do: in the form of these words, by default the definition as it is. */
export function signForTekton(object: Json, key: SigningKey, form = 'as it is', options?: SignOptions): Json {
  const found = [...tektonForms(object)].find((one) => one.form === form);
  if (found === undefined) throw new Error(`no form ${form}, only ${[...tektonForms(object)].map((one) => one.form).join('; ')}`);
  return annotated(object, { 'tekton.dev/signature': base64(signWith(key, createHash('sha256').update(found.text).digest(), options)) });
}

/** Canonical JSON in the form of these words, by default the definition as it is. */
export function canonicalText(object: Json, form = 'canonical'): string {
  const found = [...canonicalForms(object)].find((one) => one.form === form);
  if (found === undefined) throw new Error(`no form ${form}`);
  return found.text;
}

/** Who signs, and what: the bytes (`cosign sign-blob`), or a statement about them. */
export interface DefinitionSigner {
  readonly key?: SigningKey;
  readonly identity?: Identity;
  readonly as?: 'message' | 'statement';
}

/** Puts Sigstore bundles over the canonical JSON into `gatehouse.dev/signature`: one, or a list of several. */
export function signForGatehouse(object: Json, world: World, by: readonly DefinitionSigner[], form?: string): Json {
  const bytes = Buffer.from(canonicalText(object, form));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as never;
  const texts = by.map(({ key, identity, as = 'message' }) => {
    const content = as === 'message' ? { artifact: bytes } : { statement: cosignSignStatement(digest) };
    return base64(key === undefined ? keylessBundle(world, { ...content, identity: identity as Identity }) : keyBundle(world, { ...content, key }));
  });
  const [only = ''] = texts;
  return annotated(object, { 'gatehouse.dev/signature': texts.length === 1 ? only : JSON.stringify(texts) });
}
