// npm run test:apko [-- FILTER…]: a real apko builds images from packages of our own, cosign signs, Gatehouse verifies. Ends with `N passed, N failed`.
import { ensureTools } from '../cluster/tools.ts';
import { inNewFolder, runSuites } from '../support/suites.ts';
import { ensureApko } from './tools.ts';

process.exitCode = await inNewFolder('gatehouse-apko-', (folder) => runSuites({
  script: 'test:apko', folder: 'apko',
  async ready(say) {
    ensureApko(say);
    await ensureTools(say, ['cosign']);
    return { GATEHOUSE_CLUSTER_DIR: folder };
  },
}));
