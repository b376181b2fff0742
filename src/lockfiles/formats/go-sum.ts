/** go.sum (go.dev/ref/mod, "go.sum files"): a module version and its directory hash a line, and the same of go.mod files alone. */
import { fromGoHash } from '../digests.ts';
import { Collected, LockFault } from '../entry.ts';
import { packageName } from '../names.ts';
import { linesOf } from '../text.ts';

const MOD_ONLY = 'is the hash of a go.mod, which chooses versions and of which no code is built';

/** Reads one. Of a module without a line of its own nothing is built: the go command refuses to. */
export function readGoSum(text: string): Collected {
  const into = new Collected();
  linesOf(text).forEach((written, index) => {
    const line = index + 1;
    const fields = written.trim().split(/[ \t]+/);
    if (fields.length === 1 && fields[0] === '') return;
    const [module = '', version = '', hash = ''] = fields;
    if (fields.length !== 3) throw new LockFault(line, `expected MODULE VERSION HASH, found ${fields.length} fields`);
    const place = `${module} ${version}`;
    if (version.endsWith('/go.mod')) return into.pass(line, place, MOD_ONLY);
    const [uri, digest] = [packageName('golang', module, version), fromGoHash(hash)];
    if (uri === undefined || !version.startsWith('v'))
      return into.refuse(line, place, 'INPUT_ARTIFACT_INVALID', 'is no module path with a version that begins with v');
    if (digest === undefined) return into.refuse(line, place, 'INPUT_DIGEST_MISSING', 'its hash is none of the form h1:, which alone is known');
    into.ask({ kind: 'package', uri, digests: [digest], line, place });
  });
  return into;
}
