// Writes the published table: `node test/conformance-plus/write.ts`.
import { writeFileSync } from 'node:fs';
import { PAGE, VERSION } from './page.ts';
import { renderTable } from './table.ts';

writeFileSync(PAGE, await renderTable(VERSION));
