/** Evidence from files that goes with a question to a gate, for the one artifact that it is about. */
import { beginsLikeObject } from '../../../domain/artifact/revision.ts';
import { readInputFile } from '../../../platform/input-file.ts';
import { isObject } from '../../../text/json/fields.ts';
import { readJsonBytes } from '../../../text/json/read.ts';
import { UsageError } from '../context.ts';

/** As many as a gate takes for one artifact. */
const MOST = 16;

/**
 * The documents of these files, each a JSON object, or one a line, and raw git objects, which are wrapped: sent as they are and verified
 * by nobody here. Throws UsageError for what is no JSON, for more than a gate takes, and where it is not one artifact that is asked about.
 */
export async function presentedFrom(files: readonly string[], artifacts: number): Promise<readonly unknown[]> {
  if (files.length === 0) return [];
  if (artifacts !== 1) throw new UsageError(`--evidence with --server is for one artifact, found ${artifacts}; ask about each by itself`);
  const all = (await Promise.all(files.map(documentsOf))).flat();
  if (all.length > MOST) throw new UsageError(`--evidence: expected at most ${MOST} documents, found ${all.length}`);
  return all;
}

async function documentsOf(path: string): Promise<readonly unknown[]> {
  const bytes = await readInputFile(path).catch(({ message }: Error) => {
    throw new UsageError(message);
  });
  if (beginsLikeObject(bytes)) return [{ gitObjects: [bytes.toString('base64')] }];
  const whole = readJsonBytes(bytes);
  if (whole.ok && isObject(whole.value)) return [whole.value];
  return bytes.toString('utf8').split('\n').filter((line) => line.trim() !== '').map((line, index) => {
    const read = readJsonBytes(Buffer.from(line, 'utf8'));
    if (!read.ok || !isObject(read.value)) throw new UsageError(`--evidence ${path}:${index + 1}: expected a JSON object`);
    return read.value;
  });
}
