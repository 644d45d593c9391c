#!/usr/bin/env node
// What a program does with memcached of npm, and what came of it, a line each: memcached_session.js PORT PREFIX text.
// The output is the same for every server that answers as memcached does.
'use strict';

const { promisify } = require('node:util');
const { address, clients, key, longKey, refusal, show, until } = require('./steps.js');

// It reads bytes into a deprecated kind of Buffer.
process.noDeprecation = true;

const Memcached = clients('memcached');

const commands = ['set', 'get', 'gets', 'add', 'replace', 'append', 'prepend', 'cas', 'incr', 'decr', 'touch', 'del',
  'getMulti', 'version', 'stats'];

function connect(options) {
  const client = new Memcached(address, { retries: 0, timeout: 10000, ...options });
  const made = { end: () => client.end() };
  for (const name of commands) made[name] = promisify(client[name]).bind(client);
  return made;
}

async function items(client) {
  for (const value of [{ nested: [1, 2.5, null] }, 'text: é', '', 7, true, null]) {
    show('object', await client.set(key('o'), value, 100), await client.get(key('o')));
  }
  const bytes = Buffer.from(Array.from({ length: 128 }, (_, n) => n));
  show('bytes', await client.set(key('o'), bytes, 0), (await client.get(key('o'))).equals(bytes));
  show('large', await client.set(key('l'), 'x'.repeat(900000), 0), (await client.get(key('l'))).length);
  show('long key', await client.set(longKey, 'x', 0), await client.get(longKey));
}

async function tooLarge(client) {
  // The library takes the server's refusal for a failure, and answers nothing but false.
  show('too large', await refusal(() => client.set(key('l'), 'x'.repeat(3000000), 0)));
}

async function conditions(client) {
  show('get missing', await client.get(key('none')));
  show('add', await client.add(key('b'), 'text', 0), await refusal(() => client.add(key('b'), 'x', 0)));
  show('replace', await client.replace(key('b'), 'more text', 0));
  show('replace missing', await refusal(() => client.replace(key('none'), 'x', 0)));
  show('append', await client.append(key('b'), '+'), await client.prepend(key('b'), '-'), await client.get(key('b')));
  show('append missing', await refusal(() => client.append(key('none'), '+')));
  show('delete', await client.del(key('b')), await client.del(key('b')));
}

async function many(client) {
  const names = Array.from({ length: 200 }, (_, n) => key(`m${n}`));
  // All at the same time, over ten connections.
  const stored = await Promise.all(names.map((name, n) => client.set(name, { n }, 0)));
  show('set', stored.filter(Boolean).length);
  const found = await client.getMulti([...names, key('none')]);
  show('getMulti', Object.keys(found).length, found[names[199]]);
  show('delete', (await Promise.all(names.map((name) => client.del(name)))).filter(Boolean).length);
  show('getMulti', await client.getMulti(names));
}

async function cas(one, other) {
  await one.set(key('c'), 0, 0);
  const read = async (client) => {
    const seen = await client.gets(key('c'));
    return { value: seen[key('c')], cas: seen.cas };
  };
  let lost = 0;
  for (let turn = 0; turn < 20; ++turn) {
    for (const [client, rival] of [[one, other], [other, one]]) {
      let seen = await read(client);
      await rival.cas(key('c'), seen.value + 1, (await read(rival)).cas, 0);
      while (!(await client.cas(key('c'), seen.value + 1, seen.cas, 0))) {
        ++lost;
        seen = await read(client);
      }
    }
  }
  show('cas', await one.get(key('c')), lost);
  show('gets missing', await one.gets(key('none')));
  show('cas missing', await one.cas(key('none'), 'x', '1', 0));
}

async function counters(client) {
  show('incr', await client.set(key('n'), 9, 0), await client.incr(key('n'), 3), await client.decr(key('n'), 99));
  show('incr missing', await client.incr(key('none'), 1), await client.decr(key('none'), 1));
  show('incr text', await client.set(key('t'), 'text', 0), await refusal(() => client.incr(key('t'), 1)));
}

// What expires while the rest of the session goes on. What a touch kept would be gone before e1.
async function brief(client) {
  const soon = Math.floor(Date.now() / 1000) + 1;
  show('touch', await client.set(key('e4'), 'x', 3), await client.touch(key('e4'), 0));
  show('set', await client.set(key('e1'), 'x', 3), await client.set(key('e2'), 'x', soon));
  show('touch', await client.set(key('e3'), 'x', 100), await client.touch(key('e3'), 1));
  show('touch missing', await client.touch(key('none'), 1));
  show('negative', await client.set(key('e5'), 'x', -1), await client.get(key('e5')));
}

async function expired(client) {
  for (const name of ['e1', 'e2', 'e3']) {
    show('expired', await until(async () => (await client.get(key(name))) === undefined));
  }
  show('still there', await client.get(key('e4')));
}

async function main() {
  const plain = connect();
  const other = connect({ poolSize: 1 });
  console.log(`client memcached ${clients('memcached/package.json').version}`);
  await brief(plain);
  await items(plain);
  await conditions(plain);
  await many(plain);
  await cas(plain, other);
  await counters(plain);
  show('version', typeof (await plain.version())[0].version, (await plain.stats())[0].threads > 0);
  await expired(other);
  await tooLarge(connect({ maxValue: 4000000 }));
}

// Its timers would go on for half a minute.
main().then(() => process.exit(0));
