/** Going through the syntax tree of an expression: children, places and size. */
import type { parse } from '@bufbuild/cel';

/** A parsed expression with the places of its parts. */
export type ParsedExpression = ReturnType<typeof parse>;

/** A node of the syntax tree. */
export type Node = NonNullable<ParsedExpression['expr']>;

/** The parts of a node, in the order in which they are written. */
export function childrenOf(node: Node): readonly Node[] {
  const { exprKind } = node;
  switch (exprKind.case) {
    case 'selectExpr':
      return present(exprKind.value.operand);
    case 'callExpr':
      return [...present(exprKind.value.target), ...exprKind.value.args];
    case 'listExpr':
      return exprKind.value.elements;
    case 'structExpr':
      return exprKind.value.entries.flatMap((entry) => [
        ...(entry.keyKind.case === 'mapKey' ? [entry.keyKind.value] : []),
        ...present(entry.value),
      ]);
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return [iterRange, accuInit, loopCondition, loopStep, result].filter((part) => part !== undefined);
    }
    default:
      return [];
  }
}

function present(node: Node | undefined): readonly Node[] {
  return node === undefined ? [] : [node];
}

/** Where a node stands in the text of the expression; 0 when the parser did not say. */
export function offsetOf({ sourceInfo }: ParsedExpression, id: bigint): number {
  return sourceInfo?.positions[String(id)] ?? 0;
}

/** How many nodes a tree has. Callers have bounded its depth. */
export function countNodes(node: Node): number {
  return childrenOf(node).reduce((sum, child) => sum + countNodes(child), 1);
}
