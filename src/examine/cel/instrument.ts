/** How loops of a condition are made to pay before they run, since nothing can stop one that runs. */
import { RANGE_FUNCTION } from './environment.ts';
import { childrenOf, countNodes } from './tree.ts';
import type { Node } from './tree.ts';

/**
 * Puts a meter into every loop of a parsed expression: what it runs over goes through {@link RANGE_FUNCTION} first,
 * together with the size of its body. So the work of a run is counted before it is done, without a change to the
 * engine, which itself cannot be stopped. Changes the tree in place.
 */
export function instrument(node: Node): void {
  for (const child of childrenOf(node)) instrument(child);
  if (node.exprKind.case !== 'comprehensionExpr') return;
  const loop = node.exprKind.value;
  if (loop.iterRange === undefined) return;
  const weight = loop.loopStep === undefined ? 1 : countNodes(loop.loopStep);
  loop.iterRange = callNode(node.id, RANGE_FUNCTION, [loop.iterRange, numberNode(node.id, weight)]);
}

function callNode(id: bigint, name: string, args: Node[]): Node {
  return {
    $typeName: 'cel.expr.Expr',
    id,
    exprKind: { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: name, args } },
  };
}

function numberNode(id: bigint, value: number): Node {
  return {
    $typeName: 'cel.expr.Expr',
    id,
    exprKind: { case: 'constExpr', value: { $typeName: 'cel.expr.Constant', constantKind: { case: 'int64Value', value: BigInt(value) } } },
  };
}
