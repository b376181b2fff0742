/** Turns of the event loop for work that others must not notice: one piece of it in every few, and all who want one in turn. */

/** Whoever waits for a turn, by lane; the lane that is first is next. */
const lanes = new Map<string, (() => void)[]>();
/** Turns of the event loop from one piece to the next: what comes in is read in one, and answered in a later one. */
const TURNS = 3;
/** Whether these turns have been given to somebody, and how many are left of them. */
const turn = { taken: false, left: 0 };

/**
 * Resolves when a piece of work may be done: at once where nobody has had the last turns of the event loop, else in a later one.
 * Between two of them everything is taken that has come in meanwhile, however many wait. Lanes take turns, so nobody waits behind all
 * that another wants. A piece should take milliseconds at most.
 */
export function nextTurn(lane: string): Promise<void> | undefined {
  if (!turn.taken) {
    take();
    return undefined;
  }
  return new Promise((done) => {
    const own = lanes.get(lane);
    if (own === undefined) lanes.set(lane, [done]);
    else own.push(done);
  });
}

/** True while nobody waits for a turn: whoever has had one just now may go on a little. */
export function isNobodyWaiting(): boolean {
  return lanes.size === 0;
}

/** One event loop, one turn: this belongs to the thread. */
function take(): void {
  turn.taken = true;
  turn.left = TURNS;
  setImmediate(release);
}

function release(): void {
  turn.left -= 1;
  if (turn.left > 0) return void setImmediate(release);
  for (const [lane, own] of lanes) {
    lanes.delete(lane);
    const next = own.shift();
    // Behind the others.
    if (own.length > 0) lanes.set(lane, own);
    if (next === undefined) continue;
    take();
    return next();
  }
  turn.taken = false;
}
