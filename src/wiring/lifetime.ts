/** What has been opened and is closed again, the last first; also when one of them cannot be closed, which is then thrown. */
export type Lifetime = AsyncDisposableStack;

/**
 * Opens something that is made of parts. Each part says with `lifetime.defer` how it is closed; when a later one cannot be
 * opened, those before it are closed and the cause is thrown on. What is opened ends with `lifetime.disposeAsync`.
 */
export async function withLifetime<T>(open: (lifetime: Lifetime) => Promise<T>): Promise<T> {
  const lifetime = new AsyncDisposableStack();
  try {
    return await open(lifetime);
  } catch (cause) {
    await lifetime.disposeAsync().catch(() => undefined);
    throw cause;
  }
}
