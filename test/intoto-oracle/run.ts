// npm run test:intoto: layouts against the reference implementations of in-toto, in Python and Go. Ends with `N passed, N failed`.
import { runSuites } from '../support/suites.ts';
import { ensureGolang, ensureReference } from './reference.ts';

process.exitCode = await runSuites({
  script: 'test:intoto', folder: 'intoto-oracle',
  ready: (say) => ({ INTOTO_PYTHON: ensureReference(say), INTOTO_GOLANG: ensureGolang() }),
});
