#!/usr/bin/env node
// Clients of npm, which ask one server as they are told on their standard input:
//
//     asking.js memcached|memjs PORT text|binary [SETTING=VALUE...]
//
// See ../failures/asking.py. A setting's value is JSON.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { promisify } = require('node:util');

// The first reads into a deprecated kind of Buffer.
process.noDeprecation = true;

const patience = 60;  // seconds

const [name, port, , ...settings] = process.argv.slice(2);
const installed = path.join(process.env.NODE_CLIENTS, 'node_modules', name);
const library = require(installed);
const options = Object.fromEntries(settings.map((setting) => setting.split('=', 2))
  .map(([key, value]) => [key, JSON.parse(value)]));

function memcached(address) {
  const client = new library(address, { timeout: patience * 1000, ...options });
  return {
    set: (key) => promisify(client.set).bind(client)(key, key, 0),
    get: promisify(client.get).bind(client),
    delete: promisify(client.del).bind(client),
    many: promisify(client.getMulti).bind(client),
  };
}

function memjs(address) {
  const client = library.Client.create(address, { timeout: patience, logger: { log() {} }, ...options });
  const get = async (key) => (await client.get(key)).value?.toString();
  return {
    set: (key) => client.set(key, key, {}),
    get,
    delete: (key) => client.delete(key),
    // It has no get of many keys; these are pipelined.
    many: async (keys) => Object.fromEntries(await Promise.all(
      keys.map(async (key) => [key, await get(key).catch(() => undefined)]))),
  };
}

const client = { memcached, memjs }[name](`127.0.0.1:${port}`);

function seen(key, value) {
  if (value === undefined || value === null || value === false) return '-';
  return value === key ? '+' : 'x';
}

const one = {
  set: async (key) => (await client.set(key) ? '+' : '-'),
  get: async (key) => seen(key, await client.get(key)),
  delete: async (key) => (await client.delete(key) ? '+' : '-'),
  fill: async (key) => {
    const found = await guarded('get', key);
    if (found !== '+') await guarded('set', key);
    return found;
  },
};

async function guarded(verb, key) {
  try {
    return await one[verb](key);
  } catch {
    return '!';
  }
}

async function many(keys) {
  try {
    const found = await client.many(keys);
    return keys.map((key) => seen(key, found[key]));
  } catch {
    return keys.map(() => '!');
  }
}

async function main() {
  console.log('=', JSON.parse(fs.readFileSync(path.join(installed, 'package.json'))).version);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [verb, ...keys] = line.split(' ');
    const made = [];
    if (verb === 'many') made.push(...await many(keys));
    else for (const key of keys) made.push(await guarded(verb, key));
    console.log('=', made.join(''));
  }
  process.exit(0);
}

main();
