/** A validator of JSON Schema that knows nothing of ours: the one inside of the HTTP server, which compiles schemas of bodies. */
import Fastify from 'fastify';

/** True when the value is valid. The compiler refuses keywords that it does not know. */
export type Validate = (value: unknown) => Promise<boolean>;

/** Compiles a schema (2020-12, of which it knows all that is used here); throws for what is no schema. */
export async function validator(schema: object): Promise<Validate> {
  // It reads the dialect of draft-07 unless told otherwise, and none of the keywords in use differs.
  const { $schema: _, $id: __, ...body } = schema as Record<string, unknown>;
  const server = Fastify({
    bodyLimit: 64 * 1024 * 1024, ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, strict: true, strictRequired: false, strictTypes: false } },
  });
  server.post('/', { schema: { body } }, () => 'valid');
  await server.ready();
  return async (value) => (await server.inject({ method: 'POST', url: '/', payload: JSON.stringify(value), headers: { 'content-type': 'application/json' } })).statusCode === 200;
}
