#!/usr/bin/env node
// What clients of npm write to a pool and find there:
//
//     placing.js memcached|memjs SERVERS PREFIX WRITTEN FOUND [SETTING=VALUE...]
//
// See ../placement/placing.py for the arguments.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');

// The first reads into a deprecated kind of Buffer.
process.noDeprecation = true;

const [name, servers, prefix, written, found, ...settings] = process.argv.slice(2);
const installed = path.join(process.env.NODE_CLIENTS, 'node_modules', name);
const library = require(installed);
const options = Object.fromEntries(settings.map((setting) => setting.split('=', 2)));
// With a prefix of its own the client is given the keys without it.
const own = 'namespace' in options ? prefix : '';
if (own) options.namespace = own;

function memcached(weights) {
  const client = new library(weights, { retries: 0, timeout: 10000, ...options });
  return {
    set: (key, value) => promisify(client.set).bind(client)(key, value, 0),
    get: promisify(client.get).bind(client),
    end: () => client.end(),
  };
}

function memjs(weights) {
  const client = library.Client.create(Object.keys(weights).join(','), { timeout: 10, ...options });
  return {
    set: (key, value) => client.set(key, value, {}),
    get: async (key) => String((await client.get(key)).value),
    end: () => client.close(),
  };
}

async function main() {
  const weights = Object.fromEntries(servers.split(',').map((server) => server.split('@')).map(([a, w]) => [a, +w]));
  const client = { memcached, memjs }[name](weights);
  const lines = (file) => fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const strip = (key) => (prefix + key).slice(own.length);
  for (const key of lines(written)) await client.set(strip(key), prefix + key);
  let good = 0;
  for (const key of lines(found)) if (await client.get(strip(key)) === prefix + key) ++good;
  client.end();
  console.log(`${name} ${JSON.parse(fs.readFileSync(path.join(installed, 'package.json'))).version}\n${good}`);
}

main();
