/** A body read up to its limit, and no further. */
import type { IncomingMessage } from 'node:http';

/** How the reading of a body ended. */
export interface BodyReader {
  /** Everything has come. */
  whole(body: Buffer): void;
  /** More came than is allowed; nothing further is kept. */
  tooLarge(): void;
  /** The caller left before the end: there is nobody to answer. */
  cut(): void;
}

/**
 * Reads a body of at most `limit` bytes; calls one of the functions, once. What was announced has been checked before. The function
 * given back forgets the body: none is called any more.
 */
export function readBody(request: IncomingMessage, limit: number, reader: BodyReader): () => void {
  const chunks: Buffer[] = [];
  let size = 0;
  let ended = false;
  request.on('data', (chunk: Buffer) => {
    if (ended) return;
    chunks.push(chunk);
    size += chunk.length;
    if (size <= limit) return;
    ended = true;
    chunks.length = 0;
    reader.tooLarge();
  });
  request.on('end', () => {
    if (ended) return;
    ended = true;
    const body = chunks.length === 1 ? chunks[0] : undefined;
    const all = body ?? Buffer.concat(chunks, size);
    // The request lives as long as its answer is awaited, and this listener with it: the bytes must not.
    chunks.length = 0;
    reader.whole(all);
  });
  // Without a listener the error of a connection that breaks would be nobody's; the close that follows is what counts.
  request.on('error', () => undefined);
  request.on('close', () => {
    if (ended) return;
    ended = true;
    reader.cut();
  });
  return () => {
    ended = true;
    chunks.length = 0;
  };
}
