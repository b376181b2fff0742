/** Maps items with at most `limit` at work at the same time; results keep the order of the items, the first rejection rejects the whole. */
export async function eachBounded<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  if (items.length <= limit) return Promise.all(items.map(work));
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const lanes = Array.from({ length: limit }, async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  });
  await Promise.all(lanes);
  return results;
}
