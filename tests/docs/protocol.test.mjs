// The protocol's two descriptions agree with each other and with the code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const protocol = read('docs/protocol.md');
const openapi = read('docs/openapi.yaml');
const sorted = (matches, group = 1) => [...new Set([...matches].map((m) => m[group]))].sort();

test('every error code of the code is in both', () => {
  const codes = sorted(read('surrealql/values/result.cpp').matchAll(/return "([A-Z_]+)";/g)).filter((code) => code !== 'NONE');
  assert.ok(codes.length > 10);
  assert.deepEqual(codes.filter((code) => !protocol.includes(`\`${code}\``)), []);
  assert.deepEqual(codes.filter((code) => !new RegExp(`- ${code}$`, 'm').test(openapi)), []);
});

test('every reference in docs/openapi.yaml leads somewhere', () => {
  const components = openapi.slice(openapi.indexOf('\ncomponents:'));
  const missing = sorted(openapi.matchAll(/\$ref: "#\/components\/(\w+\/\w+)"/g)).filter((path) => {
    const [kind, name] = path.split('/');
    const from = components.indexOf(`\n  ${kind}:`);
    const until = components.slice(from + 1).search(/\n {2}\w/);
    return from < 0 || !new RegExp(`\\n    ${name}:`).test(components.slice(from, until < 0 ? undefined : from + 1 + until));
  });
  assert.deepEqual(missing, []);
});
