/**
 * Milliseconds of processor time that this thread has used: for tests that hold the cost of one piece of work within an
 * order of magnitude. Unlike the clock on the wall it does not run while others have the processor.
 */
export function cpuNow(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
