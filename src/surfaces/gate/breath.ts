/** A turn for others in the midst of long work. */

/** Resolves after whatever has come in meanwhile was taken. */
export function breath(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
