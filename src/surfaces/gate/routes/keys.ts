/** The public keys of receipts, for whoever verifies one without us. */
import { z } from 'zod';
import { gateRoute } from '../route.ts';

/** `GET /v1/keys`: a JSON Web Key Set (RFC 7517) of the keys whose receipts have not all ended. */
export const keysRoute = gateRoute({
  method: 'GET',
  path: '/v1/keys',
  summary: 'Public keys of receipts.',
  asker: 'anybody',
  answer: z.looseObject({ keys: z.array(z.record(z.string(), z.unknown())) }),
  handle: (_asked, { issuer }) => issuer.keys(),
});
