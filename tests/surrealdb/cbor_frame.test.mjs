import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cbor, joinFrame, splitFrame } from './cbor_frame.mjs';

const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');

test('fields keep their bytes, whatever they carry', () => {
  const values = {
    none: 'c6f6', long: `5a 00000003 010203`, float: 'fb 3ff199999999999a', half: 'f9 3c00',
    nested: '82 a1 6161 c882 6170 01 d82550 000102030405060708090a0b0c0d0e0f',
  };
  const frame = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, hex(text)]));
  const split = splitFrame(joinFrame(frame));
  assert.deepEqual(Object.keys(split), Object.keys(values));
  for (const name of Object.keys(values)) assert.deepEqual(Buffer.from(split[name]), frame[name]);
});

test('fields without a value are left out', () => {
  assert.deepEqual(joinFrame({ id: undefined, result: hex('01') }), hex('a1 66726573756c74 01'));
});

test('what is not a whole map is refused', () => {
  assert.throws(() => splitFrame(hex('01')), /must be a CBOR map/);
  assert.throws(() => splitFrame(hex('a2 6161 01')), /cut short/);
  assert.throws(() => splitFrame(hex('a1 6161 65 6162')), /cut short/);
  assert.throws(() => splitFrame(hex('bf ff')), /indefinite length/);
  assert.throws(() => splitFrame(Buffer.alloc(0)), /cut short/);
});

test('numbers of every width are read as lengths', () => {
  const text = 'x'.repeat(70_000);
  const { a } = splitFrame(Buffer.from(cbor.encode({ a: text })));
  assert.equal(cbor.decode(a), text);
});
