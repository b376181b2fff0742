// Moved into the product, which makes the worlds of policy tests by it.
export * from '../../src/rehearse/world/notation/cbor.ts';
