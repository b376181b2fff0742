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

/** `image`, `runnerImage`, `spark.kubernetes.container.image`, `imageName`: members that hold one image. */
const ONE = /(?:^|[._-])image(?:Name|Ref|Reference|Repository|UR[IL]|Ur[il])?$|Image(?:Name|Ref|Reference|Repository|UR[IL]|Ur[il])?$/;
/** Members that hold several, in a list or by name. */
const SEVERAL = /(?:^|[._-])images$|Images$/;
/** Members of an image written as an object; a repository is one however it looks. */
const PARTS = ['repository', 'repo', 'reference', 'ref', 'name', 'newName', 'url', 'uri'] as const;
/** Below these an image is a picture. */
const PICTURES: ReadonlySet<string> = new Set(['icon', 'icons', 'logo', 'logos', 'favicon', 'avatar', 'thumbnail']);
/** Schemes before the name of an image; with any other it is a file. */
const SCHEME = /^(?:docker|oci):\/\//;

/** How the member above is called: whether what stands in it is one image, or several. */
type Holds = 'one' | 'several' | 'exactly one' | 'other';

/**
 * Texts that are references to images under members that are called so (`image`, `…Image`, `imageName`, `images` …), and images that are
 * written as objects, except for what lies in `known` places (JSON paths). At most eight.
 */
export function imagesElsewhere(object: JsonObject, known: ReadonlySet<string>): readonly UnplacedImage[] {
  const found: UnplacedImage[] = [];
  const add = (path: string, value: unknown, isSure: boolean): void => {
    if (typeof value === 'string' && found.length < MOST && !known.has(path) && isImage(value, isSure)) found.push({ path, value });
  };
  const walk = (value: unknown, path: string, holds: Holds, isPicture: boolean): void => {
    if (found.length >= MOST || known.has(path)) return;
    if (typeof value === 'string') return holds === 'other' ? undefined : add(path, value, holds === 'exactly one' && !isPicture);
    if (Array.isArray(value)) {
      const each = holds === 'several' ? 'one' : holds;
      return value.forEach((item: unknown, index) => walk(item, `${path}[${index}]`, each, isPicture));
    }
    if (!isObject(value)) return;
    const isOne = holds === 'one' || holds === 'exactly one';
    if (isOne) for (const part of PARTS) add(`${path}.${part}`, field(value, part), part === 'repository');
    for (const [name, one] of Object.entries(value)) {
      if (path === '' && NOT_LOOKED_AT.has(name)) continue;
      const called = holdsOf(name);
      const isTold = isOne && called === 'other' && typeof one === 'string';
      const means = holds === 'several' && called === 'other' ? 'one' : called;
      if (!isTold) walk(one, path === '' ? name : `${path}.${name}`, means, isPicture || PICTURES.has(name));
    }
  };
  walk(object, '', 'other', false);
  return found;
}

function holdsOf(name: string): Holds {
  if (name === 'image') return 'exactly one';
  if (SEVERAL.test(name)) return 'several';
  return ONE.test(name) ? 'one' : 'other';
}

/** With a path, a tag or a digest it is a name; a bare word is one only where it is sure that an image is meant. */
function isImage(written: string, isSure: boolean): boolean {
  // `nginx=registry/nginx:1`: in place of what, as kustomize writes it.
  const text = written.replace(SCHEME, '');
  const value = text.replace(/^[^=@]*=/, '');
  if (text.includes('://') || (!isSure && !/[/:@]/.test(value))) return false;
  return parseImageReference(value).ok;
}
