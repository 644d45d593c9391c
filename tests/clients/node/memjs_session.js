#!/usr/bin/env node
// What a program does with memjs of npm, and what came of it, a line each: memjs_session.js PORT PREFIX binary.
// The output is the same for every server that answers as memcached does.
'use strict';

const zlib = require('node:zlib');
const { address, clients, key, longKey, refusal, show, until } = require('./steps.js');

const { Client } = clients('memjs');

// Objects as compressed JSON, marked by a flag.
const compressed = 0x10000;
const serializer = {
  serialize(opcode, value, extras) {
    if (typeof value === 'string' || Buffer.isBuffer(value)) return { value, extras };
    const marked = Buffer.from(extras);
    marked.writeUInt32BE(compressed, 0);
    return { value: zlib.deflateSync(JSON.stringify(value)), extras: marked };
  },
  deserialize(opcode, value, extras) {
    if (extras.readUInt32BE(0) !== compressed) return { value, extras };
    return { value: JSON.parse(zlib.inflateSync(value)), extras };
  },
};

function connect(options) {
  return Client.create(address, { timeout: 10, retries: 0, logger: { log() {} }, ...options });
}

const text = async (client, name) => {
  const { value } = await client.get(name);
  return value === null ? null : value.toString();
};

async function items(client, objects) {
  for (const value of [{ nested: [1, 2.5, null] }, [], 7, null, ['z'.repeat(300000)]]) {
    const stored = await objects.set(key('o'), value, { expires: 100 });
    const read = await objects.get(key('o'));
    show('object', stored, JSON.stringify(read.value) === JSON.stringify(value), read.flags);
  }
  for (const value of ['text: é', '']) show('text', await client.set(key('o'), value), await text(client, key('o')));
  const bytes = Buffer.from(Array.from({ length: 512000 }, (_, n) => n % 256));
  show('large', await client.set(key('l'), bytes), (await client.get(key('l'))).value.equals(bytes));
  show('too large', await refusal(() => client.set(key('l'), 'x'.repeat(3000000))));
  show('after too large', await text(client, key('l')));
  show('long key', await client.set(longKey, 'x'), await text(client, longKey));
}

async function conditions(client) {
  show('get missing', await text(client, key('none')));
  show('add', await client.add(key('b'), 'text'), await client.add(key('b'), 'x'));
  show('replace', await client.replace(key('b'), 'more text'), await client.replace(key('none'), 'x'));
  show('append', await client.append(key('b'), '+'), await client.prepend(key('b'), '-'), await text(client, key('b')));
  show('append missing', await refusal(() => client.append(key('none'), '+')));
  show('prepend missing', await refusal(() => client.prepend(key('none'), '-')));
  show('delete', await client.delete(key('b')), await client.delete(key('b')));
}

async function pipelined(client) {
  const names = Array.from({ length: 200 }, (_, n) => key(`m${n}`));
  show('set', (await Promise.all(names.map((name) => client.set(name, name)))).filter(Boolean).length);
  const found = await Promise.all([...names, key('none')].map((name) => text(client, name)));
  show('get', found.filter((value, n) => value === names[n]).length, found[200]);
  show('delete', (await Promise.all(names.map((name) => client.delete(name)))).filter(Boolean).length);
}

async function counters(client) {
  const count = async (call) => refusal(async () => (await call).value);
  await client.set(key('n'), '9');
  show('increment', await count(client.increment(key('n'), 3)), await count(client.decrement(key('n'), 99, {})));
  show('initial', await count(client.increment(key('i'), 1, { initial: 40 })),
    await count(client.increment(key('i'), 2, { initial: 40 })), await text(client, key('i')));
  show('no initial', await count(client.decrement(key('j'), 1, {})), await text(client, key('j')));
  await client.set(key('t'), 'text');
  show('increment text', await count(client.increment(key('t'), 1)));
}

// What expires while the rest of the session goes on. What a touch kept would be gone before e1.
async function brief(client) {
  const soon = Math.floor(Date.now() / 1000) + 1;
  show('touch', await client.set(key('e4'), 'x', { expires: 3 }), await client.touch(key('e4'), 0));
  show('set', await client.set(key('e1'), 'x', { expires: 3 }), await client.set(key('e2'), 'x', { expires: soon }));
  show('touch', await client.set(key('e3'), 'x', { expires: 100 }), await client.touch(key('e3'), 1));
  show('touch missing', await refusal(() => client.touch(key('none'), 1)));
  show('initial', (await client.increment(key('e5'), 1, { initial: 5, expires: 1 })).value);
}

async function expired(client) {
  for (const name of ['e1', 'e2', 'e3', 'e5']) {
    show('expired', await until(async () => (await text(client, key(name))) === null));
  }
  show('still there', await text(client, key('e4')));
}

function figures(client) {
  return new Promise((resolve, reject) => {
    client.stats((error, server, stats) => (error ? reject(error) : resolve(stats)));
  });
}

async function main() {
  const plain = connect();
  const objects = connect({ serializer });
  console.log(`client memjs ${clients('memjs/package.json').version}`);
  await brief(plain);
  await items(plain, objects);
  await conditions(plain);
  await pipelined(plain);
  await counters(plain);
  show('stats', (await figures(plain)).threads > 0);
  await expired(plain);
  plain.quit();
  objects.close();
}

main();
