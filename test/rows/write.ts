// Writes the published attack list: `node test/rows/write.ts`.
import { writeFileSync } from 'node:fs';
import { PAGE, renderPage } from './page.ts';

writeFileSync(PAGE, renderPage());
