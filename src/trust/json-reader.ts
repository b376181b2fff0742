/** Reading trust documents such that every problem is found at once, each with its place. */
import { decodeBase64 } from '../text/base64.ts';
import { isObject, own } from '../text/json/fields.ts';

/** One thing wrong with a trust document: where, and what. */
export interface TrustProblem {
  readonly path: string;
  readonly message: string;
}

/** A JSON value together with its place in the document, so that every problem can name it. */
export interface JsonPlace {
  readonly value: unknown;
  readonly path: string;
}

const RFC3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/;
const MAX_TEXT = 131_072;
const MAX_ITEMS = 64;

/** Reads a trust document, collecting every problem instead of stopping at the first. Never throws. */
export class JsonReader {
  readonly problems: TrustProblem[] = [];

  /** Notes a problem; returns `undefined` so that readers can end with it. */
  fail(place: JsonPlace, message: string): undefined {
    this.problems.push({ path: place.path, message });
    return undefined;
  }

  /** A member's place; absent and `null` members (protobuf JSON) have the value `undefined`. */
  member(place: JsonPlace, name: string): JsonPlace {
    return { value: own(place.value, name) ?? undefined, path: place.path === '' ? name : `${place.path}.${name}` };
  }

  /** Checks that the value is an object with no members but these: a misspelt member must not be ignored. */
  object(place: JsonPlace, names: readonly string[]): boolean {
    if (!isObject(place.value)) {
      this.fail(place, place.value === undefined ? 'is missing' : 'expected an object');
      return false;
    }
    for (const name of Object.keys(place.value)) {
      if (!names.includes(name)) this.fail(this.member(place, name), `unknown member, expected one of ${names.join(', ')}`);
    }
    return true;
  }

  /** The items of an array of at most 64; none when it is absent. */
  items(place: JsonPlace): JsonPlace[] {
    if (place.value === undefined) return [];
    if (!Array.isArray(place.value)) return this.fail(place, 'expected an array') ?? [];
    if (place.value.length > MAX_ITEMS) return this.fail(place, `has ${place.value.length} items, at most ${MAX_ITEMS} are allowed`) ?? [];
    return place.value.map((value: unknown, index) => ({ value, path: `${place.path}[${index}]` }));
  }

  /** A non-empty string. */
  text(place: JsonPlace): string | undefined {
    if (typeof place.value === 'string' && place.value !== '' && place.value.length <= MAX_TEXT) return place.value;
    return this.fail(place, place.value === undefined ? 'is missing' : 'expected a text that is neither empty nor very long');
  }

  /** Bytes in standard base64. */
  bytes(place: JsonPlace): Buffer | undefined {
    const text = this.text(place);
    if (text === undefined) return undefined;
    return decodeBase64(text, 'standard') ?? this.fail(place, 'expected standard base64');
  }

  /** An RFC 3339 time in UTC as epoch milliseconds; fractions below a millisecond are dropped. */
  time(place: JsonPlace): number | undefined {
    const parts = typeof place.value === 'string' ? RFC3339.exec(place.value) : null;
    const millis = (parts?.[2] ?? '').slice(0, 3).padEnd(3, '0');
    const at = parts === null ? Number.NaN : Date.parse(`${parts[1]}.${millis}Z`);
    return Number.isNaN(at) ? this.fail(place, 'expected an RFC 3339 time in UTC such as 2026-01-01T00:00:00Z') : at;
  }
}
