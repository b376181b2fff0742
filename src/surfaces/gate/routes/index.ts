/** All routes of the gate, a line each. */
import type { GateRoute } from '../route.ts';
import { admitRoute } from './admit.ts';
import { keysRoute } from './keys.ts';

/** The table. A new route is one file and one line here. */
export const GATE_ROUTES: readonly GateRoute[] = [admitRoute, keysRoute];
