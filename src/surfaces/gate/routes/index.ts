/** All routes of the gate, a line each. */
import type { GateRoute } from '../route.ts';
import { admitRoute } from './admit.ts';
import { decisionRoute } from './decision.ts';
import { keysRoute } from './keys.ts';
import { providerRoute } from './provider.ts';
import { publishRoute } from './publish.ts';
import { verifyReceiptRoute } from './verify-receipt.ts';

/** The table. A new route is one file and one line here. */
export const GATE_ROUTES: readonly GateRoute[] = [admitRoute, publishRoute, decisionRoute, keysRoute, verifyReceiptRoute, providerRoute];
