/** Tags that stand for a digest during one judgement: what runs already is asked about, and not what the tag names now. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { DigestResolver } from '../../domain/ports.ts';

type Pins = ReadonlyMap<string, string>;

const pins = new AsyncLocalStorage<Pins>();

/** Does `work`, and everything that it awaits, with these digests behind the names of images. */
export function withPins<Result>(pinned: Pins, work: () => Result): Result {
  return pinned.size === 0 ? work() : pins.run(pinned, work);
}

/** The same source, which takes the digests of whoever asks for those of the tags; every other name is resolved as ever. */
export function pinnable<Source extends DigestResolver>(source: Source): Source {
  return {
    ...source,
    resolve(ref, scope, signal) {
      const text = ref.kind === 'image' ? pins.getStore()?.get(ref.raw) : undefined;
      const digest = text === undefined ? undefined : parseDigest(text);
      return digest === undefined ? source.resolve(ref, scope, signal) : Promise.resolve({ ok: true, digest });
    },
  };
}
