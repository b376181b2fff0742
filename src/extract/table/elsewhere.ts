/** Names of images in an object at places that nobody knows: found by how they are called and what they look like. */
import { parseImageReference } from '../../domain/artifact/image-reference.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { NOT_LOOKED_AT } from '../kubernetes/by-shape.ts';

/** More of them say nothing more. */
const MOST = 8;

/** A text that looks like the name of an image, where it stands. */
export interface UnplacedImage {
  readonly path: string;
  readonly value: string;
}

/**
 * Texts under a member called `image`, `…Image` or `images` that are references to images, and image objects with a `repository`,
 * except for what lies in `known` places (JSON paths). At most eight.
 */
export function imagesElsewhere(object: JsonObject, known: ReadonlySet<string>): readonly UnplacedImage[] {
  const found: UnplacedImage[] = [];
  const walk = (value: unknown, path: string, name: string): void => {
    if (found.length >= MOST || known.has(path)) return;
    if (typeof value === 'string') {
      if (isImageMember(name) && looksLikeImage(value)) found.push({ path, value });
      return;
    }
    if (Array.isArray(value))
      return value.forEach((item: unknown, index) => walk(item, `${path}[${index}]`, name === 'images' ? 'image' : name));
    if (!isObject(value)) return;
    const repository = isImageMember(name) ? field(value, 'repository') : undefined;
    if (typeof repository === 'string' && repository !== '' && !known.has(`${path}.repository`))
      found.push({ path: `${path}.repository`, value: repository });
    for (const [member, one] of Object.entries(value)) {
      if (path !== '' || !NOT_LOOKED_AT.has(member)) walk(one, path === '' ? member : `${path}.${member}`, member);
    }
  };
  walk(object, '', '');
  return found;
}

function isImageMember(name: string): boolean {
  return name === 'image' || name.endsWith('Image');
}

/** A bare word is as likely anything else; with a path, a tag or a digest it is a name. */
function looksLikeImage(value: string): boolean {
  return /[/:@]/.test(value) && !value.includes('://') && parseImageReference(value).ok;
}
